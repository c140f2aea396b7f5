/* SPDX-License-Identifier: MIT */
/*
 * Shapes in the instructions of x86-64: the same proof and the same numbers as in shape.c, for sixteen
 * or sixty-four bytes at once. The difference to the shape is zero but for the digits; moved to the
 * end of the text, each lane by its own factor, it is what the digits add to the CRC.
 */
#include "shape.h"

#include <string.h>

#if defined(__x86_64__) && (defined(__GNUC__) || defined(__clang__)) && !defined(DSMR_SMALL)

#include <immintrin.h>

#define CLMUL __attribute__((target("pclmul,sse4.1")))
#define AVX512 __attribute__((target("pclmul,sse4.1,avx512f,avx512bw,avx512vl,vpclmulqdq")))

enum { LANE = 16, BLOCK = 64 };

/* A sum of lanes, each a polynomial whose last sixteen bits are in place, modulo that of the CRC. Two
 * zero bytes in front change nothing and make it a block of sixteen. */
CLMUL static uint16_t reduce(__m128i sum)
{
    uint8_t bytes[LANE];
    _mm_storeu_si128((void *)bytes, _mm_slli_si128(sum, 2));
    uint16_t crc = dsmr_crc16(0, bytes, LANE);
    return (uint16_t)(crc ^ _mm_extract_epi16(sum, 7));
}

CLMUL static inline __m128i move_lane(__m128i lane, const uint64_t moves[2])
{
    __m128i by = _mm_loadu_si128((const void *)moves);
    return _mm_xor_si128(_mm_clmulepi64_si128(lane, by, 0x00),
                         _mm_clmulepi64_si128(lane, by, 0x11));
}

CLMUL static bool match_lanes(const struct dsmr_shape *shape, const char *text, uint16_t *added)
{
    __m128i sum = _mm_setzero_si128();
    __m128i bad = _mm_setzero_si128();
    size_t lanes = (shape->size + LANE - 1) / LANE;
    for (size_t lane = 0; lane < lanes; lane++) {
        size_t at = lane * LANE;
        char rest[LANE] = {0};
        const char *from = text + at;
        if (shape->size - at < LANE)
            from = memcpy(rest, from, shape->size - at);
        __m128i difference = _mm_xor_si128(_mm_loadu_si128((const void *)from),
                                           _mm_loadu_si128((const void *)(shape->text + at)));
        __m128i limit = _mm_loadu_si128((const void *)(shape->limits + at));
        bad = _mm_or_si128(bad, _mm_subs_epu8(difference, limit));
        sum = _mm_xor_si128(sum, move_lane(difference, shape->moves[lane]));
    }
    if (_mm_testz_si128(bad, bad) == 0)
        return false;
    *added = reduce(sum);
    return true;
}

AVX512 static inline __m512i move_block(__m512i block, const uint64_t moves[][2])
{
    __m512i by = _mm512_loadu_si512(moves);
    return _mm512_xor_si512(_mm512_clmulepi64_epi128(block, by, 0x00),
                            _mm512_clmulepi64_epi128(block, by, 0x11));
}

AVX512 static bool match_blocks(const struct dsmr_shape *shape, const char *text, uint16_t *added)
{
    __m512i sum = _mm512_setzero_si512();
    __mmask64 bad = 0;
    for (size_t at = 0; at < shape->size; at += BLOCK) {
        size_t left = shape->size - at;
        __mmask64 there = left < BLOCK ? (UINT64_C(1) << left) - 1 : ~UINT64_C(0);
        __m512i difference = _mm512_xor_si512(_mm512_maskz_loadu_epi8(there, text + at),
                                              _mm512_loadu_si512(shape->text + at));
        bad |= _mm512_cmpgt_epu8_mask(difference, _mm512_loadu_si512(shape->limits + at));
        sum = _mm512_xor_si512(sum, move_block(difference, &shape->moves[at / LANE]));
    }
    if (bad != 0)
        return false;
    __m128i lanes = _mm_xor_si128(
        _mm_xor_si128(_mm512_castsi512_si128(sum), _mm512_extracti32x4_epi32(sum, 1)),
        _mm_xor_si128(_mm512_extracti32x4_epi32(sum, 2), _mm512_extracti32x4_epi32(sum, 3)));
    *added = reduce(lanes);
    return true;
}

