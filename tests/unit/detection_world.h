/* SPDX-License-Identifier: MIT */
/*
 * A meter and a serial port that finds out its speed, on a clock of their own: half a minute passes in
 * a moment. What arrives at the wrong speed is what a UART would make of it.
 */
#ifndef DSMR_TESTS_DETECTION_WORLD_H
#define DSMR_TESTS_DETECTION_WORLD_H

#include "core/decryption.h"
#include "dsmr/dsmr.h"
#include "simulate/simulated_meter.h"
#include "simulate/uart.h"
#include "source/detection.h"
#include "source/parity.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum {
    STEP_MS = 4,        /* an adapter hands on what came in so much time */
    SILENCE_STEPS = 50, /* after which a telegram is over */
    LINES_FOR_GOOD = 3, /* that prove a telegram without CRC */
    PIECE = 4096,
};

/* A meter that sends the same telegram for ever. */
struct sender {
    const char *text;
    size_t size;
    int baud;
    int64_t interval_ms;
    int64_t first_ms; /* when its first telegram begins; may be before the port is open */
};

struct world {
    struct sender sender;
    struct detection detection;
    struct parity parity;
    struct dsmr_framer framer;
    const struct dsmr_cipher *cipher; /* NULL without a key */
    struct uart uart;
    int64_t now;
    int64_t heard;     /* when bytes came last */
    int64_t locked_at; /* -1 as long as it is not */
    unsigned good;     /* telegrams */
    unsigned switches;
    unsigned noise; /* random bytes that the line brings by itself with each step, in a thousand */
    char buffer[DSMR_TELEGRAM_MAX];
};

static inline void world_listen(struct world *world)
{
    parity_init(&world->parity);
    dsmr_framer_init(&world->framer, world->buffer, sizeof world->buffer);
    dsmr_framer_decrypt(&world->framer, world->cipher);
    if (world->sender.baud > 0)
        uart_init(&world->uart, world->sender.baud, world->detection.baud);
}

static inline void world_start(struct world *world, const struct sender *sender, int remembered)
{
    memset(world, 0, sizeof *world);
    world->sender = *sender;
    world->locked_at = -1;
    detection_search(&world->detection, remembered, 0);
    world_listen(world);
}

/* True when the telegram proves the speed, as the program's meter judges it. */
static inline bool world_proves(const struct dsmr_telegram *telegram)
{
    struct dsmr_channels channels;
    struct dsmr_decoder decoder;
    struct dsmr_reading reading;
    enum dsmr_status status;
    int lines = 0;
    if (telegram->crc == DSMR_CRC_OK)
        return true;
    dsmr_channels_init(&channels);
    dsmr_decode(&decoder, telegram, &channels, NULL);
    while ((status = dsmr_decode_next(&decoder, &reading)) != DSMR_END)
        lines += status == DSMR_OK;
    return lines >= LINES_FOR_GOOD;
}

static inline void world_take(struct world *world)
{
    struct dsmr_telegram telegram;
    while (dsmr_framer_next(&world->framer, &telegram) != DSMR_MORE) {
        if (telegram.status == DSMR_OK && world_proves(&telegram)) {
            world->good++;
            if (detection_good(&world->detection, world->now))
                world->locked_at = world->now;
        } else if (telegram.status != DSMR_OK && telegram.status != DSMR_ERR_GARBAGE) {
            detection_refused(&world->detection, world->now);
        }
    }
}

static inline void world_read(struct world *world, char *bytes, size_t size)
{
    if (size == 0 && world->now - world->heard == SILENCE_STEPS * STEP_MS) {
        dsmr_framer_flush(&world->framer, false);
        world_take(world);
    }
    if (size == 0)
        return;
    world->heard = world->now;
    if (detection_bytes(&world->detection, bytes, size, world->now)) {
        world->switches++;
        world_listen(world);
        return;
    }
    parity_strip(&world->parity, bytes, size);
    dsmr_framer_push(&world->framer, bytes, size);
    world_take(world);
}

/* How many bytes of the telegram have been sent t ms after it began. */
static inline size_t world_sent(const struct sender *sender, int64_t t)
{
    if (t <= 0)
        return 0;
    int64_t bytes = t * sender->baud / 10000;
    return bytes < (int64_t)sender->size ? (size_t)bytes : sender->size;
}

/* What the meter sent from one moment to another, as it arrives at the port's speed. */
static inline size_t world_arrive(struct world *world, int64_t from, int64_t to, char *out)
{
    const struct sender *sender = &world->sender;
    if (sender->baud == 0 || to <= sender->first_ms)
        return 0;
    int64_t begun = to - 1 - (to - 1 - sender->first_ms) % sender->interval_ms;
    size_t before = world_sent(sender, from - begun);
    size_t count = world_sent(sender, to - begun) - before;
    const unsigned char *sent = (const unsigned char *)sender->text + before;
    if (sender->baud != world->detection.baud)
        return uart_receive(&world->uart, sent, count, (unsigned char *)out);
    memcpy(out, sent, count);
    return count;
}

static inline void world_run(struct world *world, int64_t until)
{
    char bytes[PIECE];
    while (world->now < until && world->locked_at < 0) {
        size_t size = world_arrive(world, world->now, world->now + STEP_MS, bytes);
        world->now += STEP_MS;
        if ((unsigned)random() % 1000 < world->noise)
            bytes[size++] = (char)random();
        world_read(world, bytes, size);
        if (world->now % 1000 == 0 && detection_tick(&world->detection, world->now)) {
            world->switches++;
            world_listen(world);
        }
    }
}

#endif
