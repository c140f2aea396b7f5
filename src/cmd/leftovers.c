/* SPDX-License-Identifier: MIT */
#include "cmd/leftovers.h"

#include "cmd/published.h"
#include "cmd/service_mqtt.h"
#include "config/pace_rule.h"
#include "core/memory.h"
#include "sink/homie.h"
#include "sink/homie_tree.h"
#include "sink/item_words.h"
#include "sink/mqtt.h"

#include <stdlib.h>
#include <string.h>

enum { NAMES_TOLD = 8 };

struct leftover {
    char *topic;
    char *meter; /* that is announced, as in topics; NULL when it is no announcement */
    bool noted;  /* of an earlier sink: this one has it as well */
    bool silent; /* of the line of a meter that sent nothing: what else there is is not known */
};

struct leftovers {
    const struct sink *sink; /* while it is asked */
    char *url;               /* of the broker */
    struct ha_style style;
    struct mqtt_topics topics;
    struct leftover *at;
    size_t count;
    size_t capacity;
};

/* What a configuration makes its sink publish. */
struct plan {
    const struct config *config;
    struct ha_style style;
    struct mqtt_topics topics;
    struct published_meters meters;
    char *homie;   /* "homie/dsmr/"; NULL without */
    bool extremes; /* the least and the greatest of an interval */
};

static bool is(const struct config *config, enum config_key key, const char *word)
{
    return strcmp(config_text(config, key), word) == 0;
}

/* ------------------------------------------------------------------------------------------------
 * What was there
 */

static void free_leftover(struct leftover *leftover)
{
    free(leftover->topic);
    free(leftover->meter);
}

void leftovers_free(struct leftovers *leftovers)
{
    if (leftovers == NULL)
        return;
    for (size_t i = 0; i < leftovers->count; i++)
        free_leftover(&leftovers->at[i]);
    service_mqtt_free_topics(&leftovers->topics);
    free(leftovers->at);
    free(leftovers->url);
    free(leftovers);
}

static struct leftover *add(struct leftovers *leftovers)
{
    if (leftovers->count == leftovers->capacity) {
        leftovers->capacity = leftovers->capacity > 0 ? leftovers->capacity * 2 : 64;
        leftovers->at = memory_grow(leftovers->at, leftovers->capacity, sizeof *leftovers->at);
    }
    return &leftovers->at[leftovers->count++];
}

static void note(void *context, const char *topic, const char *payload, size_t size)
{
    struct leftovers *leftovers = context;
    struct dsmr_text meter, item;
    struct leftover *leftover = add(leftovers);
    *leftover = (struct leftover){.topic = memory_text(topic)};
    leftover->silent = size > 0 &&
                       mqtt_pattern_read(leftovers->topics.line, topic, &meter, &item) &&
                       strcmp(topic, leftovers->topics.status) != 0 &&
                       !mqtt_sink_has_heard(leftovers->sink, topic);
    if (published_kind(&leftovers->style, topic, payload, size, &meter) == PUBLISHED_ANNOUNCEMENT)
        leftover->meter = memory_copy(meter.at, meter.size);
}

static int by_topic(const void *a, const void *b)
{
    return strcmp(((const struct leftover *)a)->topic, ((const struct leftover *)b)->topic);
}

/* What the sink has not published again yet is still there. Leaves earlier without any. */
static void carry(struct leftovers *leftovers, struct leftovers *earlier)
{
    if (earlier->count > 0)
        qsort(earlier->at, earlier->count, sizeof *earlier->at, by_topic);
    for (size_t i = 0; earlier->count > 0 && i < leftovers->count; i++) {
        struct leftover *same =
            bsearch(&leftovers->at[i], earlier->at, earlier->count, sizeof *earlier->at, by_topic);
        if (same == NULL)
            continue;
        leftovers->at[i].silent = leftovers->at[i].silent && same->silent;
        same->noted = true;
    }
    for (size_t i = 0; i < earlier->count; i++)
        if (earlier->at[i].noted)
            free_leftover(&earlier->at[i]);
        else
            *add(leftovers) = earlier->at[i];
    earlier->count = 0;
}

