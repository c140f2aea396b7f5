/* SPDX-License-Identifier: MIT */
#include "cmd/own_topics.h"

#include "cmd/service_mqtt.h"
#include "config/key.h"
#include "core/memory.h"
#include "dsmr/dsmr.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* By mqtt.topic go the values and the state of a meter's line. */
static const enum config_key keys[] = {CONFIG_MQTT_STATUS, CONFIG_MQTT_JSON, CONFIG_MQTT_RAW,
                                       CONFIG_MQTT_TOPIC};
enum { KEYS = sizeof keys / sizeof *keys };

/* What is compared, with room for a topic. */
struct own_topics {
    struct mqtt_topics topics;
    struct buffer topic;
};

static void free_own(struct own_topics *own)
{
    buffer_free(&own->topic);
    service_mqtt_free_topics(&own->topics);
}

static bool is_topic(struct own_topics *own, const char *wanted, const char *pattern,
                     const char *meter, const char *item)
{
    if (!pattern)
        return false;
    mqtt_pattern_topic(&own->topic, pattern, meter, item);
    return strcmp(wanted, own->topic.at) == 0;
}

/* What stands at the place of {item} and behind it, if the topic begins as those of the meter's values do;
 * else NULL. */
static const char *behind_start(struct own_topics *own, const char *wanted, const char *meter)
{
    const char *pattern = own->topics.values;
    const char *item = strstr(pattern, "{item}");
    char *start = memory_copy(pattern, (size_t)(item - pattern));
    mqtt_pattern_topic(&own->topic, start, meter, "");
    free(start);
    size_t size = own->topic.size;
    return size == 0 || strncmp(wanted, own->topic.at, size) == 0 ? wanted + size : NULL;
}

static bool is_value_topic(struct own_topics *own, const char *wanted, const char *meter)
{
    const char *rest = own->topics.values ? behind_start(own, wanted, meter) : NULL;
    for (size_t item = 0; rest && item < dsmr_item_count(); item++) {
        const char *id = dsmr_item_id((dsmr_item)item);
        if (strncmp(rest, id, strlen(id)) == 0 &&
            is_topic(own, wanted, own->topics.values, meter, id))
            return true;
    }
    return false;
}

/* True when something of that meter, or of dsmr itself, goes to the wanted topic by this key. */
static bool leads_to(struct own_topics *own, enum config_key key, const char *wanted,
                     const char *meter)
{
    switch (key) {
    case CONFIG_MQTT_STATUS:
        return strcmp(wanted, own->topics.status) == 0;
    case CONFIG_MQTT_JSON:
        return is_topic(own, wanted, own->topics.json, meter, "json");
    case CONFIG_MQTT_RAW:
        return is_topic(own, wanted, own->topics.raw, meter, "raw");
    default:
        return is_topic(own, wanted, own->topics.line, meter, "status") ||
               is_value_topic(own, wanted, meter);
    }
}

enum config_key own_topics_key(const struct config *config, const char *topic)
{
    struct own_topics own = {.topics = service_mqtt_topics(config)};
    enum config_key found = CONFIG_KEY_COUNT;
    for (size_t i = 0; found == CONFIG_KEY_COUNT && i < config_meter_count(config); i++)
        for (size_t k = 0; found == CONFIG_KEY_COUNT && k < KEYS; k++)
            if (leads_to(&own, keys[k], topic, config_meter_name(config, i)))
                found = keys[k];
    free_own(&own);
    return found;
}

/* The one topic of a meter by one of the keys but mqtt.topic. NULL for none; freed by the caller. */
static char *topic_by(struct own_topics *own, enum config_key key, const char *meter)
{
    const char *pattern = key == CONFIG_MQTT_STATUS ? own->topics.status
                          : key == CONFIG_MQTT_JSON ? own->topics.json
                                                    : own->topics.raw;
    if (!pattern)
        return NULL;
    mqtt_pattern_topic(&own->topic, pattern, meter, key == CONFIG_MQTT_JSON ? "json" : "raw");
    return memory_text(own->topic.at);
}

/* At the line that made it so: the later one. */
static void refuse(const struct config *config, const char *topic, enum config_key one,
                   enum config_key other, struct complaints *complaints)
{
    char place[32] = "";
    bool swap = config->values[one].line > config->values[other].line;
    enum config_key late = swap ? one : other;
    enum config_key early = swap ? other : one;
    if (config->values[early].line > 0)
        snprintf(place, sizeof place, ", line %d,", config->values[early].line);
    complain(complaints, SEVERITY_ERROR, config->file, config->values[late].line,
             "key '%s': the topic '%.120s' is that of %s%s too; give each a topic of its own",
             key_facts(late)->name, topic, key_facts(early)->name, place);
}

/* Returns false, with a complaint, when a key and one behind it lead to one topic. */
static bool are_apart(struct own_topics *own, const struct config *config, const char *meter,
                      struct complaints *complaints)
{
    bool apart = true;
    for (size_t one = 0; apart && one + 1 < KEYS; one++) {
        char *topic = topic_by(own, keys[one], meter);
        for (size_t other = one + 1; topic && apart && other < KEYS; other++) {
            apart = !leads_to(own, keys[other], topic, meter);
            if (!apart)
                refuse(config, topic, keys[one], keys[other], complaints);
        }
        free(topic);
    }
    return apart;
}

void own_topics_check(const struct config *config, struct complaints *complaints)
{
    if (!config_is_set(config, CONFIG_MQTT_URL))
        return;
    struct own_topics own = {.topics = service_mqtt_topics(config)};
    bool apart = true;
    for (size_t i = 0; apart && i < config_meter_count(config); i++)
        apart = are_apart(&own, config, config_meter_name(config, i), complaints);
    free_own(&own);
}
