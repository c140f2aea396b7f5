/* SPDX-License-Identifier: MIT */
/*
 * What the MQTT sink still has to publish: by topic the newest message, in the order in which the
 * topics came to have one. A newer message takes the place of one that waits; the broker gets the
 * newest when it has time. One message a topic is under way at a time, so that an older one can
 * never arrive behind a newer.
 *
 * Bounded by the topics and the bytes that it may hold; when these are used up, messages of further
 * topics are dropped and counted.
 */
#ifndef DSMR_SINK_MQTT_QUEUE_H
#define DSMR_SINK_MQTT_QUEUE_H

#include "sink/emit.h"

#include <stdint.h>

/* The message of a topic. */
struct mqtt_message {
    char *topic;
    char *payload; /* size bytes */
    size_t size;
    enum emit_class class;
    int qos;
    bool retain;
    bool flying; /* handed over, and not settled yet */
    /* Of the queue. */
    size_t capacity;
    bool wanted; /* waits, or will when what flies has landed */
    bool queued; /* in the list of those that wait */
    uint64_t turn;
    uint64_t flight_turn;
    uint32_t hash;
    struct mqtt_message *same_hash;
    struct mqtt_message *before, *after; /* of those that wait */
    struct mqtt_message *older, *newer;  /* of all, in the order in which they came first */
};

/* Zeroed but for the limits to begin with. */
struct mqtt_queue {
    size_t topics_max;
    size_t bytes_max;
    struct mqtt_message **table;
    size_t table_size; /* a power of two, or 0 */
    size_t count;      /* of all messages */
    size_t bytes;
    size_t waiting;
    uint64_t turns;
    uint64_t superseded;               /* messages that a newer one took the place of */
    uint64_t dropped;                  /* for want of room */
    struct mqtt_message *first, *last; /* of those that wait */
    struct mqtt_message *oldest, *newest;
};

/*
 * Wants a message published; everything is copied. Of class EMIT_STANDING, one that says the same as
 * before is not sent again. Returns false when it was dropped.
 */
bool mqtt_queue_offer(struct mqtt_queue *queue, enum emit_class class, const char *topic,
                      const char *payload, size_t size, int qos, bool retain);

/* The message whose turn it is; NULL when none waits. It flies until mqtt_queue_landed(). */
struct mqtt_message *mqtt_queue_take(struct mqtt_queue *queue);

/* It landed: delivered, or back here to be sent again unless there is a newer one. The message may be
 * gone afterwards. */
void mqtt_queue_landed(struct mqtt_queue *queue, struct mqtt_message *message, bool delivered);

/* There is another connection: standing messages are wanted again, and then retained values. */
void mqtt_queue_renew(struct mqtt_queue *queue);

/* The same for the message of one topic, if there is any. */
void mqtt_queue_renew_topic(struct mqtt_queue *queue, const char *topic);

/*
 * Somebody has published this at a topic where a standing message of ours is: when it says something
 * else, ours is wanted again. What flies or waits is left to itself.
 */
void mqtt_queue_mend(struct mqtt_queue *queue, const char *topic, const char *payload, size_t size);

/* Calls use() for each message that is to be retained; an empty one, "", removes what the broker keeps,
 * and has not landed. */
void mqtt_queue_each_retained(const struct mqtt_queue *queue,
                              void (*use)(void *context, const char *topic, const char *payload,
                                          size_t size),
                              void *context);

void mqtt_queue_free(struct mqtt_queue *queue);

#endif