struct leftovers *leftovers_take(struct leftovers *earlier, const struct sink *sink,
                                 const struct config *config)
{
    if (sink == NULL) {
        leftovers_free(earlier);
        return NULL;
    }
    struct leftovers *leftovers = memory_new(1, sizeof *leftovers);
    leftovers->url = memory_text(config_text(config, CONFIG_MQTT_URL));
    leftovers->topics = service_mqtt_topics(config);
    leftovers->style = (struct ha_style){
        .topics = &leftovers->topics, .prefix = config_text(config, CONFIG_HOMEASSISTANT_PREFIX)};
    leftovers->sink = sink;
    mqtt_sink_each_retained(sink, note, leftovers);
    leftovers->sink = NULL;
    if (earlier != NULL)
        carry(leftovers, earlier);
    leftovers_free(earlier);
    return leftovers;
}

/* ------------------------------------------------------------------------------------------------
 * What is there now
 */

static void make_plan(struct plan *plan, const struct config *config)
{
    *plan = (struct plan){.config = config, .topics = service_mqtt_topics(config)};
    plan->style.topics = &plan->topics;
    plan->style.prefix = config_text(config, CONFIG_HOMEASSISTANT_PREFIX);
    plan->extremes = pace_rule_read(config_text(config, CONFIG_MQTT_UPDATE),
                                    config_text(config, CONFIG_MQTT_DEADBAND))
                         .mode == PACE_SECONDS;
    published_meters_init(&plan->meters, config);
    if (!is(config, CONFIG_HOMIE_VERSION, "no"))
        plan->homie = homie_base(is(config, CONFIG_HOMIE_VERSION, "5") ? 5 : 4,
                                 config_text(config, CONFIG_HOMIE_DEVICE));
}

static void free_plan(struct plan *plan)
{
    service_mqtt_free_topics(&plan->topics);
    published_meters_free(&plan->meters);
    free(plan->homie);
}

static bool keeps_value(const struct plan *plan, const char *topic)
{
    struct dsmr_text meter, item;
    if (!is(plan->config, CONFIG_MQTT_RETAIN, "yes"))
        return false;
    if (plan->topics.json != NULL && mqtt_pattern_read(plan->topics.json, topic, &meter, &item) &&
        published_meters_have(&plan->meters, meter))
        return true;
    if (published_kind(&plan->style, topic, "", 0, &meter) != PUBLISHED_VALUE ||
        !published_meters_have(&plan->meters, meter))
        return false;
    /* An extreme stands below the topic of its item. */
    return plan->extremes || (mqtt_pattern_read(plan->topics.values, topic, &meter, &item) &&
                              dsmr_item_find(item) != DSMR_ITEM_NONE);
}

/* ".../eActualDeliveryLeast/config" */
static bool announces_extreme(const char *topic)
{
    for (enum pace_part part = PACE_LEAST; part < PACE_PARTS; part++) {
        char *end = memory_print("%s/config", part_id_ending(part));
        size_t size = strlen(end);
        bool found = strlen(topic) > size && strcmp(topic + strlen(topic) - size, end) == 0;
        free(end);
        if (found)
            return true;
    }
    return false;
}

static bool keeps_announcement(const struct plan *plan, const struct leftover *leftover)
{
    bool single = is(plan->config, CONFIG_HOMEASSISTANT_FORM, "component");
    if (leftover->meter == NULL || !is(plan->config, CONFIG_HOMEASSISTANT_DISCOVERY, "yes") ||
        (single && !plan->extremes && announces_extreme(leftover->topic)))
        return false;
    char *start = memory_print("%s/%s/dsmr_", plan->style.prefix, single ? "sensor" : "device");
    struct dsmr_text meter = {leftover->meter, strlen(leftover->meter)};
    bool kept = strncmp(leftover->topic, start, strlen(start)) == 0 &&
                published_meters_have(&plan->meters, meter);
    free(start);
    return kept;
}

/* The property in "electricity/e-actual-delivery-least/$unit". */
static bool is_extreme_property(const char *node)
{
    const char *property = node + strcspn(node, "/");
    property += *property == '/';
    size_t size = strcspn(property, "/");
    for (enum pace_part part = PACE_LEAST; part < PACE_PARTS; part++) {
        const char *word = pace_part_word(part);
        size_t length = strlen(word);
        if (size > length && property[size - length - 1] == '-' &&
            memcmp(property + size - length, word, length) == 0)
            return true;
    }
    return false;
}

