/* SPDX-License-Identifier: MIT */
/*
 * The meters of a configuration. main is not in the list: its keys are those of the old binding, and
 * they stand among the values of the configuration itself.
 */
#include "config/meters.h"

#include "config/key.h"
#include "config/port_form.h"
#include "core/memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define METER_KEY(name, symbol, type, min, max, fallback, allowed, description)                    \
    _Static_assert((int)CONFIG_##symbol == (int)CONFIG_METER_##symbol,                             \
                   "keys that each meter has come first in keys.def");
#define KEY(name, symbol, type, min, max, fallback, allowed, description)
#include "config/keys.def"
#undef KEY

bool meters_name_is_right(const char *name, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        char c = name[i];
        if (!(c >= 'a' && c <= 'z') && !(c >= 'A' && c <= 'Z') && !(c >= '0' && c <= '9') &&
            c != '_' && c != '-')
            return false;
    }
    return size > 0 && size <= CONFIG_METER_NAME_MAX;
}

static bool is_called(const char *own, const char *name, size_t size)
{
    return strlen(own) == size && memcmp(own, name, size) == 0;
}

/* The meter of that name in the list; NULL when there is none. */
static struct config_meter *find(const struct config *config, const char *name, size_t size)
{
    /* From the last one: the lines of a meter stand together. */
    for (size_t i = config->meter_count; i-- > 0;)
        if (is_called(config->meters[i].name, name, size))
            return &config->meters[i];
    return NULL;
}

struct config_value *meters_values(struct config *config, const char *name, size_t size, int line)
{
    if (is_called(CONFIG_MAIN_METER, name, size))
        return config->values;
    struct config_meter *meter = find(config, name, size);
    if (meter != NULL)
        return meter->values;
    if (config->meter_count == METERS_MAX)
        return NULL;
    config->meters = memory_grow(config->meters, config->meter_count + 1, sizeof *config->meters);
    meter = &config->meters[config->meter_count++];
    *meter = (struct config_meter){.name = memory_copy(name, size), .line = line};
    for (enum config_key key = 0; key < CONFIG_METER_KEY_COUNT; key++)
        config_set_default(&meter->values[key], key);
    return meter->values;
}

void meters_forget_lines(struct config *config)
{
    for (enum config_key key = 0; key < CONFIG_KEY_COUNT; key++)
        config->values[key].first = 0;
    for (size_t i = 0; i < config->meter_count; i++)
        for (enum config_key key = 0; key < CONFIG_METER_KEY_COUNT; key++)
            config->meters[i].values[key].first = 0;
}

void meters_free(struct config *config)
{
    for (size_t i = 0; i < config->meter_count; i++) {
        for (enum config_key key = 0; key < CONFIG_METER_KEY_COUNT; key++)
            free(config->meters[i].values[key].text);
        free(config->meters[i].name);
    }
    free(config->meters);
}

/* ------------------------------------------------------------------------------------------------
 * What only all lines together show
 */

/* "meter.garage." for complaints; nothing for main, whose keys have it seldom. */
struct prefix {
    char text[CONFIG_METER_NAME_MAX + 8];
};

static struct prefix prefix_of(const char *meter)
{
    struct prefix prefix = {""};
    if (strcmp(meter, CONFIG_MAIN_METER) != 0)
        snprintf(prefix.text, sizeof prefix.text, "meter.%s.", meter);
    return prefix;
}

static void warn_of_channel(const struct config_value *values, const char *meter, enum config_key a,
                            enum config_key b, const char *file, struct complaints *complaints)
{
    struct prefix prefix = prefix_of(meter);
    if (values[a].line > values[b].line) {
        enum config_key swap = a;
        a = b;
        b = swap;
    }
    complain(
        complaints, SEVERITY_WARNING, file, values[b].line,
        "key '%s%s': value '%s' is the channel of '%s%s' too (line %d); one channel has one device",
        prefix.text, key_facts(b)->name, values[b].text, prefix.text, key_facts(a)->name,
        values[a].line);
}

