/* SPDX-License-Identifier: MIT */
/*
 * Shapes in the instructions of x86-64: the same proof and the same numbers as in shape_match.c, for
 * blocks of sixty-four bytes. What changed in a block is moved to the end of the text, each lane of
 * sixteen bytes by its own factor, and so is what it adds to the CRC.
 */
#include "shape.h"

#include <string.h>

#ifndef DSMR_SMALL

#if defined(__x86_64__) && (defined(__GNUC__) || defined(__clang__)) && !defined(DSMR_SMALL)

#include <immintrin.h>

#define CLMUL __attribute__((target("pclmul,sse4.1")))
#define AVX512 __attribute__((target("pclmul,sse4.1,avx512f,avx512bw,avx512vl,vpclmulqdq")))

enum { LANE = 16, BLOCK = DSMR_SHAPE_BLOCK };

/* A block that changes again within LATELY texts is expected to change with every text. That is forgotten
 * every AFRESH texts, since it costs a little where it is no longer so. */
enum { LATELY = 64, AFRESH = 1024 };

/* x^80 divided by the polynomial, but for its highest term, and the polynomial but for its own. */
#define QUOTIENT 0xF87FF5FFE7FFDFFF
#define POLYNOMIAL 0xA001

/* A sum of lanes, each a polynomial of 80 terms whose last sixteen are in place, modulo that of the
 * CRC [Barrett]: how often it goes into the first 64, and what that leaves of the last. */
CLMUL static uint16_t reduce(__m128i sum)
{
    __m128i by = _mm_set_epi64x(POLYNOMIAL, (int64_t)QUOTIENT);
    __m128i first = _mm_srli_si128(sum, 6);
    __m128i times = _mm_xor_si128(first, _mm_slli_epi64(_mm_clmulepi64_si128(first, by, 0x00), 1));
    __m128i product = _mm_clmulepi64_si128(times, by, 0x10);
    uint64_t rest = (uint64_t)_mm_cvtsi128_si64(product) >> 63 |
                    (uint64_t)_mm_cvtsi128_si64(_mm_srli_si128(product, 8)) << 1;
    return (uint16_t)(rest ^ (uint64_t)_mm_extract_epi16(sum, 7));
}

/* ------------------------------------------------------------------------------------------------
 * Sixteen bytes at a time
 */

CLMUL static inline __m128i load_lane(const void *at)
{
    return _mm_loadu_si128(at);
}

CLMUL static inline bool same_lanes(const char *text, const char *latest)
{
    __m128i change = _mm_setzero_si128();
    for (size_t at = 0; at < BLOCK; at += LANE)
        change = _mm_or_si128(change, _mm_xor_si128(load_lane(text + at), load_lane(latest + at)));
    return _mm_testz_si128(change, change) != 0;
}

/* True when every byte of a block is of the shape. */
CLMUL static inline bool fit_lanes(const struct dsmr_shape_bytes *bytes, size_t at,
                                   const char *block)
{
    __m128i bad = _mm_setzero_si128();
    for (size_t i = 0; i < BLOCK; i += LANE) {
        __m128i digits = _mm_xor_si128(load_lane(block + i), load_lane(bytes->text + at + i));
        bad = _mm_or_si128(bad, _mm_adds_epu8(digits, load_lane(bytes->slack + at + i)));
    }
    return _mm_movemask_epi8(bad) == 0;
}

/* Takes a block that changed; returns what it adds to the sum. */
CLMUL static inline __m128i take_lanes(struct dsmr_shape_bytes *bytes, size_t at, uint64_t by[][2],
                                       const char *block)
{
    __m128i sum = _mm_setzero_si128();
    for (size_t i = 0; i < BLOCK; i += LANE) {
        __m128i is = load_lane(block + i);
        __m128i change = _mm_xor_si128(is, load_lane(bytes->latest + at + i));
        __m128i move = load_lane(by[i / LANE]);
        sum = _mm_xor_si128(sum, _mm_xor_si128(_mm_clmulepi64_si128(change, move, 0x00),
                                               _mm_clmulepi64_si128(change, move, 0x11)));
        _mm_storeu_si128((void *)(bytes->latest + at + i), is);
    }
    return sum;
}

