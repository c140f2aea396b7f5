/* SPDX-License-Identifier: MIT */
/*
 * For tests of conventions on top of MQTT: telegrams go in as text, messages come out and are kept,
 * the retained ones as a broker would.
 */
#ifndef DSMR_TESTS_COMPOSER_WORLD_H
#define DSMR_TESTS_COMPOSER_WORLD_H

#include "config/pace_rule.h"
#include "core/buffer.h"
#include "core/loop.h"
#include "core/memory.h"
#include "dsmr/dsmr.h"
#include "meter/decoded.h"
#include "sink/mqtt_composer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { WORLD_DEADLINE_MS = 20000 };

/* The last message of a topic. */
struct heard {
    char *topic;
    struct buffer payload;
    enum emit_class class;
    int qos;
    bool retain;
    unsigned count; /* messages of this topic */
    unsigned order; /* of the last one, among all messages */
};

struct world {
    struct heard *at;
    size_t count;
    unsigned messages;
    struct dsmr_channels channels;
    struct decoded decoded;
    int64_t now_ms; /* wall clock at which telegrams come */
    bool paced;     /* they come as from a pace in seconds, see world_spread() */
};

static inline struct heard *world_find(const struct world *world, const char *topic)
{
    for (size_t i = 0; i < world->count; i++)
        if (strcmp(world->at[i].topic, topic) == 0)
            return &world->at[i];
    return NULL;
}

/* The payload of a topic's last message; NULL when there was none. */
static inline const char *world_payload(const struct world *world, const char *topic)
{
    const struct heard *heard = world_find(world, topic);
    return heard ? heard->payload.at : NULL;
}

static inline void world_hear(void *context, enum emit_class class, const char *topic,
                              const char *payload, size_t size, int qos, bool retain)
{
    struct world *world = context;
    struct heard *heard = world_find(world, topic);
    if (!heard) {
        world->at = memory_grow(world->at, world->count + 1, sizeof *world->at);
        heard = &world->at[world->count++];
        *heard = (struct heard){.topic = memory_text(topic)};
    }
    buffer_clear(&heard->payload);
    buffer_add(&heard->payload, payload, size);
    heard->class = class;
    heard->qos = qos;
    heard->retain = retain;
    heard->count++;
    heard->order = ++world->messages;
}

static inline struct emit world_emit(struct world *world)
{
    return (struct emit){world_hear, world};
}

static inline void world_init(struct world *world)
{
    memset(world, 0, sizeof *world);
    world->now_ms = 1736959402000;
    dsmr_channels_init(&world->channels);
}

/* What was heard is forgotten. */
static inline void world_forget(struct world *world)
{
    for (size_t i = 0; i < world->count; i++) {
        free(world->at[i].topic);
        buffer_free(&world->at[i].payload);
    }
    free(world->at);
    world->at = NULL;
    world->count = 0;
}

static inline void world_free(struct world *world)
{
    world_forget(world);
    decoded_free(&world->decoded);
}

enum { WORLD_SPREADS = 64 };

/* What a pace would make of telegrams of which this was the mean: half of it was the least, twice as
 * much the greatest. */
static inline size_t world_spread(const struct decoded *decoded, struct spread out[WORLD_SPREADS])
{
    size_t count = 0;
    for (size_t i = 0; i < decoded->count && count < WORLD_SPREADS; i++) {
        const struct dsmr_reading *reading = &decoded->readings[i];
        struct dsmr_number number = reading->number;
        if (reading->superseded || reading->has_time || !pace_fluctuates(reading->item))
            continue;
        out[count++] = (struct spread){i,
                                       {number.mantissa * 5, (uint8_t)(number.decimals + 1)},
                                       number,
                                       {number.mantissa * 2, number.decimals}};
    }
    return count;
}

/* Decodes a telegram and hands it on as if it had this CRC; false when it is none. */
static inline bool world_read(struct world *world, struct mqtt_composer *composer,
                              const char *meter, const char *text, size_t size, enum dsmr_crc crc)
{
    static char buffer[DSMR_TELEGRAM_MAX];
    struct dsmr_framer framer;
    struct dsmr_telegram telegram;
    enum dsmr_status status;
    bool found = false;
    dsmr_framer_init(&framer, buffer, sizeof buffer);
    dsmr_framer_push(&framer, text, size);
    while ((status = dsmr_framer_next(&framer, &telegram)) != DSMR_MORE) {
        if (status != DSMR_OK && status != DSMR_ERR_CRC)
            continue;
        decoded_read(&world->decoded, &telegram, &world->channels, NULL);
        struct readings readings = {
            .meter = meter,
            .identification = telegram.identification,
            .at = world->decoded.readings,
            .count = world->decoded.count,
            .has_time = world->decoded.has_time,
            .time = world->decoded.time,
            .received_ms = world->now_ms,
            .crc = crc,
            .telegram = &telegram,
            .decoded = &world->decoded,
        };
        struct spread spreads[WORLD_SPREADS];
        if (world->paced) {
            readings.spreads = spreads;
            readings.spread_count = world_spread(&world->decoded, spreads);
        }
        composer->readings(composer, &readings);
        found = true;
    }
    return found;
}

/* A telegram of the meter main that consists of this identification and these lines. */
static inline bool world_lines(struct world *world, struct mqtt_composer *composer,
                               const char *lines, enum dsmr_crc crc)
{
    struct buffer text = {0};
    buffer_print(&text, "/KFM5KAIFA-METER\r\n\r\n%s!\r\n", lines);
    bool found = world_read(world, composer, "main", text.at, text.size, crc);
    buffer_free(&text);
    return found;
}

static inline void world_is_late(void *context)
{
    (void)context;
    fail_msg("not within %d ms", WORLD_DEADLINE_MS);
}

/* Runs the loop until look(), which is called again and again, stops it. */
static inline void world_run(struct loop *loop, void (*look)(void *context), void *context)
{
    struct loop_timer *late = loop_timer_new(loop, world_is_late, NULL);
    struct loop_timer *again = loop_timer_new(loop, look, context);
    loop_timer_start(late, WORLD_DEADLINE_MS, 0);
    loop_timer_start(again, 1, 1);
    loop_run(loop);
    loop_timer_free(late);
    loop_timer_free(again);
}

#endif
