/* SPDX-License-Identifier: MIT */
/*
 * Reads discovery messages as Home Assistant does: abbreviations are written out, keys, classes, units
 * and templates are checked, and a template is applied to what was published. Fails the test where
 * Home Assistant would refuse something or warn of it.
 */
#ifndef DSMR_TESTS_HA_READER_H
#define DSMR_TESTS_HA_READER_H

#include "composer_world.h"

#include <jansson.h>

struct ha_word {
    const char *brief;
    const char *full;
};

static const struct ha_word ha_root_words[] = {
    {"dev", "device"},
    {"o", "origin"},
    {"cmps", "components"},
    {"avty", "availability"},
    {"avty_mode", "availability_mode"},
    {"stat_t", "state_topic"},
    {NULL, NULL},
};
static const struct ha_word ha_device_words[] = {
    {"ids", "identifiers"}, {"name", "name"},
    {"mdl", "model"},       {"sn", "serial_number"},
    {"sw", "sw_version"},   {"via_device", "via_device"},
    {NULL, NULL},
};
static const struct ha_word ha_origin_words[] = {
    {"name", "name"}, {"sw", "sw_version"}, {NULL, NULL}};
static const struct ha_word ha_availability_words[] = {
    {"t", "topic"}, {"val_tpl", "value_template"}, {NULL, NULL}};
static const struct ha_word ha_sensor_words[] = {
    {"p", "platform"},
    {"uniq_id", "unique_id"},
    {"default_entity_id", "default_entity_id"},
    {"name", "name"},
    {"dev_cla", "device_class"},
    {"stat_cla", "state_class"},
    {"unit_of_meas", "unit_of_measurement"},
    {"sug_dsp_prc", "suggested_display_precision"},
    {"val_tpl", "value_template"},
    {"exp_aft", "expire_after"},
    {"ops", "options"},
    {"ent_cat", "entity_category"},
    {"en", "enabled_by_default"},
    {"json_attr_t", "json_attributes_topic"},
    {NULL, NULL},
};

/* What the classes allow, by homeassistant/components/sensor/const.py; an empty unit is none. */
static const struct {
    const char *name;
    const char *units[6];
    const char *state_classes[3];
} ha_classes[] = {
    {"power", {"W", "kW", "MW"}, {"measurement"}},
    {"energy", {"Wh", "kWh", "MWh", "MJ", "GJ"}, {"total", "total_increasing"}},
    {"gas", {"m³", "ft³", "L"}, {"total", "total_increasing"}},
    {"water", {"m³", "ft³", "L"}, {"total", "total_increasing"}},
    {"current", {"A", "mA"}, {"measurement"}},
    {"voltage", {"V", "mV", "kV"}, {"measurement"}},
    {"frequency", {"Hz", "kHz"}, {"measurement"}},
    {"apparent_power", {"VA"}, {"measurement"}},
    {"reactive_power", {"var"}, {"measurement"}},
    {"reactive_energy", {"varh", "kvarh"}, {"total", "total_increasing"}},
    {"power_factor", {"", "%"}, {"measurement"}},
    {"duration", {"s", "min", "h", "d"}, {"measurement", "total", "total_increasing"}},
    {"timestamp", {""}, {NULL}},
    {"enum", {""}, {NULL}},
};

static inline const char *ha_text(json_t *object, const char *name)
{
    return json_string_value(json_object_get(object, name));
}

/* The object with every key written out; fails at one that Home Assistant does not know. */
static inline json_t *ha_expand(json_t *object, const struct ha_word *const *lists)
{
    json_t *full = json_object();
    const char *key;
    json_t *value;
    json_object_foreach(object, key, value)
    {
        const char *name = NULL;
        for (size_t i = 0; lists[i] && !name; i++)
            for (size_t j = 0; lists[i][j].brief && !name; j++)
                if (strcmp(lists[i][j].brief, key) == 0)
                    name = lists[i][j].full;
        if (!name)
            fail_msg("key '%s' is unknown", key);
        json_object_set(full, name, value);
    }
    return full;
}

static inline json_t *ha_expand_with(json_t *object, const struct ha_word *words)
{
    const struct ha_word *lists[] = {words, NULL};
    assert_true(json_is_object(object));
    return ha_expand(object, lists);
}