/* Sixteen digits, the point taken out: joined to pairs, fours, eights, and those two to a number. */
CLMUL static int64_t read_number(const struct dsmr_shape *shape, size_t index, const char *text)
{
    const struct dsmr_shape_four *four = four_of(shape, index);
    __m128i digits =
        _mm_xor_si128(load_lane(text + four->windows[index % FOUR]), _mm_set1_epi8('0'));
    digits = _mm_shuffle_epi8(digits, load_lane(four->orders[index % FOUR]));
    __m128i pairs = _mm_maddubs_epi16(digits, _mm_set1_epi16(0x010A));
    __m128i fours = _mm_madd_epi16(pairs, _mm_set1_epi32(0x00010064));
    __m128i eights = _mm_madd_epi16(_mm_packus_epi32(fours, fours), _mm_set1_epi32(0x00012710));
    uint64_t both = (uint64_t)_mm_cvtsi128_si64(eights);
    int64_t value = (int64_t)((both & UINT32_MAX) * 100000000 + (both >> 32));
    return (value ^ four->signs[index % FOUR]) - four->signs[index % FOUR];
}

/* What a text leaves behind that turns out not to be of the shape is of the shape as well. */
CLMUL static bool meet_lanes(struct dsmr_shape *shape, const char *text)
{
    struct dsmr_shape_bytes *bytes = shape->bytes;
    __m128i sum = _mm_setzero_si128();
    unsigned fours = 0;
    bool met = true;
    for (size_t block = 0; block * BLOCK < shape->size; block++) {
        size_t at = block_at(shape, block);
        if (same_lanes(text + at, bytes->latest + at))
            continue;
        if (!(met = fit_lanes(bytes, at, text + at)))
            break;
        sum = _mm_xor_si128(sum,
                            take_lanes(bytes, at, &bytes->moves[block * BLOCK / LANE], text + at));
        fours |= shape->fours[block];
    }
    shape->sum ^= reduce(sum);
    for (; fours != 0; fours &= fours - 1) {
        size_t first = (size_t)__builtin_ctz(fours) * FOUR;
        for (size_t i = first; i < first + FOUR; i++)
            bytes->values[i] = read_number(shape, i, met ? text : bytes->latest);
    }
    return met;
}

/* ------------------------------------------------------------------------------------------------
 * Sixty-four bytes at a time
 */

AVX512 static inline __m512i load_block(const void *at)
{
    return _mm512_loadu_si512(at);
}

/* What a block has changed, added to what others have. */
AVX512 static inline __m512i add_change(__m512i change, const char *text, const char *latest,
                                        size_t at)
{
    return _mm512_ternarylogic_epi64(change, load_block(text + at), load_block(latest + at), 0xF6);
}

/* True when the blocks that have not changed lately are as in the latest text. */
AVX512 static inline bool same_as_ever(const struct dsmr_shape *shape, const char *text)
{
    const uint16_t *quiet = shape->habit.quiet;
    const uint16_t *end = quiet + shape->habit.quiet_count;
    const char *latest = shape->bytes->latest;
    __m512i change = _mm512_setzero_si512();
    for (; quiet < end; quiet += FOUR) {
        change = add_change(change, text, latest, quiet[0]);
        change = add_change(change, text, latest, quiet[1]);
        change = add_change(change, text, latest, quiet[2]);
        change = add_change(change, text, latest, quiet[3]);
    }
    return _mm512_test_epi64_mask(change, change) == 0;
}

/* True when every byte of a block is of the shape. */
AVX512 static inline bool fits(const struct dsmr_shape_bytes *bytes, size_t at, __m512i block)
{
    __m512i digits = _mm512_xor_si512(block, load_block(bytes->text + at));
    __m512i large = _mm512_adds_epu8(digits, load_block(bytes->slack + at));
    return _mm512_movepi8_mask(large) == 0;
}

AVX512 static inline uint16_t reduce_block(__m512i sum)
{
    return reduce(_mm_xor_si128(
        _mm_xor_si128(_mm512_castsi512_si128(sum), _mm512_extracti32x4_epi32(sum, 1)),
        _mm_xor_si128(_mm512_extracti32x4_epi32(sum, 2), _mm512_extracti32x4_epi32(sum, 3))));
}

