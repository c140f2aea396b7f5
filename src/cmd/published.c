/* SPDX-License-Identifier: MIT */
#include "cmd/published.h"

#include "core/memory.h"
#include "sink/homie_tree.h"
#include "sink/mqtt_topic.h"

#include <stdlib.h>
#include <string.h>

static bool says(const char *payload, size_t size, const char *word)
{
    return size == strlen(word) && memcmp(payload, word, size) == 0;
}

static bool starts(const char *payload, size_t size, const char *start)
{
    return size > strlen(start) && memcmp(payload, start, strlen(start)) == 0;
}

/* Of what an announcement depends on, one is the state of the meter's line. */
static bool read_announcement(const struct mqtt_topics *topics, const char *payload, size_t size,
                              struct dsmr_text *meter)
{
    static const char source[] = "{\"t\":\"";
    const char *at = payload;
    const char *end = payload + size;
    while ((at = memmem(at, (size_t)(end - at), source, sizeof source - 1)) != NULL) {
        struct dsmr_text item;
        at += sizeof source - 1;
        const char *quote = memchr(at, '"', (size_t)(end - at));
        if (quote == NULL)
            return false;
        char *topic = memory_copy(at, (size_t)(quote - at));
        bool found = strcmp(topic, topics->status) != 0 &&
                     mqtt_pattern_read(topics->line, topic, meter, &item);
        if (found && meter->size > 0)
            meter->at = at + (meter->at - topic);
        free(topic);
        if (found)
            return true;
    }
    return false;
}

static bool is_item(const struct mqtt_topics *topics, const char *topic, struct dsmr_text *meter)
{
    struct dsmr_text item;
    return mqtt_pattern_read(topics->values, topic, meter, &item) &&
           dsmr_item_find(item) != DSMR_ITEM_NONE;
}

/* Also the extremes, one level below. */
static bool read_value(const struct mqtt_topics *topics, const char *topic, struct dsmr_text *meter)
{
    const char *last = strrchr(topic, '/');
    if (topics->values == NULL)
        return false;
    if (is_item(topics, topic, meter))
        return true;
    if (last == NULL || (strcmp(last, "/least") != 0 && strcmp(last, "/greatest") != 0))
        return false;
    char *parent = memory_copy(topic, (size_t)(last - topic));
    bool found = is_item(topics, parent, meter);
    if (found && meter->size > 0)
        meter->at = topic + (meter->at - parent);
    free(parent);
    return found;
}

enum published_kind published_kind(const struct ha_style *style, const char *topic,
                                   const char *payload, size_t size, struct dsmr_text *meter)
{
    const struct mqtt_topics *topics = style->topics;
    struct dsmr_text item;
    *meter = (struct dsmr_text){"", 0};
    if (strcmp(topic, topics->status) == 0)
        return PUBLISHED_NONE;
    if ((says(payload, size, "online") || says(payload, size, "offline")) &&
        mqtt_pattern_read(topics->line, topic, meter, &item))
        return PUBLISHED_LINE;
    if (topics->json != NULL && starts(payload, size, "{\"meter\":\"") &&
        mqtt_pattern_read(topics->json, topic, meter, &item))
        return PUBLISHED_JSON;
    if (read_value(topics, topic, meter))
        return PUBLISHED_VALUE;
    *meter = (struct dsmr_text){"", 0};
    if (ha_config_is_ours(style, topic, payload, size) &&
        read_announcement(topics, payload, size, meter))
        return PUBLISHED_ANNOUNCEMENT;
    return PUBLISHED_NONE;
}

/* ------------------------------------------------------------------------------------------------
 * The configured ones
 */

static int by_text(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

void published_meters_init(struct published_meters *meters, const struct config *config)
{
    struct buffer text = {0};
    *meters = (struct published_meters){.count = config_meter_count(config)};
    meters->names = memory_new(meters->count + 1, sizeof *meters->names);
    meters->ids = memory_new(meters->count + 1, sizeof *meters->ids);
    for (size_t i = 0; i < meters->count; i++) {
        const char *name = config_meter_name(config, i);
        buffer_clear(&text);
        mqtt_topic_level(&text, name, strlen(name));
        meters->names[i] = memory_copy(text.at, text.size);
        homie_meter_id(&text, name);
        meters->ids[i] = strcmp(name, CONFIG_MAIN_METER) == 0 ? memory_text("")
                                                              : memory_copy(text.at, text.size);
    }
    buffer_free(&text);
    if (meters->count == 0)
        return;
    qsort(meters->names, meters->count, sizeof *meters->names, by_text);
    qsort(meters->ids, meters->count, sizeof *meters->ids, by_text);
}

void published_meters_free(struct published_meters *meters)
{
    for (size_t i = 0; i < meters->count; i++) {
        free(meters->names[i]);
        free(meters->ids[i]);
    }
    free(meters->names);
    free(meters->ids);
    *meters = (struct published_meters){0};
}

static bool have(char *const *sorted, size_t count, struct dsmr_text text)
{
    char *copy = memory_copy(text.at, text.size);
    bool found = bsearch(&copy, sorted, count, sizeof *sorted, by_text) != NULL;
    free(copy);
    return found;
}

bool published_meters_have(const struct published_meters *meters, struct dsmr_text name)
{
    return name.size == 0 || have(meters->names, meters->count, name);
}

bool published_meters_have_id(const struct published_meters *meters, struct dsmr_text id)
{
    return have(meters->ids, meters->count, id);
}