static bool keeps_homie(const struct plan *plan, const char *topic)
{
    static const char alert[] = "$alert/";
    struct dsmr_text meter;
    if (plan->homie == NULL || strncmp(topic, plan->homie, strlen(plan->homie)) != 0)
        return false;
    const char *node = topic + strlen(plan->homie);
    if (strncmp(node, alert, strlen(alert)) == 0)
        return published_meters_have_id(
            &plan->meters, (struct dsmr_text){node + strlen(alert), strlen(node + strlen(alert))});
    return *node == '$' ||
           ((plan->extremes || !is_extreme_property(node)) &&
            homie_node_meter((struct dsmr_text){node, strcspn(node, "/")}, &meter) &&
            published_meters_have_id(&plan->meters, meter));
}

static bool keeps(const struct plan *plan, const struct leftover *leftover)
{
    struct dsmr_text meter, item;
    const char *topic = leftover->topic;
    if (strcmp(topic, plan->topics.status) == 0)
        return true;
    if (mqtt_pattern_read(plan->topics.line, topic, &meter, &item) &&
        published_meters_have(&plan->meters, meter))
        return true;
    return keeps_value(plan, topic) || keeps_announcement(plan, leftover) ||
           keeps_homie(plan, topic);
}

/* The name of a meter that is gone, and of which this run cannot know all that the broker keeps: with
 * the state of its line gone too, nobody would be told of it again. */
static bool is_unknown(const struct plan *plan, const struct leftovers *leftovers,
                       const struct leftover *leftover, struct dsmr_text *meter)
{
    struct dsmr_text item;
    return leftover->silent &&
           mqtt_pattern_read(leftovers->topics.line, leftover->topic, meter, &item) &&
           !published_meters_have(&plan->meters, *meter);
}

static void tell_unknown(const struct buffer *names, size_t count, const struct config *config,
                         struct log *log)
{
    if (count > 0)
        log_warn(log, "mqtt",
                 "the broker may keep what an earlier run said of %.*s%s, which sent nothing in "
                 "this one: dsmr run --forget -c %s, with this dsmr ended, removes what is surely "
                 "dsmr's",
                 (int)names->size, names->at, count > NAMES_TOLD ? ", …" : "",
                 config->file != NULL ? config->file : "FILE");
}

/* Returns how many are removed; those that stay are left in leftovers. */
static size_t remove_gone(struct leftovers *leftovers, struct sink *sink,
                          const struct config *config, struct log *log)
{
    size_t removed = 0;
    size_t unknown = 0;
    size_t kept = 0;
    struct buffer names = {0};
    struct plan plan;
    struct emit emit = mqtt_sink_emit(sink);
    make_plan(&plan, config);
    for (size_t i = 0; i < leftovers->count; i++) {
        struct dsmr_text meter;
        struct leftover *leftover = &leftovers->at[i];
        if (keeps(&plan, leftover)) {
            leftovers->at[kept++] = *leftover;
            continue;
        }
        if (is_unknown(&plan, leftovers, leftover, &meter)) {
            if (unknown++ < NAMES_TOLD)
                buffer_print(&names, "%s%.*s", unknown > 1 ? ", " : "", (int)meter.size, meter.at);
        } else {
            emit.message(emit.context, EMIT_STANDING, leftover->topic, "", 0, 1, true);
            removed++;
        }
        free_leftover(leftover);
    }
    leftovers->count = kept;
    tell_unknown(&names, unknown, config, log);
    buffer_free(&names);
    free_plan(&plan);
    return removed;
}

static void tell_out_of_reach(const struct leftovers *leftovers, struct log *log)
{
    if (leftovers->count > 0)
        log_warn(log, "mqtt",
                 "the broker at %s keeps %zu message%s of dsmr: dsmr run --forget removes %s, with "
                 "the configuration of before",
                 leftovers->url, leftovers->count, leftovers->count == 1 ? "" : "s",
                 leftovers->count == 1 ? "it" : "them");
}

struct leftovers *leftovers_clean(struct leftovers *leftovers, struct sink *sink,
                                  const struct config *config, struct log *log)
{
    if (leftovers == NULL)
        return NULL;
    const char *url = config_text(config, CONFIG_MQTT_URL);
    if (sink == NULL || url == NULL || strcmp(url, leftovers->url) != 0) {
        tell_out_of_reach(leftovers, log);
        leftovers_free(leftovers);
        return NULL;
    }
    size_t removed = remove_gone(leftovers, sink, config, log);
    if (removed > 0)
        log_info(log, "mqtt",
                 "%zu message%s that the broker kept for what is no longer configured %s removed",
                 removed, removed == 1 ? "" : "s", removed == 1 ? "is" : "are");
    return leftovers;
}