/* Takes these blocks, whether they changed or not. False when one is not of the shape: then it is as if
 * those in front of it had come alone. */
AVX512 static inline bool take_blocks(struct dsmr_shape *shape, const char *text,
                                      const struct dsmr_shape_block *block, size_t count)
{
    struct dsmr_shape_bytes *bytes = shape->bytes;
    const struct dsmr_shape_block *end = block + count;
    __m512i sum = _mm512_setzero_si512();
    for (; block < end; block++) {
        __m512i is = load_block(text + block->at);
        if (!fits(bytes, block->at, is))
            break;
        __m512i by = load_block(bytes->moves[block->lane]);
        __m512i change = _mm512_xor_si512(is, load_block(bytes->latest + block->at));
        __m512i low = _mm512_clmulepi64_epi128(change, by, 0x00);
        __m512i high = _mm512_clmulepi64_epi128(change, by, 0x11);
        sum = _mm512_ternarylogic_epi64(sum, low, high, 0x96); /* the sum of three */
        _mm512_storeu_si512(bytes->latest + block->at, is);
    }
    shape->sum ^= reduce_block(sum);
    return block == end;
}

AVX512 static inline __m512i load_windows(const uint16_t windows[FOUR], const char *text)
{
    __m512i digits = _mm512_castsi128_si512(load_lane(text + windows[0]));
    digits = _mm512_inserti32x4(digits, load_lane(text + windows[1]), 1);
    digits = _mm512_inserti32x4(digits, load_lane(text + windows[2]), 2);
    return _mm512_inserti32x4(digits, load_lane(text + windows[3]), 3);
}

/* read_number() for four at once; there is room for them among the values. */
AVX512 static inline void read_four(struct dsmr_shape_bytes *bytes, size_t index, const char *text)
{
    const struct dsmr_shape_four *four = &bytes->fours[index];
    __m512i digits = load_windows(four->windows, text);
    digits = _mm512_shuffle_epi8(_mm512_xor_si512(digits, _mm512_set1_epi8('0')),
                                 load_block(four->orders));
    __m512i pairs = _mm512_maddubs_epi16(digits, _mm512_set1_epi16(0x010A));
    __m512i fours = _mm512_madd_epi16(pairs, _mm512_set1_epi32(0x00010064));
    __m512i eights =
        _mm512_madd_epi16(_mm512_packus_epi32(fours, fours), _mm512_set1_epi32(0x00012710));
    __m512i numbers = _mm512_add_epi64(_mm512_mul_epu32(eights, _mm512_set1_epi64(100000000)),
                                       _mm512_srli_epi64(eights, 32));
    numbers = _mm512_permutexvar_epi64(_mm512_set_epi64(6, 4, 2, 0, 6, 4, 2, 0), numbers);
    __m256i signs = _mm256_loadu_si256((const void *)four->signs);
    __m256i values = _mm256_xor_si256(_mm512_castsi512_si256(numbers), signs);
    values = _mm256_sub_epi64(values, signs);
    _mm256_storeu_si256((void *)&bytes->values[index * FOUR], values);
}

AVX512 APART static void read_all(struct dsmr_shape *shape, const char *text)
{
    for (size_t i = 0; i * FOUR < shape->number_count; i++)
        read_four(shape->bytes, i, text);
}

/* Takes a text that has changed where it was not expected to. */
AVX512 APART static bool take_changed(struct dsmr_shape *shape, const char *text)
{
    struct dsmr_shape_block changed[DSMR_SHAPE_BLOCKS];
    uint32_t busy = shape->habit.busy;
    size_t count = 0;
    for (size_t block = 0; block * BLOCK < shape->size; block++) {
        size_t at = block_at(shape, block);
        __m512i is = load_block(text + at);
        if (_mm512_cmpneq_epi64_mask(is, load_block(shape->bytes->latest + at)) == 0)
            continue;
        if (!fits(shape->bytes, at, is))
            return false;
        changed[count++] =
            (struct dsmr_shape_block){(uint16_t)at, (uint16_t)(block * BLOCK / LANE)};
        if (shape->turn - shape->changed[block] < LATELY)
            busy |= UINT32_C(1) << block;
        shape->changed[block] = shape->turn;
    }
    take_blocks(shape, text, changed, count); /* all of them fit */
    read_all(shape, text);
    if (busy != shape->habit.busy)
        shape_expect(shape, busy);
    return true;
}

