/* SPDX-License-Identifier: MIT */
/* Shapes, as the files of the library see them. What they are: dsmr/dsmr.h, "Shapes". */
#ifndef DSMR_SHAPE_H
#define DSMR_SHAPE_H

#include "internal.h"

/* A chip has no memory for them. */
#ifdef DSMR_SMALL
enum { HAS_SHAPES = 0 };
#else
enum { HAS_SHAPES = 1 };
#endif

/* Where the values of times stand in a row. */
enum { TIME_VALUES = DSMR_SHAPE_NUMBERS };

/* A digit that its place does not allow adds this to its sum. */
enum { DIGIT_TOO_LARGE = 0x10000 };

/*
 * The shape that the text at the start of these bytes has, as far as bytes alone can tell, its CRC
 * included; NULL if none. The bytes may go on behind the text.
 */
struct dsmr_shape *shapes_recognise(struct dsmr_shapes *shapes, struct dsmr_text bytes);

/* The shape by which the telegram can be decoded, or NULL. Its times are then read, and channels
 * brought up to date. */
struct dsmr_shape *shapes_take(const struct dsmr_telegram *telegram, const struct dsmr_zone *zone,
                               struct dsmr_channels *channels);

int64_t shape_read_number(const struct dsmr_shape_number *number, const char *text);

/* dsmr_decode_next() of a telegram of a known shape. */
enum dsmr_status shape_next(struct dsmr_decoder *decoder, struct dsmr_reading *reading);

/* The same in the processor's own instructions; false where there are none. *sum is the CRC. */
bool native_match(unsigned processor, const struct dsmr_shape *shape, const char *text, bool *same,
                  uint16_t *sum);
bool native_read_numbers(unsigned processor, const struct dsmr_shape *shape, const char *text,
                         int64_t *values);

/* Learning. A lesson begins with the telegram, is told all that dsmr_decode_next() returns, and ends with
 * DSMR_END. before are the channels as they were before the telegram. */
struct dsmr_shape *lesson_begin(const struct dsmr_telegram *telegram, const struct dialect *dialect,
                                struct dsmr_zone zone, const struct dsmr_channels *before,
                                const struct dsmr_channels *after);
void lesson_add(struct dsmr_decoder *decoder, enum dsmr_status status,
                const struct dsmr_reading *reading, bool plain);

/* Eight bytes as they follow each other in memory, the first in the lowest bits. */
static inline uint64_t load_8(const char *at)
{
    const uint8_t *byte = (const uint8_t *)at;
    return (uint64_t)byte[0] | (uint64_t)byte[1] << 8 | (uint64_t)byte[2] << 16 |
           (uint64_t)byte[3] << 24 | (uint64_t)byte[4] << 32 | (uint64_t)byte[5] << 40 |
           (uint64_t)byte[6] << 48 | (uint64_t)byte[7] << 56;
}

#endif
