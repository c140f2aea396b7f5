/* SPDX-License-Identifier: MIT */
/*
 * Whether a text has a shape, and what it says then: eight bytes at a time are held against those of
 * the latest text that had the shape, which is known to have it. Where they are the same, nothing is
 * to be proven, to be added to the CRC or to be read. Where they are not, every byte must be that of the
 * shape, or a digit where the shape has one, small enough for its place; the CRC is linear, so a digit
 * that changed adds what its changed bits would add alone.
 */
#include "shape.h"

#include <string.h>

#ifndef DSMR_SMALL

#define EACH_BYTE(value) (UINT64_C(0x0101010101010101) * (value))

enum { WORD = 8, BLOCK = 64 };

/* The words that are not as in the latest text, and what the CRC becomes by them. */
struct changes {
    uint16_t sum;
    size_t count;
    uint16_t words[DSMR_SHAPE_WORDS + 1];
};

/* ------------------------------------------------------------------------------------------------
 * Numbers
 */

/* The number that eight bytes of value 0 … 9 are: neighbours are joined, then pairs, then fours. */
static uint64_t join_eight(uint64_t digits)
{
    const uint64_t pairs = UINT64_C(0x000000FF000000FF);
    digits = digits * 10 + (digits >> 8);
    uint64_t first = (digits & pairs) * (100 + (UINT64_C(1000000) << 32));
    uint64_t second = (digits >> 16 & pairs) * (1 + (UINT64_C(10000) << 32));
    return (first + second) >> 32;
}

/* Of each half, masks[0] is what stands before a point: it moves up to what stands behind it. */
int64_t shape_read_number(const struct dsmr_shape *shape, size_t index, const char *text)
{
    const struct dsmr_shape_number *number = &shape->numbers[index];
    uint64_t value = 0;
    for (size_t half = number->first_half; half < 2; half++) {
        const uint64_t *masks = number->masks[half];
        uint64_t digits = load_8(text + number->at + WORD * half) ^ EACH_BYTE('0');
        digits = (digits & masks[0]) << 8 | (digits & masks[1]);
        value = value * number->low_scale + join_eight(digits);
    }
    return ((int64_t)value ^ number->sign) - number->sign;
}

/* ------------------------------------------------------------------------------------------------
 * The text
 */

static inline bool same_block(const char *a, const char *b)
{
    uint64_t change = load_8(a) ^ load_8(b);
    change |= load_8(a + 8) ^ load_8(b + 8);
    change |= load_8(a + 16) ^ load_8(b + 16);
    change |= load_8(a + 24) ^ load_8(b + 24);
    change |= load_8(a + 32) ^ load_8(b + 32);
    change |= load_8(a + 40) ^ load_8(b + 40);
    change |= load_8(a + 48) ^ load_8(b + 48);
    change |= load_8(a + 56) ^ load_8(b + 56);
    return change == 0;
}

static inline uint16_t sum_digits(uint16_t sums[8][16], uint64_t change)
{
    return sums[0][change & 15] ^ sums[1][change >> 8 & 15] ^ sums[2][change >> 16 & 15] ^
           sums[3][change >> 24 & 15] ^ sums[4][change >> 32 & 15] ^ sums[5][change >> 40 & 15] ^
           sums[6][change >> 48 & 15] ^ sums[7][change >> 56 & 15];
}

/* False when the word is not of the shape. A byte x above its limit makes x + slack reach 128, unless x
 * is above 128 by itself; what it may then carry into the next byte does not matter any more. */
static inline bool note_word(struct dsmr_shape *shape, const char *text, size_t word, size_t at,
                             uint64_t part, struct changes *changes)
{
    uint64_t is = load_8(text + at);
    uint64_t change = (is ^ load_8(shape->bytes->latest + at)) & part;
    if (change == 0)
        return true;
    uint64_t digits = is ^ load_8(shape->bytes->text + at);
    uint64_t large = digits + load_8((const char *)shape->bytes->slack + at);
    if (((digits | large) & EACH_BYTE(0x80)) != 0)
        return false;
    changes->sum ^= sum_digits(shape->sums[shape->sums_of[word]], change);
    changes->words[changes->count++] = (uint16_t)word;
    return true;
}

static bool find_changes(struct dsmr_shape *shape, const char *text, struct changes *changes)
{
    const size_t size = shape->size;
    size_t at = 0;
    changes->sum = shape->sum;
    changes->count = 0;
    while (at + WORD <= size) {
        if (at + BLOCK <= size && same_block(text + at, shape->bytes->latest + at)) {
            at += BLOCK;
            continue;
        }
        for (size_t end = at + BLOCK; at < end && at + WORD <= size; at += WORD)
            if (!note_word(shape, text, at / WORD, at, UINT64_MAX, changes))
                return false;
    }
    size_t left = size - at;
    return left == 0 ||
           note_word(shape, text, at / WORD, size - WORD, UINT64_MAX << 8 * (WORD - left), changes);
}

/* The last word ends with the text. */
static void take_changes(struct dsmr_shape *shape, const char *text, const struct changes *changes)
{
    struct dsmr_shape_bytes *bytes = shape->bytes;
    uint64_t taken = 0; /* numbers: one may lie in two words */
    for (size_t i = 0; i < changes->count; i++) {
        size_t word = changes->words[i];
        size_t at = word * WORD + WORD <= shape->size ? word * WORD : shape->size - WORD;
        memcpy(bytes->latest + at, text + at, WORD);
        const struct dsmr_shape_range *numbers = &shape->words[word];
        for (size_t number = numbers->first; number < numbers->behind; number++) {
            if ((taken >> number & 1) == 0)
                bytes->values[number] = shape_read_number(shape, number, text);
            taken |= UINT64_C(1) << number;
        }
    }
    shape->sum = changes->sum;
}

bool portable_meet(struct dsmr_shape *shape, const char *text)
{
    struct changes changes;
    if (!find_changes(shape, text, &changes))
        return false;
    take_changes(shape, text, &changes);
    return true;
}

#endif /* DSMR_SMALL */