static inline bool ha_is_object_id(const char *text, size_t size)
{
    for (size_t i = 0; i < size; i++)
        if (!strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-", text[i]))
            return false;
    return size > 0;
}

/* prefix/device/OBJECT/config, or prefix/sensor/NODE/OBJECT/config. */
static inline void ha_check_topic(const char *topic, bool component)
{
    const char *start = component ? "homeassistant/sensor/" : "homeassistant/device/";
    assert_int_equal(strncmp(topic, start, strlen(start)), 0);
    const char *id = topic + strlen(start);
    size_t size = strcspn(id, "/");
    assert_true(ha_is_object_id(id, size));
    if (component) {
        id += size + 1;
        size = strcspn(id, "/");
        assert_true(ha_is_object_id(id, size));
    }
    assert_string_equal(id + size, "/config");
}

/* What {{ value_json.NAME }} gives for the last message of a topic; NULL when there is no such
 * name. Freed by the caller. */
static inline json_t *ha_render(const struct world *world, const char *topic, const char *template)
{
    static const char open[] = "{{ value_json.";
    static const char close[] = " }}";
    char name[128];
    size_t size = strlen(template);
    assert_true(size > strlen(open) + strlen(close) && size < sizeof name);
    assert_memory_equal(template, open, strlen(open));
    assert_string_equal(template + size - strlen(close), close);
    size -= strlen(open) + strlen(close);
    memcpy(name, template + strlen(open), size);
    name[size] = '\0';
    const char *payload = world_payload(world, topic);
    if (!payload)
        fail_msg("nothing was published at %s", topic);
    json_t *json = json_loads(payload, JSON_REJECT_DUPLICATES, NULL);
    assert_non_null(json);
    json_t *value = json_incref(json_object_get(json, name));
    json_decref(json);
    return value;
}

static inline bool ha_is_one_of(const char *text, const char *const *list, size_t count)
{
    for (size_t i = 0; i < count && list[i]; i++)
        if (strcmp(list[i], text) == 0)
            return true;
    return false;
}

static inline void ha_check_classes(json_t *sensor)
{
    const char *class = ha_text(sensor, "device_class");
    const char *unit = ha_text(sensor, "unit_of_measurement");
    const char *state_class = ha_text(sensor, "state_class");
    const char *id = ha_text(sensor, "unique_id");
    json_t *options = json_object_get(sensor, "options");
    assert_int_equal(options != NULL, class && strcmp(class, "enum") == 0);
    assert_true(!options || (json_array_size(options) > 0 && !state_class && !unit));
    if (!class)
        return;
    for (size_t i = 0; i < sizeof ha_classes / sizeof ha_classes[0]; i++) {
        if (strcmp(ha_classes[i].name, class) != 0)
            continue;
        if (!ha_is_one_of(unit ? unit : "", ha_classes[i].units, 6))
            fail_msg("%s: class %s has no unit '%s'", id, class, unit ? unit : "");
        if (state_class && !ha_is_one_of(state_class, ha_classes[i].state_classes, 3))
            fail_msg("%s: class %s is never %s", id, class, state_class);
        return;
    }
    fail_msg("%s: there is no class %s", id, class);
}

static inline size_t ha_characters(const char *text)
{
    size_t count = 0;
    for (; *text != '\0'; text++)
        count += ((unsigned char)*text & 0xC0) != 0x80;
    return count;
}

/* 2016-11-13T20:57:57+01:00 */
static inline bool ha_is_time(const char *text)
{
    static const char form[] = "0000-00-00T00:00:00+00:00";
    if (strlen(text) != strlen(form))
        return false;
    for (size_t i = 0; form[i] != '\0'; i++) {
        bool digit = text[i] >= '0' && text[i] <= '9';
        if (form[i] == '0' ? !digit : text[i] != form[i])
            return false;
    }
    return true;
}

static inline void ha_check_state(json_t *sensor, json_t *state)
{
    const char *id = ha_text(sensor, "unique_id");
    const char *class = ha_text(sensor, "device_class");
    const char *text = json_string_value(state);
    bool numeric = json_object_get(sensor, "state_class") ||
                   json_object_get(sensor, "unit_of_measurement") ||
                   json_object_get(sensor, "suggested_display_precision");
    if (!state)
        fail_msg("%s: its template finds nothing in what was published", id);
    if (json_is_null(state))
        return;
    if (numeric && !json_is_number(state))
        fail_msg("%s: not a number", id);
    if (!numeric)
        assert_true(json_is_string(state) || json_is_number(state));
    if (text && ha_characters(text) > 255)
        fail_msg("%s: a state of more than 255 characters", id);
    if (class && strcmp(class, "timestamp") == 0 && !(text && ha_is_time(text)))
        fail_msg("%s: '%s' is not a time", id, text ? text : "");
    if (class && strcmp(class, "enum") == 0) {
        size_t index;
        json_t *option;
        bool listed = false;
        json_array_foreach(json_object_get(sensor, "options"), index, option) listed =
            listed || json_equal(option, state);
        if (!listed)
            fail_msg("%s: '%s' is none of its options", id, text ? text : "");
    }
}

static inline void ha_check_availability(const struct world *world, json_t *root)
{
    json_t *list = json_object_get(root, "availability");
    json_t *entry;
    size_t index;
    assert_string_equal(ha_text(root, "availability_mode"), "all");
    assert_true(json_array_size(list) >= 2);
    json_array_foreach(list, index, entry)
    {
        json_t *full = ha_expand_with(entry, ha_availability_words);
        const char *template = ha_text(full, "value_template");
        assert_non_null(ha_text(full, "topic"));
        if (template) {
            json_t *state = ha_render(world, ha_text(full, "topic"), template);
            const char *word = json_string_value(state);
            assert_true(word && (strcmp(word, "online") == 0 || strcmp(word, "offline") == 0));
            json_decref(state);
        }
        json_decref(full);
    }
}

/* An entity, with what it shares with its device. */
static inline void ha_check_sensor(const struct world *world, json_t *root, json_t *sensor)
{
    const char *topic = ha_text(root, "state_topic");
    const char *entity = ha_text(sensor, "default_entity_id");
    const struct heard *states = world_find(world, topic);
    assert_non_null(ha_text(sensor, "unique_id"));
    assert_non_null(ha_text(sensor, "name"));
    assert_in_range(ha_characters(ha_text(sensor, "name")), 3, 64 + strlen(", max"));
    assert_non_null(entity);
    assert_memory_equal(entity, "sensor.", 7);
    assert_int_equal(strspn(entity + 7, "abcdefghijklmnopqrstuvwxyz0123456789_"),
                     strlen(entity + 7));
    ha_check_classes(sensor);
    assert_non_null(states);
    assert_false(states->retain && json_object_get(sensor, "expire_after"));
    json_t *state = ha_render(world, topic, ha_text(sensor, "value_template"));
    ha_check_state(sensor, state);
    json_decref(state);
}

typedef void ha_visitor(void *context, json_t *root, json_t *sensor);

static inline void ha_check_device(json_t *root)
{
    json_t *device = ha_expand_with(json_object_get(root, "device"), ha_device_words);
    json_t *origin = ha_expand_with(json_object_get(root, "origin"), ha_origin_words);
    assert_int_equal(json_array_size(json_object_get(device, "identifiers")), 1);
    assert_non_null(ha_text(device, "name"));
    assert_string_equal(ha_text(origin, "name"), "dsmr");
    assert_non_null(ha_text(origin, "sw_version"));
    json_object_set_new(root, "device", device);
    json_decref(origin);
}

static inline void ha_read_device(const struct world *world, const struct heard *heard,
                                  ha_visitor *visit, void *context)
{
    json_t *json = json_loads(heard->payload.at, JSON_REJECT_DUPLICATES, NULL);
    json_t *root = ha_expand_with(json, ha_root_words);
    const char *key;
    json_t *component;
    ha_check_topic(heard->topic, false);
    ha_check_device(root);
    ha_check_availability(world, root);
    json_object_foreach(json_object_get(root, "components"), key, component)
    {
        json_t *sensor = ha_expand_with(component, ha_sensor_words);
        assert_true(ha_is_object_id(key, strlen(key)));
        assert_string_equal(ha_text(sensor, "platform"), "sensor");
        ha_check_sensor(world, root, sensor);
        visit(context, root, sensor);
        json_decref(sensor);
    }
    json_decref(root);
    json_decref(json);
}

static inline void ha_read_component(const struct world *world, const struct heard *heard,
                                     ha_visitor *visit, void *context)
{
    const struct ha_word *lists[] = {ha_root_words, ha_sensor_words, NULL};
    json_t *json = json_loads(heard->payload.at, JSON_REJECT_DUPLICATES, NULL);
    assert_non_null(json);
    json_t *sensor = ha_expand(json, lists);
    ha_check_topic(heard->topic, true);
    assert_null(json_object_get(sensor, "platform"));
    ha_check_device(sensor);
    ha_check_availability(world, sensor);
    ha_check_sensor(world, sensor, sensor);
    visit(context, sensor, sensor);
    json_decref(sensor);
    json_decref(json);
}

/* Reads all announcements that were heard; visit gets every entity, keys written out. Returns how
 * many messages there were. */
static inline size_t ha_read(const struct world *world, ha_visitor *visit, void *context)
{
    size_t messages = 0;
    for (size_t i = 0; i < world->count; i++) {
        const struct heard *heard = &world->at[i];
        if (strncmp(heard->topic, "homeassistant/", 14) != 0 || heard->payload.size == 0)
            continue;
        messages++;
        assert_true(heard->retain);
        assert_int_equal(heard->class, EMIT_STANDING);
        if (strncmp(heard->topic, "homeassistant/sensor/", 21) == 0)
            ha_read_component(world, heard, visit, context);
        else
            ha_read_device(world, heard, visit, context);
    }
    return messages;
}

#endif
