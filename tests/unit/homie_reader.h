/* SPDX-License-Identifier: MIT */
/*
 * Reads what was published for a Homie device as a controller does, by the rules of the convention
 * (homieiot.github.io, 4.0.0 and 5.0): ids, attributes that must be there, datatypes, formats, and
 * whether every value fits its datatype. Fails the test where a rule is broken.
 */
#ifndef DSMR_TESTS_HOMIE_READER_H
#define DSMR_TESTS_HOMIE_READER_H

#include "composer_world.h"

#include <jansson.h>

struct homie_count {
    size_t nodes;
    size_t properties;
    size_t values;
};

/* A level of a topic: a-z, 0-9 and -, the latter neither first nor last. */
static inline void homie_check_id(const char *id, size_t size)
{
    if (size == 0 || id[0] == '-' || id[size - 1] == '-')
        fail_msg("'%.*s' is no id", (int)size, id);
    for (size_t i = 0; i < size; i++)
        if (!strchr("abcdefghijklmnopqrstuvwxyz0123456789-", id[i]))
            fail_msg("'%.*s' is no id", (int)size, id);
}

static inline bool homie_is_utf8(const struct buffer *text)
{
    for (size_t i = 0; i < text->size; i++) {
        unsigned char c = (unsigned char)text->at[i];
        size_t more = c >= 0xF0 ? 3 : c >= 0xE0 ? 2 : c >= 0xC0 ? 1 : 0;
        if ((c >= 0x80 && c < 0xC2) || c > 0xF4 || i + more >= text->size)
            return c < 0x80;
        for (size_t j = 1; j <= more; j++)
            if (((unsigned char)text->at[i + j] & 0xC0) != 0x80)
                return false;
        i += more;
    }
    return true;
}

/* -12.345: a sign, digits and perhaps a point with digits behind it. */
static inline bool homie_is_number(const char *text, bool whole)
{
    text += *text == '-';
    size_t digits = strspn(text, "0123456789");
    if (digits == 0 || (whole && text[digits] != '\0'))
        return false;
    text += digits;
    return *text == '\0' ||
           (*text == '.' && text[1] != '\0' && strspn(text + 1, "0123456789") == strlen(text + 1));
}

static inline bool homie_is_listed(const char *value, const char *list)
{
    size_t size = strlen(value);
    for (const char *at = list;; at++) {
        size_t length = strcspn(at, ",");
        if (length == size && memcmp(at, value, size) == 0)
            return true;
        at += length;
        if (*at == '\0')
            return false;
    }
}

static inline void homie_check_value(const char *topic, const struct buffer *value,
                                     const char *datatype, const char *format, int version)
{
    bool fits = homie_is_utf8(value);
    if (strcmp(datatype, "integer") == 0 || strcmp(datatype, "float") == 0)
        fits = fits && homie_is_number(value->at, datatype[0] == 'i');
    else if (strcmp(datatype, "enum") == 0)
        fits = fits && format && value->size > 0 && homie_is_listed(value->at, format);
    else if (strcmp(datatype, "datetime") == 0)
        fits = fits && version == 5 && value->size == 25 && value->at[10] == 'T';
    else if (strcmp(datatype, "string") != 0)
        fail_msg("%s: there is no datatype '%s'", topic, datatype);
    if (!fits)
        fail_msg("%s: '%s' is no %s", topic, value->at, datatype);
}

/* The last message of a topic of this device, which must be there and retained. */
static inline const struct heard *homie_get(const struct world *world, const char *base,
                                            const char *rest, int qos)
{
    char *topic = memory_print("%s%s", base, rest);
    const struct heard *heard = world_find(world, topic);
    if (!heard)
        fail_msg("nothing at %s", topic);
    if (!heard->retain || heard->qos != qos)
        fail_msg("%s: not retained, or not with QoS %d", topic, qos);
    free(topic);
    return heard;
}

static inline const char *homie_text(const struct world *world, const char *base, const char *rest)
{
    return homie_get(world, base, rest, 1)->payload.at;
}

/* ------------------------------------------------------------------------------------------------
 * Version 4
 */

/* An attribute that may be missing. */
static inline const char *homie_optional(const struct world *world, const char *base,
                                         const char *rest)
{
    char *topic = memory_print("%s%s", base, rest);
    const char *payload = world_payload(world, topic);
    free(topic);
    return payload;
}

