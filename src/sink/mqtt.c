/* SPDX-License-Identifier: MIT */
/*
 * The MQTT sink. What is to be said goes into a queue that keeps the newest message of each topic,
 * and from there to the client as it has room; so while the broker is away newer values take the
 * place of older ones. With a spool the JSON goes through that instead, and nothing of it is lost.
 */
#include "sink/mqtt.h"

#include "core/buffer.h"
#include "core/memory.h"
#include "sink/mqtt_backlog.h"
#include "sink/mqtt_companion.h"
#include "sink/mqtt_lines.h"
#include "sink/mqtt_queue.h"
#include "sink/mqtt_values.h"
#include "sink/readings_json.h"

#include <stdlib.h>
#include <string.h>

enum {
    TOPICS_MAX = 250000,
    BYTES_MAX = 64 * 1024 * 1024,
};

static const char meanwhile_newest[] = "the newest values are kept for it";
static const char meanwhile_spool[] = "all telegrams are kept for it in the spool";

struct mqtt_sink {
    struct sink sink;
    struct loop *loop;
    struct log *log;
    int qos;
    bool retain;
    bool named; /* the user chose the client id */
    struct mqtt_topics topics;
    struct mqtt_client *client;
    struct mqtt_queue queue;
    struct mqtt_values values;
    struct mqtt_lines *lines;
    struct mqtt_backlog *backlog; /* NULL without a spool */
    uint64_t number;              /* of the last telegram, without a spool */
    struct buffer json;
    struct mqtt_composer *composers[MQTT_COMPOSERS];
    struct mqtt_companion *companions[MQTT_COMPOSERS];
    size_t composer_count;
    size_t companion_count;
    struct log_repeat drops;
};

/* ------------------------------------------------------------------------------------------------
 * Sending
 */

/* One message from the queue; false when none waits. */
static bool send_newest(struct mqtt_sink *sink)
{
    struct mqtt_message *message = mqtt_queue_take(&sink->queue);
    if (message == NULL)
        return false;
    if (mqtt_client_publish(sink->client, message->topic, message->payload, message->size,
                            message->qos, message->retain, (uintptr_t)message))
        return true;
    mqtt_queue_landed(&sink->queue, message, false);
    return false;
}

/* What is newest and what must not be lost take turns, but for a message that has to go alone. */
static void pump(struct mqtt_sink *sink)
{
    struct mqtt_backlog *backlog = sink->backlog;
    bool more = true;
    while (more && mqtt_client_room(sink->client) > 0) {
        more = (backlog == NULL || !mqtt_backlog_needs_quiet(backlog)) && send_newest(sink);
        if (backlog != NULL && mqtt_client_room(sink->client) > 0)
            more |= mqtt_backlog_send(backlog, sink->client);
    }
}

static void take_message(void *context, enum emit_class class, const char *topic,
                         const char *payload, size_t size, int qos, bool retain)
{
    struct mqtt_sink *sink = context;
    uint64_t missed;
    if (mqtt_queue_offer(&sink->queue, class, topic, payload, size, qos, retain)) {
        /* At once: composers speak from timers too, and Homie says init before ready. */
        if (sink->client != NULL)
            pump(sink);
        return;
    }
    if (!log_repeat_due(&sink->drops, loop_now(sink->loop), &missed))
        return;
    log_warn(sink->log, "mqtt", "%zu topics with %zu MB are all that is kept: %s is left out",
             sink->queue.count, sink->queue.bytes / 1000000, topic);
}

static void say(struct mqtt_sink *sink, const char *topic, const char *word)
{
    take_message(sink, EMIT_STANDING, topic, word, strlen(word), 1, true);
}

/* ------------------------------------------------------------------------------------------------
 * What the client tells
 */

static void on_connected(void *context)
{
    struct mqtt_sink *sink = context;
    mqtt_queue_renew(&sink->queue);
    for (size_t i = 0; i < sink->composer_count; i++)
        if (sink->composers[i]->connected != NULL)
            sink->composers[i]->connected(sink->composers[i]);
    pump(sink);
}

static void on_lost(void *context, const struct mqtt_end *end)
{
    struct mqtt_sink *sink = context;
    if (sink->backlog != NULL)
        mqtt_backlog_lost(sink->backlog, end);
}

/* An odd tag is a message of the backlog, an even one the address of one of the queue. */
static void on_settled(void *context, uint64_t tag, enum mqtt_outcome outcome, int reason)
{
    struct mqtt_sink *sink = context;
    if ((tag & 1) != 0)
        mqtt_backlog_settled(sink->backlog, tag, outcome, reason);
    else
        mqtt_queue_landed(&sink->queue, (struct mqtt_message *)(uintptr_t)tag,
                          outcome != MQTT_RETURNED);
}

