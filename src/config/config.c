/* SPDX-License-Identifier: MIT */
/*
 * Reads dsmr.cfg. A file that worked with the old binding must go on working, so what that one let
 * pass with a warning (a channel that is no number, faulty portsettings, a key given twice) is a
 * mistake here: told, left out, and no reason not to start. What the old binding did not have is
 * read strictly, since a key that is misspelt may have been meant to protect something.
 */
#include "config/config.h"

#include "config/destinations.h"
#include "config/idle_keys.h"
#include "config/key.h"
#include "config/meters.h"
#include "config/named_files.h"
#include "config/text_file.h"
#include "core/memory.h"
#include "core/nearest.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { COMPLAINTS_MAX = 100 }; /* about one file: more of them do not help */

struct reader {
    struct config *config;
    const char *file;
    struct complaints *complaints;
    int line;
    bool begun;  /* a line that says something was read */
    bool shared; /* openHAB 1's openhab.cfg, where other services' keys stand too */
};

enum { NAME_SIZE = 128 };

/* A key as it stands in a line, and where its value belongs. */
struct entry {
    enum config_key key;
    struct config_value *value;
    char name[NAME_SIZE]; /* meter.garage.port */
};

/* Some bytes of a line. */
struct piece {
    const char *at;
    size_t size;
};

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\f';
}

static struct piece trim(struct piece piece)
{
    while (piece.size > 0 && is_blank(piece.at[0])) {
        piece.at++;
        piece.size--;
    }
    while (piece.size > 0 && is_blank(piece.at[piece.size - 1]))
        piece.size--;
    return piece;
}

static bool is(struct piece piece, const char *text)
{
    return piece.size == strlen(text) && memcmp(piece.at, text, piece.size) == 0;
}

/* Cuts the piece at the first such character: returns what stands before it and leaves in *piece
 * what stands behind. False, with nothing changed, when there is none. */
static bool cut(struct piece *piece, char at, struct piece *before)
{
    const char *found = piece->size > 0 ? memchr(piece->at, at, piece->size) : NULL;
    if (found == NULL)
        return false;
    size_t size = (size_t)(found - piece->at);
    *before = trim((struct piece){piece->at, size});
    *piece = trim((struct piece){found + 1, piece->size - size - 1});
    return true;
}

static int shown_size(struct piece piece)
{
    return piece.size < 80 ? (int)piece.size : 80;
}

#define complain_here(reader, severity, ...)                                                       \
    complain((reader)->complaints, severity, (reader)->file, (reader)->line, __VA_ARGS__)

static void set_default(struct config_value *value, enum config_key key)
{
    const char *fallback = key_facts(key)->fallback;
    free(value->text);
    *value = (struct config_value){.first = value->first};
    if (fallback != NULL) {
        value->text = memory_text(fallback);
        key_takes(key, fallback, &value->number);
    }
}

void config_init(struct config *config)
{
    *config = (struct config){0};
    for (enum config_key key = 0; key < CONFIG_KEY_COUNT; key++)
        set_default(&config->values[key], key);
}

void config_set(struct config *config, enum config_key key, const char *text)
{
    struct config_value *value = &config->values[key];
    free(value->text);
    *value = (struct config_value){.text = memory_text(text), .set = true};
}

void config_set_port(struct config *config, const char *port)
{
    config_set(config, CONFIG_PORT, port);
}

void config_free(struct config *config)
{
    for (enum config_key key = 0; key < CONFIG_KEY_COUNT; key++)
        free(config->values[key].text);
    meters_free(config);
    destinations_free(config);
    free(config->file);
    *config = (struct config){0};
}

/* The old binding ignored such a value and went on; so does dsmr run. */
static enum severity severity_of(enum config_key key)
{
    return key_is_channel(key) || key == CONFIG_PORT_SETTINGS ? SEVERITY_MISTAKE : SEVERITY_ERROR;
}