/* Two kinds of meter on one channel: seldom right, but heat and cold may come from one device. */
static void compare_channels(const struct config_value *values, const char *meter, const char *file,
                             struct complaints *complaints)
{
    for (enum config_key a = 0; a < CONFIG_METER_KEY_COUNT; a++)
        for (enum config_key b = a + 1; b < CONFIG_METER_KEY_COUNT; b++)
            if (key_is_channel(a) && key_is_channel(b) && values[a].set && values[b].set &&
                values[a].number == values[b].number)
                warn_of_channel(values, meter, a, b, file, complaints);
}

/* A meter without port reads nothing; a port that was given and refused has its complaint already. */
static void look_for_port(const struct config *config, const struct config_meter *meter,
                          struct complaints *complaints)
{
    if (!meter->values[CONFIG_PORT].set && meter->values[CONFIG_PORT].first == 0)
        complain(complaints, SEVERITY_ERROR, config->file, meter->line,
                 "meter '%s' has no port; add meter.%s.port=; allowed: %s", meter->name,
                 meter->name, key_facts(CONFIG_PORT)->allowed);
}

/* Keys of main without its port, where the port was given a meter.<name>. and they were not. */
static void look_at_main(const struct config *config, struct complaints *complaints)
{
    if (config->values[CONFIG_PORT].first != 0 || config->meter_count == 0)
        return;
    for (enum config_key key = 0; key < CONFIG_METER_KEY_COUNT; key++)
        if (config->values[key].set)
            complain(complaints, SEVERITY_MISTAKE, config->file, config->values[key].line,
                     "key '%s' is of the meter " CONFIG_MAIN_METER
                     ", which has no port; did you mean 'meter.%s.%s'?",
                     key_facts(key)->name, config->meters[0].name, key_facts(key)->name);
}

/* A port with the line that it stands in. */
struct place {
    const char *port;
    const char *meter;
    int line;
};

static int by_port(const void *left, const void *right)
{
    const struct place *a = left;
    const struct place *b = right;
    int order = strcmp(a->port, b->port);
    return order != 0 ? order : (a->line > b->line) - (a->line < b->line);
}

/* A simulated meter takes nothing away from another. */
static bool can_be_shared(const char *port)
{
    return strncmp(port, "simulated:", strlen("simulated:")) == 0;
}

static void compare_ports(const struct config *config, struct complaints *complaints)
{
    size_t count = config_meter_count(config);
    struct place *places = memory_new(count, sizeof *places);
    size_t used = 0;
    for (size_t i = 0; i < count; i++) {
        const struct config_value *value = config_meter_value(config, i, CONFIG_PORT);
        if (value->set && !can_be_shared(value->text))
            places[used++] = (struct place){value->text, config_meter_name(config, i), value->line};
    }
    qsort(places, used, sizeof *places, by_port);
    for (size_t i = 1; i < used; i++)
        if (strcmp(places[i - 1].port, places[i].port) == 0)
            complain(complaints, SEVERITY_ERROR, config->file, places[i].line,
                     "key '%sport': value '%.80s' is the port of the meter '%s' too (line %d); one "
                     "port has one meter",
                     prefix_of(places[i].meter).text, places[i].port, places[i - 1].meter,
                     places[i - 1].line);
    free(places);
}

/* What auto finds may be the port of another meter. */
static void look_at_auto(const struct config *config, struct complaints *complaints)
{
    const struct config_value *finder = NULL;
    const char *meter = NULL;
    size_t count = config_meter_count(config);
    for (size_t i = 0; i < count; i++) {
        const struct config_value *value = config_meter_value(config, i, CONFIG_PORT);
        if (value->set && port_form_is_auto(value->text)) {
            finder = value;
            meter = config_meter_name(config, i);
        }
    }
    for (size_t i = 0; finder && i < count; i++) {
        const struct config_value *value = config_meter_value(config, i, CONFIG_PORT);
        if (!value->set || value->text[0] != '/')
            continue;
        complain(complaints, SEVERITY_ERROR, config->file, finder->line,
                 "key '%sport': auto could take the port of the meter '%s' (line %d); name this "
                 "port too: dsmr ports --probe",
                 prefix_of(meter).text, config_meter_name(config, i), value->line);
        return;
    }
}