/* Blocks are told apart by what they did lately: to ask each whether it changed would have the processor
 * guess, and guess wrong nearly once a telegram. */
AVX512 static bool meet_blocks(struct dsmr_shape *shape, const char *text)
{
    const struct dsmr_shape_habit *habit = &shape->habit;
    if (shape->turn % AFRESH == 0)
        shape_expect(shape, 0);
    if (!same_as_ever(shape, text))
        return take_changed(shape, text);
    if (!take_blocks(shape, text, habit->busy_blocks, habit->busy_count)) {
        read_all(shape, shape->bytes->latest);
        return false;
    }
    for (size_t i = 0; i < habit->four_count; i++)
        read_four(shape->bytes, habit->fours[i], text);
    return true;
}

/* ------------------------------------------------------------------------------------------------
 * A reading
 */

/* The texts of a reading are the spans of its column, which stand in the same order. */
enum { SPANS = offsetof(struct dsmr_column, value), HALF = 64 };
_Static_assert(SPANS + 4 == offsetof(struct dsmr_column, line), "spans are in place");
_Static_assert(offsetof(struct dsmr_reading, object.line.at) == 16, "the line is in place");
_Static_assert(offsetof(struct dsmr_reading, object.groups.at) == 32, "the groups are in place");
_Static_assert(offsetof(struct dsmr_reading, text.at) == 48, "the text is in place");
/* The second store ends where the reading ends, so it may begin before the first ends: with the size of the
 * text, which both have from the column. A store that a mask cuts short would be slow to read from. */
enum {
    SECOND = sizeof(struct dsmr_reading) - HALF,
    MANTISSA = (offsetof(struct dsmr_reading, number.mantissa) - SECOND) / 8
};
_Static_assert(SECOND % 8 == 0 && SECOND <= (int)HALF, "two stores reach all of it");
_Static_assert(SECOND > offsetof(struct dsmr_reading, text.at), "the text's place is in the first");
_Static_assert(offsetof(struct dsmr_reading, number.mantissa) >= HALF, "the number in the second");

/* Two stores where the parts one by one would take thirteen. */
AVX512 enum dsmr_status native_fill(const struct dsmr_column *column, const char *text,
                                    const int64_t *values, struct dsmr_reading *reading)
{
    const char *from = (const char *)&column->reading;
    __mmask8 texts = column->text.at == DSMR_COLUMN_NONE ? 0x14 : 0x54;
    __mmask8 varies = column->value < TIME_VALUES ? 1 << MANTISSA : 0;
    __m512i spans = _mm512_cvtepu16_epi64(load_lane((const char *)column + SPANS));
    __m512i first = _mm512_loadu_si512(from);
    __m512i second = _mm512_loadu_si512(from + SECOND);
    first = _mm512_mask_add_epi64(first, texts, spans, _mm512_set1_epi64((int64_t)text));
    second = _mm512_mask_set1_epi64(second, varies, values[varies != 0 ? column->value : 0]);
    _mm512_storeu_si512(reading, first);
    _mm512_storeu_si512((char *)reading + SECOND, second);
    return column->status;
}

bool native_meet(unsigned processor, struct dsmr_shape *shape, const char *text)
{
    return (processor & DSMR_AVX512) != 0 ? meet_blocks(shape, text) : meet_lanes(shape, text);
}

#else

bool native_meet(unsigned processor, struct dsmr_shape *shape, const char *text)
{
    (void)processor;
    return portable_meet(shape, text);
}

enum dsmr_status native_fill(const struct dsmr_column *column, const char *text,
                             const int64_t *values, struct dsmr_reading *reading)
{
    (void)column, (void)text, (void)values, (void)reading;
    return DSMR_END;
}

#endif

#endif /* DSMR_SMALL */
