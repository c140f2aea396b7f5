/* SPDX-License-Identifier: MIT */
#include "config/config_entry.h"

#include "config/destinations.h"
#include "config/key.h"
#include "config/meters.h"
#include "core/nearest.h"

#include <stdio.h>
#include <stdlib.h>

/* The key that is nearest to this name among those that count; NULL when none is near. */
static const char *nearest_key(struct piece name, enum config_key count)
{
    const char *ours = key_elsewhere(name.at, name.size);
    struct nearest nearest;
    if (ours != NULL)
        return ours;
    nearest_init(&nearest, name.at, name.size);
    for (enum config_key key = 0; key < count; key++)
        if (key_facts(key)->type != CONFIG_TYPE_IGNORED)
            nearest_offer(&nearest, key_facts(key)->name);
    return nearest_word(&nearest);
}

static void refuse_key(struct config_reader *reader, struct piece name)
{
    const char *meant = nearest_key(name, CONFIG_KEY_COUNT);
    if (meant != NULL)
        complain_here(reader, SEVERITY_ERROR, "key '%.*s' is unknown; did you mean '%s'?",
                      piece_shown(name), name.at, meant);
    else
        complain_here(reader, SEVERITY_ERROR,
                      "key '%.*s' is unknown; dsmr check --sample lists all keys",
                      piece_shown(name), name.at);
}

/* A key that no meter has for itself. */
static void refuse_meter_key(struct config_reader *reader, struct piece meter, struct piece key)
{
    const char *meant = nearest_key(key, CONFIG_METER_KEY_COUNT);
    bool global = key_find(key.at, key.size) != CONFIG_KEY_COUNT;
    if (global)
        complain_here(reader, SEVERITY_ERROR,
                      "key 'meter.%.*s.%.*s': '%.*s' is one for all meters; write it without "
                      "'meter.%.*s.'",
                      piece_shown(meter), meter.at, piece_shown(key), key.at, piece_shown(key),
                      key.at, piece_shown(meter), meter.at);
    else if (meant != NULL)
        complain_here(reader, SEVERITY_ERROR,
                      "key 'meter.%.*s.%.*s' is unknown; did you mean 'meter.%.*s.%s'?",
                      piece_shown(meter), meter.at, piece_shown(key), key.at, piece_shown(meter),
                      meter.at, meant);
    else
        complain_here(reader, SEVERITY_ERROR,
                      "key 'meter.%.*s.%.*s' is unknown; dsmr check --sample lists all keys",
                      piece_shown(meter), meter.at, piece_shown(key), key.at);
}

/* The key behind "meter.", of a meter whose name stands before the next dot. */
static bool take_meter_key(struct config_reader *reader, struct piece key,
                           struct config_entry *entry)
{
    struct piece whole = key;
    struct piece meter;
    if (key_find(whole.at, whole.size) < CONFIG_METER_KEY_COUNT || !piece_cut(&key, '.', &meter)) {
        complain_here(reader, SEVERITY_ERROR,
                      "key 'meter.%.*s' names no meter; allowed: meter.<name>.<key>, as in "
                      "meter.garage.port",
                      piece_shown(whole), whole.at);
        return false;
    }
    if (!meters_name_is_right(meter.at, meter.size)) {
        complain_here(
            reader, SEVERITY_ERROR,
            "'%.*s' can be no name of a meter; allowed: letters, digits, _ and -, 1 to %d "
            "of them",
            piece_shown(meter), meter.at, CONFIG_METER_NAME_MAX);
        return false;
    }
    entry->key = key_find(key.at, key.size);
    if (entry->key >= CONFIG_METER_KEY_COUNT) {
        refuse_meter_key(reader, meter, key);
        return false;
    }
    struct config_value *values = meters_values(reader->config, meter.at, meter.size, reader->line);
    if (values == NULL) {
        complain_here(reader, SEVERITY_ERROR, "more than %d meters", METERS_MAX);
        return false;
    }
    entry->value = &values[entry->key];
    snprintf(entry->name, sizeof entry->name, "meter.%.*s.%s", (int)meter.size, meter.at,
             key_facts(entry->key)->name);
    return true;
}

static bool take_push_key(struct config_reader *reader, struct piece name,
                          struct config_entry *entry)
{
    char *wrong = NULL;
    struct destination_key found = {0};
    if (destinations_find(reader->config, name.at, name.size, reader->line, &found, &wrong)) {
        entry->key = found.key;
        entry->value = found.value;
        snprintf(entry->name, sizeof entry->name, "%.*s", (int)name.size, name.at);
        return true;
    }
    if (wrong != NULL)
        complain_here(reader, SEVERITY_ERROR, "%s", wrong);
    else
        refuse_key(reader, name);
    free(wrong);
    return false;
}

bool config_entry_find(struct config_reader *reader, struct piece name, struct config_entry *entry)
{
    struct piece key = name;
    struct piece start = {"", 0};
    if (piece_cut(&key, '.', &start) && piece_is(start, "meter"))
        return take_meter_key(reader, key, entry);
    entry->key = key_find(name.at, name.size);
    if (entry->key == CONFIG_KEY_COUNT && piece_is(start, "push"))
        return take_push_key(reader, name, entry);
    if (entry->key == CONFIG_KEY_COUNT) {
        refuse_key(reader, name);
        return false;
    }
    entry->value = &reader->config->values[entry->key];
    snprintf(entry->name, sizeof entry->name, "%s", key_facts(entry->key)->name);
    return true;
}