/* Telegrams of a meter that there is not would be waited for in vain. */
static void look_at_p1(const struct config *config, struct complaints *complaints)
{
    const struct config_value *meter = &config->values[CONFIG_P1_METER];
    const struct config_value *listen = &config->values[CONFIG_P1_LISTEN];
    size_t count = config_meter_count(config);
    if (listen->set && count > 0 &&
        config_meter_find(config, meter->text, strlen(meter->text)) == count)
        complain(complaints, SEVERITY_ERROR, config->file, meter->set ? meter->line : listen->line,
                 "key 'p1.meter': there is no meter '%.80s'; did you mean '%s'?", meter->text,
                 config_meter_name(config, 0));
}

/* What one meter publishes would overwrite what the other did. What is left to its default, or says yes,
 * follows mqtt.topic. */
static void look_at_topics(const struct config *config, struct complaints *complaints)
{
    static const enum config_key keys[] = {CONFIG_MQTT_TOPIC, CONFIG_MQTT_JSON, CONFIG_MQTT_RAW};
    size_t count = config_meter_count(config);
    if (count < 2 || !config->values[CONFIG_MQTT_URL].set)
        return;
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        const struct config_value *value = &config->values[keys[i]];
        if (value->set && strcmp(value->text, "yes") != 0 && strcmp(value->text, "no") != 0 &&
            strstr(value->text, "{meter}") == NULL)
            complain(complaints, SEVERITY_WARNING, config->file, value->line,
                     "key '%s': all %zu meters are published to the same topic '%.80s'; put "
                     "{meter} into it",
                     key_facts(keys[i])->name, count, value->text);
    }
}

void meters_check(const struct config *config, struct complaints *complaints)
{
    compare_channels(config->values, CONFIG_MAIN_METER, config->file, complaints);
    for (size_t i = 0; i < config->meter_count; i++) {
        const struct config_meter *meter = &config->meters[i];
        look_for_port(config, meter, complaints);
        compare_channels(meter->values, meter->name, config->file, complaints);
    }
    look_at_main(config, complaints);
    look_at_p1(config, complaints);
    look_at_topics(config, complaints);
    compare_ports(config, complaints);
    look_at_auto(config, complaints);
}

/* ------------------------------------------------------------------------------------------------
 * What others ask
 */

static bool has_main(const struct config *config)
{
    return config->values[CONFIG_PORT].set;
}

size_t config_meter_count(const struct config *config)
{
    return config->meter_count + (has_main(config) ? 1 : 0);
}

/* The place in the list of a meter that is not main. */
static const struct config_meter *listed(const struct config *config, size_t meter)
{
    return &config->meters[meter - (has_main(config) ? 1 : 0)];
}

const char *config_meter_name(const struct config *config, size_t meter)
{
    return has_main(config) && meter == 0 ? CONFIG_MAIN_METER : listed(config, meter)->name;
}

size_t config_meter_find(const struct config *config, const char *name, size_t size)
{
    size_t shift = has_main(config) ? 1 : 0;
    if (is_called(CONFIG_MAIN_METER, name, size))
        return shift > 0 ? 0 : config_meter_count(config);
    const struct config_meter *meter = find(config, name, size);
    return meter != NULL ? (size_t)(meter - config->meters) + shift : config_meter_count(config);
}

const struct config_value *config_meter_value(const struct config *config, size_t meter,
                                              enum config_key key)
{
    return has_main(config) && meter == 0 ? &config->values[key]
                                          : &listed(config, meter)->values[key];
}

const char *config_meter_text(const struct config *config, size_t meter, enum config_key key)
{
    return config_meter_value(config, meter, key)->text;
}

int64_t config_meter_number(const struct config *config, size_t meter, enum config_key key)
{
    return config_meter_value(config, meter, key)->number;
}

bool config_meter_is_set(const struct config *config, size_t meter, enum config_key key)
{
    return config_meter_value(config, meter, key)->set;
}
