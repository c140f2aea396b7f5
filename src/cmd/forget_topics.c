/* SPDX-License-Identifier: MIT */
#include "cmd/forget_topics.h"

#include "core/memory.h"
#include "dsmr/dsmr.h"

#include <stdlib.h>
#include <string.h>

static void add(struct forget_topics *topics, const struct buffer *topic)
{
    if (topics->count == topics->capacity) {
        topics->capacity = topics->capacity > 0 ? topics->capacity * 2 : 256;
        topics->at = memory_grow(topics->at, topics->capacity, sizeof(char *));
    }
    topics->at[topics->count++] = memory_copy(topic->at, topic->size);
}

static void add_meter(struct forget_topics *topics, const struct mqtt_topics *published,
                      const char *meter)
{
    struct buffer topic = {0};
    mqtt_line_topic(&topic, published, meter);
    add(topics, &topic);
    if (published->json) {
        mqtt_json_topic(&topic, published, meter);
        add(topics, &topic);
    }
    if (published->raw) {
        mqtt_raw_topic(&topic, published, meter);
        add(topics, &topic);
    }
    for (size_t item = 0; published->values && item < dsmr_item_count(); item++) {
        mqtt_value_topic(&topic, published, meter, dsmr_item_id((dsmr_item)item));
        add(topics, &topic);
    }
    buffer_free(&topic);
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

void forget_topics_init(struct forget_topics *topics, const struct config *config,
                        const struct mqtt_topics *published)
{
    struct buffer status = {0};
    *topics = (struct forget_topics){.values = published->values};
    buffer_add_text(&status, published->status);
    add(topics, &status);
    buffer_free(&status);
    for (size_t i = 0; i < config_meter_count(config); i++)
        add_meter(topics, published, config_meter_name(config, i));
    qsort(topics->at, topics->count, sizeof(char *), by_text);
}

static bool have(const struct forget_topics *topics, const char *topic)
{
    return bsearch(&topic, topics->at, topics->count, sizeof(char *), by_text) != NULL;
}

/* One level below an item. */
static bool have_extreme(const struct forget_topics *topics, const char *topic)
{
    struct dsmr_text meter, item;
    const char *last = strrchr(topic, '/');
    if (topics->values == NULL || last == NULL ||
        (strcmp(last, "/least") != 0 && strcmp(last, "/greatest") != 0))
        return false;
    char *parent = memory_copy(topic, (size_t)(last - topic));
    bool found = mqtt_pattern_read(topics->values, parent, &meter, &item) &&
                 dsmr_item_find(item) != DSMR_ITEM_NONE && have(topics, parent);
    free(parent);
    return found;
}

bool forget_topics_have(const struct forget_topics *topics, const char *topic)
{
    return have(topics, topic) || have_extreme(topics, topic);
}

void forget_topics_free(struct forget_topics *topics)
{
    for (size_t i = 0; i < topics->count; i++)
        free(topics->at[i]);
    free(topics->at);
    *topics = (struct forget_topics){0};
}

char *forget_filter(const char *pattern)
{
    struct buffer filter = {0};
    while (*pattern != '\0') {
        size_t level = strcspn(pattern, "/");
        if (memchr(pattern, '{', level))
            buffer_add(&filter, "+", 1);
        else
            buffer_add(&filter, pattern, level);
        buffer_add(&filter, "/", 1);
        pattern += level + (pattern[level] == '/');
    }
    buffer_add(&filter, "#", 1);
    return filter.at;
}