static void refuse_value(struct reader *reader, const struct entry *entry, const char *text)
{
    char *shown = key_show(entry->key, text);
    char *meant = key_suggest(entry->key, text);
    complain_here(reader, severity_of(entry->key),
                  "key '%s': value '%.80s' is not allowed; allowed: %s%s%s%s", entry->name, shown,
                  key_facts(entry->key)->allowed, meant != NULL ? "; did you mean '" : "",
                  meant != NULL ? meant : "", meant != NULL ? "'?" : "");
    free(meant);
    free(shown);
}

static void set_value(struct reader *reader, const struct entry *entry, struct piece piece)
{
    enum config_key key = entry->key;
    struct config_value *value = entry->value;
    int64_t number;
    if (key_facts(key)->type == CONFIG_TYPE_IGNORED) {
        complain_here(reader, SEVERITY_WARNING, "key '%s': %s", entry->name,
                      key_facts(key)->description);
        return;
    }
    if (piece.size == 0) {
        set_default(value, key);
        return;
    }
    char *text = memory_copy(piece.at, piece.size);
    if (!key_takes(key, text, &number)) {
        refuse_value(reader, entry, text);
        free(text);
        return;
    }
    if (key_facts(key)->type == CONFIG_TYPE_PATH) {
        char *whole = named_files_whole(reader->file, key, text);
        free(text);
        text = whole;
    }
    free(value->text);
    *value = (struct config_value){
        .text = text, .number = number, .set = true, .line = reader->line, .first = value->first};
}

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

static void refuse_key(struct reader *reader, struct piece name)
{
    const char *meant = nearest_key(name, CONFIG_KEY_COUNT);
    if (meant != NULL)
        complain_here(reader, SEVERITY_ERROR, "key '%.*s' is unknown; did you mean '%s'?",
                      shown_size(name), name.at, meant);
    else
        complain_here(reader, SEVERITY_ERROR,
                      "key '%.*s' is unknown; dsmr check --sample lists all keys", shown_size(name),
                      name.at);
}

/* A key that no meter has for itself. */
static void refuse_meter_key(struct reader *reader, struct piece meter, struct piece key)
{
    const char *meant = nearest_key(key, CONFIG_METER_KEY_COUNT);
    bool global = key_find(key.at, key.size) != CONFIG_KEY_COUNT;
    if (global)
        complain_here(reader, SEVERITY_ERROR,
                      "key 'meter.%.*s.%.*s': '%.*s' is one for all meters; write it without "
                      "'meter.%.*s.'",
                      shown_size(meter), meter.at, shown_size(key), key.at, shown_size(key), key.at,
                      shown_size(meter), meter.at);
    else if (meant != NULL)
        complain_here(reader, SEVERITY_ERROR,
                      "key 'meter.%.*s.%.*s' is unknown; did you mean 'meter.%.*s.%s'?",
                      shown_size(meter), meter.at, shown_size(key), key.at, shown_size(meter),
                      meter.at, meant);
    else
        complain_here(reader, SEVERITY_ERROR,
                      "key 'meter.%.*s.%.*s' is unknown; dsmr check --sample lists all keys",
                      shown_size(meter), meter.at, shown_size(key), key.at);
}

/* Shows the first word only: what follows may be a secret. */
static void refuse_line(struct reader *reader, struct piece line)
{
    struct piece word = {line.at, 0};
    while (word.size < line.size && !is_blank(line.at[word.size]) && line.at[word.size] != ':')
        word.size++;
    complain_here(reader, SEVERITY_ERROR,
                  "'%.*s': no = in this line; allowed: key=value, or # and a comment",
                  shown_size(word), word.at);
}

static bool is_dsmr(struct piece service)
{
    return is(service, "dsmr") || is(service, "org.openhab.dsmr");
}