static inline void homie_read_property_4(const struct world *world, const char *base,
                                         const char *path, struct homie_count *count)
{
    char *name = memory_print("%s/$name", path);
    char *type = memory_print("%s/$datatype", path);
    char *format = memory_print("%s/$format", path);
    char *settable = memory_print("%s/$settable", path);
    char *topic = memory_print("%s%s", base, path);
    assert_true(strlen(homie_text(world, base, name)) > 0);
    const char *datatype = homie_text(world, base, type);
    assert_true(homie_is_listed(datatype, "integer,float,boolean,string,enum,color"));
    assert_string_equal(homie_text(world, base, settable), "false");
    const struct heard *value = world_find(world, topic);
    if (value) {
        homie_check_value(topic, &value->payload, datatype, homie_optional(world, base, format), 4);
        assert_true(value->retain && value->qos == 1);
        count->values++;
    }
    count->properties++;
    free(name);
    free(type);
    free(format);
    free(settable);
    free(topic);
}

static inline void homie_read_node_4(const struct world *world, const char *base, const char *node,
                                     struct homie_count *count)
{
    char *name = memory_print("%s/$name", node);
    char *type = memory_print("%s/$type", node);
    char *list = memory_print("%s/$properties", node);
    assert_true(strlen(homie_text(world, base, name)) > 0);
    assert_true(strlen(homie_text(world, base, type)) > 0);
    const char *properties = homie_text(world, base, list);
    for (const char *at = properties; *at != '\0'; at += *at == ',') {
        size_t size = strcspn(at, ",");
        homie_check_id(at, size);
        char *path = memory_print("%s/%.*s", node, (int)size, at);
        homie_read_property_4(world, base, path, count);
        free(path);
        at += size;
    }
    count->nodes++;
    free(name);
    free(type);
    free(list);
}

/* base is "homie/dsmr/". */
static inline struct homie_count homie_read_4(const struct world *world, const char *base)
{
    struct homie_count count = {0};
    assert_string_equal(homie_text(world, base, "$homie"), "4.0.0");
    assert_true(strlen(homie_text(world, base, "$name")) > 0);
    assert_non_null(homie_text(world, base, "$extensions"));
    const char *nodes = homie_text(world, base, "$nodes");
    for (const char *at = nodes; *at != '\0'; at += *at == ',') {
        size_t size = strcspn(at, ",");
        homie_check_id(at, size);
        char *node = memory_print("%.*s", (int)size, at);
        homie_read_node_4(world, base, node, &count);
        free(node);
        at += size;
    }
    return count;
}

/* ------------------------------------------------------------------------------------------------
 * Version 5
 */

static inline void homie_read_property_5(const struct world *world, const char *base,
                                         const char *node, const char *id, json_t *property,
                                         struct homie_count *count)
{
    const char *datatype = json_string_value(json_object_get(property, "datatype"));
    const char *format = json_string_value(json_object_get(property, "format"));
    char *topic = memory_print("%s%s/%s", base, node, id);
    homie_check_id(id, strlen(id));
    assert_non_null(datatype);
    assert_non_null(json_string_value(json_object_get(property, "name")));
    const struct heard *value = world_find(world, topic);
    if (value) {
        assert_true(value->retain && value->qos == 2 && value->payload.size > 0);
        homie_check_value(topic, &value->payload, datatype, format, 5);
        count->values++;
    }
    count->properties++;
    free(topic);
}

/* base is "homie/5/dsmr/". */
static inline struct homie_count homie_read_5(const struct world *world, const char *base)
{
    struct homie_count count = {0};
    const struct heard *heard = homie_get(world, base, "$description", 2);
    json_t *description = json_loads(heard->payload.at, JSON_REJECT_DUPLICATES, NULL);
    const char *id;
    const char *property_id;
    json_t *node;
    json_t *property;
    assert_non_null(description);
    assert_string_equal(json_string_value(json_object_get(description, "homie")), "5.0");
    assert_true(json_is_integer(json_object_get(description, "version")));
    assert_true(json_is_string(json_object_get(description, "name")));
    json_object_foreach(json_object_get(description, "nodes"), id, node)
    {
        homie_check_id(id, strlen(id));
        assert_true(json_is_string(json_object_get(node, "type")));
        json_object_foreach(json_object_get(node, "properties"), property_id, property)
            homie_read_property_5(world, base, id, property_id, property, &count);
        count.nodes++;
    }
    json_decref(description);
    return count;
}

#endif
