/* SPDX-License-Identifier: MIT */
/* The sink that publishes to an MQTT broker. */
#ifndef DSMR_SINK_MQTT_H
#define DSMR_SINK_MQTT_H

#include "bus/sink.h"
#include "core/log.h"
#include "core/loop.h"
#include "net/mqtt_client.h"
#include "sink/mqtt_composer.h"
#include "sink/mqtt_topic.h"
#include "spool/spool.h"

/* All texts are copied. */
struct mqtt_sink_setup {
    struct loop *loop;
    struct log *log;
    struct mqtt_broker broker;
    struct mqtt_topics topics;
    int qos;
    bool retain;          /* of values and JSON; status topics always are */
    const char *spool;    /* folder, for the JSON that must not be lost; NULL: none */
    uint64_t spool_limit; /* bytes */
    int64_t spool_rate;   /* messages a second, see mqtt_backlog.h */
};

/* NULL with *error (freed by the caller) when the broker's URL is none. A spool that cannot be used is
 * told in the log, and done without. */
struct sink *mqtt_sink_new(const struct mqtt_sink_setup *setup, char **error);

/* Valid as long as the sink. */
const struct mqtt_topics *mqtt_sink_topics(const struct sink *sink);

/* Where composers have to send their messages to; valid as long as the sink. */
struct emit mqtt_sink_emit(struct sink *sink);

/* True when the meter whose line has this topic has sent a telegram since its port is read. */
bool mqtt_sink_has_heard(const struct sink *sink, const char *line_topic);

/* Calls use() for each message that the broker keeps for this sink, or is to keep; size is 0 where it is
 * to remove one and has not said that it did. */
void mqtt_sink_each_retained(const struct sink *sink,
                             void (*use)(void *context, const char *topic, const char *payload,
                                         size_t size),
                             void *context);

/* Takes a composer over. There is room for MQTT_COMPOSERS. */
enum { MQTT_COMPOSERS = 4 };
void mqtt_sink_add(struct sink *sink, struct mqtt_composer *composer);

struct mqtt_sink_stats {
    struct mqtt_stats client;
    uint64_t superseded; /* values that a newer one took the place of while they waited */
    uint64_t dropped;    /* for want of room */
    uint64_t waiting;
    bool has_spool;
    struct spool_stats spool;
    uint64_t left_out; /* of the spool: the broker refuses them, or they were none of MQTT's */
};
void mqtt_sink_stats(const struct sink *sink, struct mqtt_sink_stats *stats);

#endif