static void on_room(void *context)
{
    pump(context);
}

static void on_message(void *context, const char *topic, const char *payload, size_t size,
                       bool retained)
{
    struct mqtt_sink *sink = context;
    /* The will of a connection of ours that broke long ago, or of another dsmr. */
    if (!retained)
        mqtt_queue_mend(&sink->queue, topic, payload, size);
    for (size_t i = 0; i < sink->composer_count; i++) {
        struct mqtt_composer *composer = sink->composers[i];
        if (composer->message != NULL && mqtt_topic_matches(composer->subscription, topic))
            composer->message(composer, topic, payload, size, retained);
    }
}

/* The broker said that the composer's device was lost when that connection broke. */
static void on_companion(void *context, const char *will_topic)
{
    struct mqtt_sink *sink = context;
    mqtt_queue_renew_topic(&sink->queue, will_topic);
    pump(sink);
}

/* ------------------------------------------------------------------------------------------------
 * What the bus brings
 */

static void take_json(struct mqtt_sink *sink, const struct readings *readings)
{
    uint64_t number = sink->backlog != NULL ? mqtt_backlog_number(sink->backlog) : ++sink->number;
    struct buffer *topic = &sink->values.topic;
    mqtt_json_topic(topic, &sink->topics, readings->meter);
    buffer_clear(&sink->json);
    readings_json(&sink->json, readings, number);
    if (sink->backlog != NULL)
        mqtt_backlog_add(sink->backlog, topic->at, sink->json.at, sink->json.size);
    else
        take_message(sink, EMIT_VALUE, topic->at, sink->json.at, sink->json.size, sink->qos,
                     sink->retain);
}

static void mqtt_publish(struct sink *base, const struct readings *readings)
{
    struct mqtt_sink *sink = (struct mqtt_sink *)base;
    if (sink->topics.values != NULL)
        mqtt_values_plain(&sink->values, readings);
    if (sink->topics.json != NULL)
        take_json(sink, readings);
    if (sink->topics.raw != NULL)
        mqtt_values_raw(&sink->values, readings);
    for (size_t i = 0; i < sink->composer_count; i++)
        if (sink->composers[i]->readings != NULL)
            sink->composers[i]->readings(sink->composers[i], readings);
    pump(sink);
}

static void mqtt_line(struct sink *base, const struct line_status *status)
{
    struct mqtt_sink *sink = (struct mqtt_sink *)base;
    mqtt_lines_status(sink->lines, status);
    for (size_t i = 0; i < sink->composer_count; i++)
        if (sink->composers[i]->line != NULL)
            sink->composers[i]->line(sink->composers[i], status);
    pump(sink);
}

static void free_topics(struct mqtt_topics *topics)
{
    free((char *)topics->values);
    free((char *)topics->json);
    free((char *)topics->raw);
    free((char *)topics->status);
    free((char *)topics->line);
}

static void mqtt_free(struct sink *base)
{
    struct mqtt_sink *sink = (struct mqtt_sink *)base;
    for (size_t i = 0; i < sink->companion_count; i++)
        mqtt_companion_free(sink->companions[i]);
    mqtt_client_free(sink->client);
    for (size_t i = 0; i < sink->composer_count; i++)
        sink->composers[i]->free(sink->composers[i]);
    mqtt_backlog_free(sink->backlog);
    mqtt_lines_free(sink->lines);
    mqtt_values_free(&sink->values);
    mqtt_queue_free(&sink->queue);
    buffer_free(&sink->json);
    free_topics(&sink->topics);
    free(sink);
}

static void tell_state(const struct sink *base, struct buffer *out)
{
    struct mqtt_sink_stats stats;
    mqtt_sink_stats(base, &stats);
    buffer_add_text(out, stats.client.connected ? "connected" : "no connection to the broker");
    if (stats.waiting > 0)
        buffer_print(out, ", %llu wait", (unsigned long long)stats.waiting);
}

static const struct sink_kind mqtt_kind = {
    .name = "mqtt",
    .publish = mqtt_publish,
    .line = mqtt_line,
    .refused = NULL,
    .state = tell_state,
    .free = mqtt_free,
};

/* ------------------------------------------------------------------------------------------------
 * Making it
 */

static const char *keep(const char *text)
{
    return text != NULL ? memory_text(text) : NULL;
}

static bool open_client(struct mqtt_sink *sink, const struct mqtt_broker *broker, char **error)
{
    struct mqtt_setup setup = {
        .loop = sink->loop,
        .log = sink->log,
        .topic = "mqtt",
        .meanwhile = sink->backlog != NULL ? meanwhile_spool : meanwhile_newest,
        .broker = *broker,
        .will = {.topic = sink->topics.status, .lost = "offline"},
        .listener =
            {
                .connected = on_connected,
                .lost = on_lost,
                .settled = on_settled,
                .room = on_room,
                .message = on_message,
                .context = sink,
            },
    };
    sink->client = mqtt_client_new(&setup, error);
    return sink->client != NULL;
}

