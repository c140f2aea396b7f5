/* SPDX-License-Identifier: MIT */
/* A telegram as sinks get it: readings of a text that a test writes. */
#ifndef DSMR_TESTS_TAKEN_H
#define DSMR_TESTS_TAKEN_H

#include "bus/sink.h"
#include "meter/decoded.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { TAKEN_MAX = 32768 };

/* Zeroed to begin with; channels last from telegram to telegram. */
struct taken {
    char text[TAKEN_MAX];
    char buffer[TAKEN_MAX];
    struct dsmr_framer framer;
    struct dsmr_telegram telegram;
    struct dsmr_channels channels;
    struct decoded decoded;
    struct readings readings;
};

/* Reads the lines of a telegram, which gets an identification and no CRC. */
static inline const struct readings *take_lines(struct taken *taken, const char *identification,
                                                const char *lines)
{
    int size =
        snprintf(taken->text, sizeof taken->text, "/%s\r\n\r\n%s!\r\n", identification, lines);
    assert_in_range(size, 1, sizeof taken->text - 1);
    dsmr_framer_init(&taken->framer, taken->buffer, sizeof taken->buffer);
    dsmr_framer_push(&taken->framer, taken->text, (size_t)size);
    assert_int_equal(dsmr_framer_next(&taken->framer, &taken->telegram), DSMR_OK);
    decoded_read(&taken->decoded, &taken->telegram, &taken->channels, NULL);
    taken->readings = (struct readings){
        .meter = "main",
        .identification = taken->telegram.identification,
        .at = taken->decoded.readings,
        .count = taken->decoded.count,
        .has_time = taken->decoded.has_time,
        .time = taken->decoded.time,
        .received_ms = 1742209200000,
        .crc = taken->telegram.crc,
    };
    return &taken->readings;
}

static inline void taken_free(struct taken *taken)
{
    decoded_free(&taken->decoded);
    free(taken);
}

static inline dsmr_item item_of(const char *id)
{
    dsmr_item item = dsmr_item_find((struct dsmr_text){id, strlen(id)});
    if (item == DSMR_ITEM_NONE)
        fail_msg("there is no item '%s'", id);
    return item;
}

#endif