/* The service in front of a key, "dsmr:". Returns true when the line is for us. */
static bool take_service(struct reader *reader, struct piece *key)
{
    struct piece service;
    if (!cut(key, ':', &service))
        return !reader->shared;
    if (is_dsmr(service))
        return true;
    if (!reader->shared) {
        struct nearest nearest;
        nearest_init(&nearest, service.at, service.size);
        nearest_offer(&nearest, "dsmr");
        bool near = nearest_word(&nearest) != NULL;
        complain_here(reader, near ? SEVERITY_ERROR : SEVERITY_WARNING,
                      "key '%.*s:%.*s' is a setting of the service '%.*s' and not read%s",
                      shown_size(service), service.at, shown_size(*key), key->at,
                      shown_size(service), service.at, near ? "; did you mean 'dsmr:'?" : "");
    }
    return false;
}

/* openHAB 2 lets a file begin with the service that it is for: "pid:dsmr". */
static bool take_service_line(struct reader *reader, struct piece line)
{
    struct piece word = line;
    struct piece service = line;
    bool first = !reader->begun;
    reader->begun = true;
    if (!first || (!cut(&service, ':', &word) && !cut(&service, '=', &word)) || !is(word, "pid"))
        return false;
    if (!is_dsmr(service))
        complain_here(reader, SEVERITY_ERROR,
                      "the file says that it is for the service '%.*s'; allowed: pid:dsmr",
                      shown_size(service), service.at);
    return true;
}

