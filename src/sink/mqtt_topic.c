/* SPDX-License-Identifier: MIT */
/* Escaped is what means something in a topic, and what no topic can hold [MQTT 3.1.1, 1.5.3 and 4.7].
 */
#include "sink/mqtt_topic.h"

#include "config/topic_form.h"
#include "core/utf8.h"

#include <string.h>

enum { HASH_SIZE = 9 }; /* bytes of ~ and eight digits */

static bool is_plain(unsigned char byte)
{
    return byte >= 0x20 && byte != 0x7F && !strchr("+#/%{}", byte);
}

/* FNV-1a: not secret, only different. */
uint32_t mqtt_topic_hash(const char *text, size_t size)
{
    uint32_t value = 2166136261u;
    for (size_t i = 0; i < size; i++)
        value = (value ^ (unsigned char)text[i]) * 16777619u;
    return value;
}

/* Writes the next character, escaped where it must be, if there is room; returns the bytes of text
 * that it took. */
static size_t write_character(struct buffer *out, const char *text, size_t size, bool first,
                              size_t room)
{
    unsigned char byte = (unsigned char)*text;
    size_t length = utf8_character(text, size);
    bool plain = length > 1 || (length == 1 && is_plain(byte) && !(first && byte == '$'));
    if (length == 0)
        length = 1;
    if ((plain ? length : 3) > room)
        return 0;
    if (plain)
        buffer_add(out, text, length);
    else
        buffer_print(out, "%%%02X", byte);
    return length;
}

void mqtt_topic_level(struct buffer *out, const char *text, size_t size)
{
    size_t start = out->size, used = 0, taken = 1, fits = start;
    while (used < size && taken > 0) {
        taken = write_character(out, text + used, size - used, used == 0,
                                MQTT_LEVEL_MAX - (out->size - start));
        used += taken;
        if (out->size - start <= MQTT_LEVEL_MAX - HASH_SIZE)
            fits = out->size;
    }
    if (size == 0)
        buffer_add(out, "%", 1);
    if (used == size)
        return;
    out->size = fits;
    buffer_print(out, "~%08x", mqtt_topic_hash(text, size));
}

void mqtt_pattern_topic(struct buffer *out, const char *pattern, const char *meter,
                        const char *item)
{
    buffer_clear(out);
    while (*pattern != '\0') {
        size_t plain = strcspn(pattern, "{");
        size_t place = topic_place_holder(pattern + plain);
        const char *word = strncmp(pattern + plain, "{meter}", place) == 0 ? meter : item;
        buffer_add(out, pattern, plain);
        if (place > 0)
            mqtt_topic_level(out, word, strlen(word));
        pattern += plain + place;
        if (plain + place == 0)
            pattern++; /* a brace of no meaning: no good pattern has one */
    }
}

/* The longest that fits is taken for a place holder. */
static bool read_rest(const char *pattern, const char *topic, struct dsmr_text *meter,
                      struct dsmr_text *item)
{
    size_t place = topic_place_holder(pattern);
    if (place == 0)
        return *pattern == *topic &&
               (*pattern == '\0' || read_rest(pattern + 1, topic + 1, meter, item));
    struct dsmr_text *word = strncmp(pattern, "{meter}", place) == 0 ? meter : item;
    for (size_t size = strcspn(topic, "/"); size > 0; size--) {
        if (!read_rest(pattern + place, topic + size, meter, item))
            continue;
        *word = (struct dsmr_text){topic, size};
        return true;
    }
    return false;
}

bool mqtt_pattern_read(const char *pattern, const char *topic, struct dsmr_text *meter,
                       struct dsmr_text *item)
{
    *meter = *item = (struct dsmr_text){"", 0};
    return read_rest(pattern, topic, meter, item);
}

bool mqtt_topic_matches(const char *filter, const char *topic)
{
    /* A wildcard at the start does not match the broker's own topics [4.7.2]. */
    if (*topic == '$' && (*filter == '+' || *filter == '#'))
        return false;
    while (*filter != '\0') {
        if (*filter == '#')
            return true;
        size_t level = strcspn(topic, "/");
        size_t wanted = strcspn(filter, "/");
        if (*filter != '+' && (level != wanted || memcmp(filter, topic, level) != 0))
            return false;
        filter += wanted;
        topic += level;
        if (*topic == '\0' && strcmp(filter, "/#") == 0)
            return true;
        if (*filter != *topic)
            return false;
        if (*filter != '\0') {
            filter++;
            topic++;
        }
    }
    return *topic == '\0';
}

void mqtt_value_topic(struct buffer *out, const struct mqtt_topics *topics, const char *meter,
                      const char *item)
{
    mqtt_pattern_topic(out, topics->values, meter, item);
}

void mqtt_line_topic(struct buffer *out, const struct mqtt_topics *topics, const char *meter)
{
    mqtt_pattern_topic(out, topics->line, meter, "status");
}

void mqtt_json_topic(struct buffer *out, const struct mqtt_topics *topics, const char *meter)
{
    mqtt_pattern_topic(out, topics->json, meter, "json");
}

void mqtt_raw_topic(struct buffer *out, const struct mqtt_topics *topics, const char *meter)
{
    mqtt_pattern_topic(out, topics->raw, meter, "raw");
}