bool native_match(unsigned processor, const struct dsmr_shape *shape, const char *text, bool *same,
                  uint16_t *sum)
{
    uint16_t added = 0;
    if ((processor & DSMR_AVX512) != 0)
        *same = match_blocks(shape, text, &added);
    else if ((processor & DSMR_CLMUL) != 0)
        *same = match_lanes(shape, text, &added);
    else
        return false;
    *sum = shape->sum ^ added;
    return true;
}

/* Sixteen digits, the point taken out: joined to pairs, fours, eights, and those two to a number. */
CLMUL static int64_t read_number(const struct dsmr_shape_number *number, const char *text)
{
    __m128i digits =
        _mm_xor_si128(_mm_loadu_si128((const void *)(text + number->at)), _mm_set1_epi8('0'));
    digits = _mm_shuffle_epi8(digits, _mm_loadu_si128((const void *)number->order));
    __m128i pairs = _mm_maddubs_epi16(digits, _mm_set1_epi16(0x010A));
    __m128i fours = _mm_madd_epi16(pairs, _mm_set1_epi32(0x00010064));
    __m128i eights = _mm_madd_epi16(_mm_packus_epi32(fours, fours), _mm_set1_epi32(0x00012710));
    uint64_t both = (uint64_t)_mm_cvtsi128_si64(eights);
    return (int64_t)((both & UINT32_MAX) * 100000000 + (both >> 32));
}

/* Four numbers at once; there is room for them among the values. */
AVX512 static void read_four(const struct dsmr_shape_number *number, const char *text,
                             int64_t *values)
{
    __m512i digits = _mm512_castsi128_si512(_mm_loadu_si128((const void *)(text + number[0].at)));
    __m512i order = _mm512_castsi128_si512(_mm_loadu_si128((const void *)number[0].order));
    digits = _mm512_inserti32x4(digits, _mm_loadu_si128((const void *)(text + number[1].at)), 1);
    order = _mm512_inserti32x4(order, _mm_loadu_si128((const void *)number[1].order), 1);
    digits = _mm512_inserti32x4(digits, _mm_loadu_si128((const void *)(text + number[2].at)), 2);
    order = _mm512_inserti32x4(order, _mm_loadu_si128((const void *)number[2].order), 2);
    digits = _mm512_inserti32x4(digits, _mm_loadu_si128((const void *)(text + number[3].at)), 3);
    order = _mm512_inserti32x4(order, _mm_loadu_si128((const void *)number[3].order), 3);
    digits = _mm512_shuffle_epi8(_mm512_xor_si512(digits, _mm512_set1_epi8('0')), order);
    __m512i pairs = _mm512_maddubs_epi16(digits, _mm512_set1_epi16(0x010A));
    __m512i fours = _mm512_madd_epi16(pairs, _mm512_set1_epi32(0x00010064));
    __m512i eights =
        _mm512_madd_epi16(_mm512_packus_epi32(fours, fours), _mm512_set1_epi32(0x00012710));
    __m512i numbers = _mm512_add_epi64(_mm512_mul_epu32(eights, _mm512_set1_epi64(100000000)),
                                       _mm512_srli_epi64(eights, 32));
    _mm256_storeu_si256((void *)values,
                        _mm512_castsi512_si256(_mm512_maskz_compress_epi64(0x55, numbers)));
}

AVX512 static void read_fours(const struct dsmr_shape *shape, const char *text, int64_t *values)
{
    for (size_t i = 0; i < shape->number_count; i += 4)
        read_four(&shape->numbers[i], text, &values[i]);
}

CLMUL static void read_each(const struct dsmr_shape *shape, const char *text, int64_t *values)
{
    for (size_t i = 0; i < shape->number_count; i++)
        values[i] = read_number(&shape->numbers[i], text);
}

bool native_read_numbers(unsigned processor, const struct dsmr_shape *shape, const char *text,
                         int64_t *values)
{
    if ((processor & DSMR_AVX512) != 0)
        read_fours(shape, text, values);
    else if ((processor & DSMR_CLMUL) != 0)
        read_each(shape, text, values);
    else
        return false;
    for (size_t i = 0; i < shape->number_count; i++)
        if (shape->numbers[i].negative)
            values[i] = -values[i];
    return true;
}

#else

bool native_match(unsigned processor, const struct dsmr_shape *shape, const char *text, bool *same,
                  uint16_t *sum)
{
    (void)processor, (void)shape, (void)text, (void)same, (void)sum;
    return false;
}

bool native_read_numbers(unsigned processor, const struct dsmr_shape *shape, const char *text,
                         int64_t *values)
{
    (void)processor, (void)shape, (void)text, (void)values;
    return false;
}

#endif
