/* SPDX-License-Identifier: MIT */
/* What is worked out of a shape once, so that telegrams that have it are met quickly: which numbers lie
 * in which bytes, and what those bytes add to the CRC. */
#include "shape.h"

#include <string.h>

#ifndef DSMR_SMALL

enum { WORD = 8, BLOCK = DSMR_SHAPE_BLOCK, WINDOW = 16 };

/* The word that a byte belongs to: what is left behind the last whole one makes another, which ends
 * with the text. */
static size_t word_of(const struct dsmr_shape *shape, size_t at, size_t *place)
{
    size_t word = at / WORD;
    size_t start = word * WORD + WORD <= shape->size ? word * WORD : shape->size - WORD;
    *place = at - start;
    return word;
}

static void place_number(struct dsmr_shape *shape, size_t number)
{
    size_t place;
    size_t end = (size_t)shape->numbers[number].at + WINDOW;
    for (size_t at = end - shape->numbers[number].size; at < end; at++) {
        struct dsmr_shape_range *range = &shape->words[word_of(shape, at, &place)];
        if (range->behind == 0)
            range->first = (uint8_t)number;
        range->behind = (uint8_t)(number + 1);
        shape->fours[at / BLOCK] |= (uint16_t)(1U << number / FOUR);
    }
}

/* Numbers are taken by fours, so the last four is filled up. */
static void place_numbers(struct dsmr_shape *shape)
{
    memset(shape->words, 0, sizeof shape->words);
    memset(shape->fours, 0, sizeof shape->fours);
    for (size_t i = 0; i < shape->number_count; i++) {
        place_number(shape, i);
        four_of(shape, i)->windows[i % FOUR] = shape->numbers[i].at;
        four_of(shape, i)->signs[i % FOUR] = shape->numbers[i].sign;
        shape->bytes->values[i] = shape_read_number(shape, i, shape->bytes->latest);
    }
    for (size_t i = shape->number_count; i % FOUR != 0; i++) {
        struct dsmr_shape_four *four = four_of(shape, i);
        memset(four->orders[i % FOUR], NO_DIGIT, WINDOW);
        four->windows[i % FOUR] = 0;
        four->signs[i % FOUR] = 0;
    }
}

/* The sums of all values of a digit: each is that of its bits. */
static void sum_values(uint16_t sums[16], const uint16_t bits[4])
{
    for (unsigned value = 0; value < 16; value++) {
        sums[value] = 0;
        for (unsigned bit = 0; bit < 4; bit++)
            sums[value] ^= (value >> bit & 1) != 0 ? bits[bit] : 0;
    }
}

/* What each digit adds to the CRC, from the last to the first: the more bytes follow, the longer each
 * of its bits is carried on. False when too many words have digits. */
static bool sum_digits(struct dsmr_shape *shape)
{
    uint16_t bits[4];
    size_t latest = SIZE_MAX;
    shape->sum_count = 0;
    for (unsigned bit = 0; bit < 4; bit++)
        bits[bit] = dsmr_crc16(0, &(uint8_t){(uint8_t)(1U << bit)}, 1);
    for (size_t at = shape->size; at-- > 0;) {
        size_t place, word = word_of(shape, at, &place);
        if (shape->bytes->slack[at] < SHAPE_FIXED && word != latest) {
            if (shape->sum_count == DSMR_SHAPE_SUMS)
                return false;
            memset(shape->sums[shape->sum_count], 0, sizeof *shape->sums);
            shape->sums_of[word] = (uint8_t)shape->sum_count++;
            latest = word;
        }
        if (shape->bytes->slack[at] < SHAPE_FIXED)
            sum_values(shape->sums[shape->sums_of[word]][place], bits);
        for (unsigned bit = 0; bit < 4; bit++)
            bits[bit] = dsmr_crc16(bits[bit], "", 1);
    }
    return true;
}

/* x^n as the sum shows it, for what follows each half of sixteen bytes and the sum's own sixteen bits: from
 * the last block to the first, half by half. */
static void find_moves(struct dsmr_shape *shape)
{
    static const uint8_t zeros[BLOCK];
    enum { HALVES = BLOCK / 8 };
    size_t last = (shape->size - 1) / BLOCK;
    uint16_t power = 1;
    for (size_t block = last + 1; block-- > 0;) {
        if (block + 1 == last)
            power = dsmr_crc16(1, zeros, shape->size - block_at(shape, block) - BLOCK);
        uint64_t *halves = shape->bytes->moves[block * HALVES / 2];
        for (size_t half = HALVES; half-- > 0;) {
            halves[half] = (uint64_t)power << 48;
            power = dsmr_crc16(power, zeros, 8);
        }
    }
}

void shape_expect(struct dsmr_shape *shape, uint32_t busy)
{
    struct dsmr_shape_habit *habit = &shape->habit;
    unsigned fours = 0;
    *habit = (struct dsmr_shape_habit){.busy = busy};
    for (size_t block = 0; block * BLOCK < shape->size; block++) {
        uint16_t at = (uint16_t)block_at(shape, block);
        if ((busy >> block & 1) == 0) {
            habit->quiet[habit->quiet_count++] = at;
            continue;
        }
        habit->busy_blocks[habit->busy_count++] =
            (struct dsmr_shape_block){at, (uint16_t)(block * BLOCK / 16)};
        fours |= shape->fours[block];
    }
    for (; habit->quiet_count % FOUR != 0; habit->quiet_count++)
        habit->quiet[habit->quiet_count] = habit->quiet[habit->quiet_count - 1];
    for (uint8_t i = 0; fours >> i != 0; i++)
        if ((fours >> i & 1) != 0)
            habit->fours[habit->four_count++] = i;
}

bool shape_prepare(struct dsmr_shape *shape)
{
    place_numbers(shape);
    find_moves(shape);
    memset(shape->changed, 0, sizeof shape->changed);
    shape_expect(shape, 0);
    shape->sum = dsmr_crc16(0, shape->bytes->latest, shape->size);
    shape->turn++;
    return sum_digits(shape);
}

#endif /* DSMR_SMALL */