static void open_backlog(struct mqtt_sink *sink, const struct mqtt_sink_setup *setup)
{
    char *error = NULL;
    struct mqtt_backlog_setup backlog = {
        .loop = setup->loop,
        .log = setup->log,
        .folder = setup->spool,
        .limit = setup->spool_limit,
        .rate = setup->spool_rate,
        .qos = setup->qos > 0 ? setup->qos : 1,
        .retain = setup->retain,
        .ready = on_room,
        .context = sink,
    };
    sink->backlog = mqtt_backlog_new(&backlog, &error);
    if (sink->backlog == NULL)
        log_error(sink->log, "mqtt", "mqtt.spool: %s; telegrams are lost while the broker is away",
                  error);
    free(error);
}

struct sink *mqtt_sink_new(const struct mqtt_sink_setup *setup, char **error)
{
    struct mqtt_sink *sink = memory_new(1, sizeof *sink);
    sink->sink.kind = &mqtt_kind;
    sink->loop = setup->loop;
    sink->log = setup->log;
    sink->qos = setup->qos;
    sink->retain = setup->retain;
    sink->named = setup->broker.client_id != NULL;
    sink->topics = (struct mqtt_topics){
        .values = keep(setup->topics.values),
        .json = keep(setup->topics.json),
        .raw = keep(setup->topics.raw),
        .status = keep(setup->topics.status),
        .line = keep(setup->topics.line),
    };
    sink->queue.topics_max = TOPICS_MAX;
    sink->queue.bytes_max = BYTES_MAX;
    struct emit emit = mqtt_sink_emit(&sink->sink);
    sink->values = (struct mqtt_values){
        .topics = &sink->topics, .qos = setup->qos, .retain = setup->retain, .emit = emit};
    sink->lines = mqtt_lines_new(setup->loop, &sink->topics, &emit);
    if (setup->spool != NULL && sink->topics.json != NULL)
        open_backlog(sink, setup);
    if (!open_client(sink, &setup->broker, error)) {
        mqtt_free(&sink->sink);
        return NULL;
    }
    mqtt_client_subscribe(sink->client, sink->topics.status);
    say(sink, sink->topics.status, "online");
    return &sink->sink;
}

const struct mqtt_topics *mqtt_sink_topics(const struct sink *sink)
{
    return &((const struct mqtt_sink *)sink)->topics;
}

struct emit mqtt_sink_emit(struct sink *sink)
{
    return (struct emit){.message = take_message, .context = sink};
}

bool mqtt_sink_has_heard(const struct sink *sink, const char *line_topic)
{
    return mqtt_lines_have_heard(((const struct mqtt_sink *)sink)->lines, line_topic);
}

void mqtt_sink_each_retained(const struct sink *sink,
                             void (*use)(void *context, const char *topic, const char *payload,
                                         size_t size),
                             void *context)
{
    mqtt_queue_each_retained(&((const struct mqtt_sink *)sink)->queue, use, context);
}

static void add_companion(struct mqtt_sink *sink, const struct mqtt_composer *composer)
{
    sink->companions[sink->companion_count++] = mqtt_companion_new(&(struct mqtt_companion_setup){
        .loop = sink->loop,
        .broker = mqtt_client_broker(sink->client),
        .named = sink->named,
        .composer = composer,
        .connected = on_companion,
        .context = sink,
    });
}

void mqtt_sink_add(struct sink *sink, struct mqtt_composer *composer)
{
    struct mqtt_sink *mqtt = (struct mqtt_sink *)sink;
    mqtt->composers[mqtt->composer_count++] = composer;
    if (composer->subscription != NULL)
        mqtt_client_subscribe(mqtt->client, composer->subscription);
    if (composer->will_topic != NULL)
        add_companion(mqtt, composer);
}

void mqtt_sink_stats(const struct sink *sink, struct mqtt_sink_stats *stats)
{
    const struct mqtt_sink *mqtt = (const struct mqtt_sink *)sink;
    *stats = (struct mqtt_sink_stats){
        .superseded = mqtt->queue.superseded,
        .dropped = mqtt->queue.dropped,
        .waiting = mqtt->queue.waiting,
        .has_spool = mqtt->backlog != NULL,
    };
    mqtt_client_stats(mqtt->client, &stats->client);
    if (mqtt->backlog != NULL)
        stats->left_out = mqtt_backlog_stats(mqtt->backlog, &stats->spool);
}