/* The key behind "meter.", of a meter whose name stands before the next dot. */
static bool take_meter_key(struct reader *reader, struct piece key, struct entry *entry)
{
    struct piece whole = key;
    struct piece meter;
    if (key_find(whole.at, whole.size) < CONFIG_METER_KEY_COUNT || !cut(&key, '.', &meter)) {
        complain_here(reader, SEVERITY_ERROR,
                      "key 'meter.%.*s' names no meter; allowed: meter.<name>.<key>, as in "
                      "meter.garage.port",
                      shown_size(whole), whole.at);
        return false;
    }
    if (!meters_name_is_right(meter.at, meter.size)) {
        complain_here(
            reader, SEVERITY_ERROR,
            "'%.*s' can be no name of a meter; allowed: letters, digits, _ and -, 1 to %d "
            "of them",
            shown_size(meter), meter.at, CONFIG_METER_NAME_MAX);
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

static bool take_push_key(struct reader *reader, struct piece name, struct entry *entry)
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

/* Returns false, with a complaint, when there is no such key. */
static bool take_key(struct reader *reader, struct piece name, struct entry *entry)
{
    struct piece key = name;
    struct piece start = {"", 0};
    if (cut(&key, '.', &start) && is(start, "meter"))
        return take_meter_key(reader, key, entry);
    entry->key = key_find(name.at, name.size);
    if (entry->key == CONFIG_KEY_COUNT && is(start, "push"))
        return take_push_key(reader, name, entry);
    if (entry->key == CONFIG_KEY_COUNT) {
        refuse_key(reader, name);
        return false;
    }
    entry->value = &reader->config->values[entry->key];
    snprintf(entry->name, sizeof entry->name, "%s", key_facts(entry->key)->name);
    return true;
}

/* The lines of several hubs, copied into one file: mqtt.url may be in each of them. */
static bool says_the_same(const struct reader *reader, const struct entry *entry,
                          struct piece piece)
{
    if (!entry->value->set)
        return false;
    if (key_facts(entry->key)->type != CONFIG_TYPE_PATH)
        return is(piece, entry->value->text);
    char *text = memory_copy(piece.at, piece.size);
    char *whole = named_files_whole(reader->file, entry->key, text);
    bool same = strcmp(whole, entry->value->text) == 0;
    free(whole);
    free(text);
    return same;
}

static void read_line(struct reader *reader, struct piece line)
{
    struct entry entry;
    line = trim(line);
    if (line.size == 0 || line.at[0] == '#' || line.at[0] == '!')
        return;
    if (take_service_line(reader, line))
        return;
    struct piece name;
    struct piece value = line;
    if (!cut(&value, '=', &name)) {
        if (!reader->shared)
            refuse_line(reader, line);
        return;
    }
    if (!take_service(reader, &name) || !take_key(reader, name, &entry))
        return;
    bool twice = entry.value->first != 0;
    if (twice && says_the_same(reader, &entry, value))
        return;
    if (twice)
        complain_here(reader, SEVERITY_MISTAKE,
                      "key '%s' stands in line %d already; the later line counts", entry.name,
                      entry.value->first);
    else
        entry.value->first = reader->line;
    set_value(reader, &entry, value);
}

static bool is_shared(const char *file)
{
    const char *slash = strrchr(file, '/');
    return strcmp(slash != NULL ? slash + 1 : file, "openhab.cfg") == 0;
}

void config_read_text(struct config *config, const char *file, const char *text, size_t size,
                      struct complaints *complaints)
{
    free(config->file);
    config->file = memory_text(file);
    size_t start;
    if (!text_start(text, size, &start, file, SEVERITY_ERROR, complaints))
        return;
    struct reader reader = {
        .config = config, .file = file, .complaints = complaints, .shared = is_shared(file)};
    meters_forget_lines(config);
    destinations_forget_lines(config);
    size_t before = complaints->count;
    const char *at = text + start;
    const char *end = text + size;
    while (at < end && complaints->count - before < COMPLAINTS_MAX) {
        const char *stop = memchr(at, '\n', (size_t)(end - at));
        if (stop == NULL)
            stop = end;
        reader.line++;
        read_line(&reader, (struct piece){at, (size_t)(stop - at)});
        at = stop < end ? stop + 1 : end;
    }
    if (at < end)
        complain_here(&reader, SEVERITY_ERROR, "too many mistakes: the rest was not read");
    meters_check(config, complaints);
    destinations_check(config, complaints);
    named_files_compare(config, complaints);
    idle_keys_check(config, complaints);
}

/* A secret that every user of the machine can read is none. */
static void look_at_mode(const struct config *config, const struct config_value *values,
                         enum config_key count, struct complaints *complaints)
{
    for (enum config_key key = 0; key < count; key++)
        if (key_is_secret(key) && values[key].set)
            complain(complaints, SEVERITY_WARNING, config->file, values[key].line,
                     "key '%s': every user of this machine can read it; cure: chmod o-r '%s'",
                     key_facts(key)->name, config->file);
}

bool config_read(struct config *config, const char *path, struct complaints *complaints)
{
    struct text_file file;
    if (!text_file_read(&file, path, SEVERITY_ERROR, complaints))
        return false;
    config_read_text(config, path, file.text, file.size, complaints);
    if ((file.mode & 0004) != 0) {
        look_at_mode(config, config->values, CONFIG_KEY_COUNT, complaints);
        for (size_t i = 0; i < config->meter_count; i++)
            look_at_mode(config, config->meters[i].values, CONFIG_METER_KEY_COUNT, complaints);
    }
    text_file_free(&file);
    return true;
}

const char *config_place(size_t index)
{
    /* Ours, then openHAB's of today, of version 2, and the one file of version 1. */
    static const char *const places[] = {
        "/etc/dsmr/dsmr.cfg",
        "/etc/openhab/services/dsmr.cfg",
        "/etc/openhab2/services/dsmr.cfg",
        "/etc/openhab/configurations/openhab.cfg",
    };
    return index < sizeof places / sizeof *places ? places[index] : NULL;
}

const char *config_find(void)
{
    const char *place;
    for (size_t i = 0; (place = config_place(i)) != NULL; i++)
        if (access(place, F_OK) == 0)
            break;
    return place;
}

const char *config_text(const struct config *config, enum config_key key)
{
    return config->values[key].text;
}

int64_t config_number(const struct config *config, enum config_key key)
{
    return config->values[key].number;
}

bool config_is_set(const struct config *config, enum config_key key)
{
    return config->values[key].set;
}
