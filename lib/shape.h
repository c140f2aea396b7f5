/* SPDX-License-Identifier: MIT */
/* Shapes, as the files of the library see them. What they are: dsmr/dsmr.h, "Shapes". */
#ifndef DSMR_SHAPE_H
#define DSMR_SHAPE_H

#include "internal.h"

/* What is rare is kept apart, so that what is not has no registers to save for it. */
#ifdef __GNUC__
#define APART __attribute__((noinline))
#else
#define APART
#endif

#ifndef DSMR_SMALL /* a chip has no memory for them */

/* Where the values of times stand in a row. */
enum { TIME_VALUES = DSMR_SHAPE_NUMBERS };

/* The shape by which the telegram can be decoded, or NULL. Its times are then read, and channels
 * brought up to date. */
struct dsmr_shape *shapes_take(const struct dsmr_telegram *telegram, const struct dsmr_zone *zone,
                               struct dsmr_channels *channels);

/* The least size of a text, so that a block ends with it; the slack of a byte that never varies; a place
 * without a digit in an order. */
enum { SHAPE_TEXT_MIN = 64, SHAPE_FIXED = 127, NO_DIGIT = 0x80 };

enum { FOUR = 4 };

static inline struct dsmr_shape_four *four_of(const struct dsmr_shape *shape, size_t number)
{
    return &shape->bytes->fours[number / FOUR];
}

/* Where a block begins. */
static inline size_t block_at(const struct dsmr_shape *shape, size_t block)
{
    size_t last = shape->size - DSMR_SHAPE_BLOCK;
    return block * DSMR_SHAPE_BLOCK < last ? block * DSMR_SHAPE_BLOCK : last;
}

/* These blocks, a bit for each, and no others are expected to change from now on. */
void shape_expect(struct dsmr_shape *shape, uint32_t busy);

/* The number of that index as it stands in a text of the shape. */
int64_t shape_read_number(const struct dsmr_shape *shape, size_t index, const char *text);

/* dsmr_decode_next() of a telegram of a known shape. */
enum dsmr_status shape_next(struct dsmr_decoder *decoder, struct dsmr_reading *reading);

/* True when the text, of the shape's size, has the shape. The shape's sum and values are then those of
 * the text. In plain C, and in the processor's own instructions. */
bool portable_meet(struct dsmr_shape *shape, const char *text);
bool native_meet(unsigned processor, struct dsmr_shape *shape, const char *text);

static inline bool shape_meet(unsigned processor, struct dsmr_shape *shape, const char *text)
{
    bool met = processor == DSMR_PORTABLE ? portable_meet(shape, text)
                                          : native_meet(processor, shape, text);
    shape->turn++;
    return met;
}

/* A reading but for its time; returns the status of its column. Only with DSMR_AVX512. */
enum dsmr_status native_fill(const struct dsmr_column *column, const char *text,
                             const int64_t *values, struct dsmr_reading *reading);

/* What follows from the text of a shape, and from the numbers in it. False when it is too much. */
bool shape_prepare(struct dsmr_shape *shape);

/* Learning. A lesson begins with the telegram, is told all that dsmr_decode_next() returns, and ends with
 * DSMR_END. before are the channels as they were before the telegram. */
struct dsmr_shape *lesson_begin(const struct dsmr_telegram *telegram, const struct dialect *dialect,
                                struct dsmr_zone zone, const struct dsmr_channels *before,
                                const struct dsmr_channels *after);
void lesson_add(struct dsmr_decoder *decoder, enum dsmr_status status,
                const struct dsmr_reading *reading, bool plain);

/* Bytes as they follow each other in memory, the first in the lowest bits. */
static inline uint32_t load_4(const char *at)
{
    const uint8_t *byte = (const uint8_t *)at;
    return (uint32_t)byte[0] | (uint32_t)byte[1] << 8 | (uint32_t)byte[2] << 16 |
           (uint32_t)byte[3] << 24;
}

static inline uint64_t load_8(const char *at)
{
    const uint8_t *byte = (const uint8_t *)at;
    return (uint64_t)byte[0] | (uint64_t)byte[1] << 8 | (uint64_t)byte[2] << 16 |
           (uint64_t)byte[3] << 24 | (uint64_t)byte[4] << 32 | (uint64_t)byte[5] << 40 |
           (uint64_t)byte[6] << 48 | (uint64_t)byte[7] << 56;
}

#endif /* DSMR_SMALL */

#endif
