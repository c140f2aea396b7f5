/* SPDX-License-Identifier: MIT */
/*
 * Shapes in the instructions of x86-64: the same proof and the same numbers as in shape_match.c, for
 * blocks of sixty-four bytes. What changed in a block is moved to the end of the text, each lane of
 * sixteen bytes by its own factor, and so is what it adds to the CRC.
 */
#include "shape.h"

#include <string.h>

#if defined(__x86_64__) && (defined(__GNUC__) || defined(__clang__)) && !defined(DSMR_SMALL)

#include <immintrin.h>

#define CLMUL __attribute__((target("pclmul,sse4.1")))
#define AVX512 __attribute__((target("pclmul,sse4.1,avx512f,avx512bw,avx512vl,vpclmulqdq")))

enum { LANE = 16, BLOCK = 64, FOUR = 4 };

/* What was found so far. */
struct changes {
    uint16_t sum;   /* of the whole text, at the end */
    unsigned fours; /* numbers that lie in blocks that changed */
    size_t count;   /* of those blocks */
};

/* They are kept while more is proven, so that a text that turns out not to be of the shape leaves
 * nothing behind. */
struct kept {
    uint8_t blocks[DSMR_SHAPE_BLOCKS];
    char before[DSMR_SHAPE_BLOCKS][BLOCK];
};

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

APART static bool undo(struct dsmr_shape *shape, const struct kept *kept, size_t count)
{
    for (size_t i = 0; i < count; i++)
        memcpy(shape->bytes->latest + (size_t)kept->blocks[i] * BLOCK, kept->before[i], BLOCK);
    return false;
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

/* Takes a block that changed. False when a byte is not of the shape. */
CLMUL static inline bool take_lanes(struct dsmr_shape *shape, const char *text, size_t at,
                                    struct changes *changes, struct kept *kept, __m128i *sum)
{
    changes->fours |= shape->fours[at / BLOCK];
    kept->blocks[changes->count] = (uint8_t)(at / BLOCK);
    memcpy(kept->before[changes->count++], shape->bytes->latest + at, BLOCK);
    __m128i bad = _mm_setzero_si128();
    for (size_t end = at + BLOCK; at < end; at += LANE, text += LANE) {
        __m128i is = load_lane(text);
        __m128i digits = _mm_xor_si128(is, load_lane(shape->bytes->text + at));
        bad = _mm_or_si128(bad, _mm_adds_epu8(digits, load_lane(shape->bytes->slack + at)));
        __m128i change = _mm_xor_si128(is, load_lane(shape->bytes->latest + at));
        __m128i by = load_lane(shape->bytes->moves[at / LANE]);
        *sum = _mm_xor_si128(*sum, _mm_xor_si128(_mm_clmulepi64_si128(change, by, 0x00),
                                                 _mm_clmulepi64_si128(change, by, 0x11)));
        _mm_storeu_si128((void *)(shape->bytes->latest + at), is);
    }
    return _mm_movemask_epi8(bad) == 0;
}

CLMUL static inline bool take_changed_lanes(struct dsmr_shape *shape, const char *text,
                                            struct changes *changes, struct kept *kept)
{
    const size_t size = shape->size;
    __m128i sum = _mm_setzero_si128();
    size_t at = 0;
    for (; at + BLOCK <= size; at += BLOCK) {
        SOON(text + at);
        if (!same_lanes(text + at, shape->bytes->latest + at) &&
            !take_lanes(shape, text + at, at, changes, kept, &sum))
            return false;
    }
    if (at < size) {
        char rest[BLOCK] = {0};
        memcpy(rest, text + at, size - at);
        if (!same_lanes(rest, shape->bytes->latest + at) &&
            !take_lanes(shape, rest, at, changes, kept, &sum))
            return false;
    }
    changes->sum = shape->sum ^ reduce(sum);
    return true;
}

/* Sixteen digits, the point taken out: joined to pairs, fours, eights, and those two to a number. */
CLMUL static int64_t read_number(const struct dsmr_shape *shape, size_t index, const char *text)
{
    __m128i digits = _mm_xor_si128(load_lane(text + shape->numbers[index].at), _mm_set1_epi8('0'));
    digits = _mm_shuffle_epi8(digits, load_lane(shape->bytes->orders[index]));
    __m128i pairs = _mm_maddubs_epi16(digits, _mm_set1_epi16(0x010A));
    __m128i fours = _mm_madd_epi16(pairs, _mm_set1_epi32(0x00010064));
    __m128i eights = _mm_madd_epi16(_mm_packus_epi32(fours, fours), _mm_set1_epi32(0x00012710));
    uint64_t both = (uint64_t)_mm_cvtsi128_si64(eights);
    int64_t value = (int64_t)((both & UINT32_MAX) * 100000000 + (both >> 32));
    return (value ^ shape->signs[index]) - shape->signs[index];
}

CLMUL static bool meet_lanes(struct dsmr_shape *shape, const char *text)
{
    struct changes changes = {0};
    struct kept kept;
    if (!take_changed_lanes(shape, text, &changes, &kept))
        return undo(shape, &kept, changes.count);
    shape->sum = changes.sum;
    for (unsigned fours = changes.fours; fours != 0; fours &= fours - 1) {
        size_t first = (size_t)__builtin_ctz(fours) * FOUR;
        for (size_t i = first; i < first + FOUR; i++)
            shape->values[i] = read_number(shape, i, text);
    }
    return true;
}

/* ------------------------------------------------------------------------------------------------
 * Sixty-four bytes at a time
 */

/* Takes a block that changed. False when a byte is not of the shape. */
AVX512 static inline bool take_block(struct dsmr_shape *shape, size_t at, __m512i is, __m512i was,
                                     struct changes *changes, struct kept *kept, __m512i *sum)
{
    __m512i digits = _mm512_xor_si512(is, _mm512_loadu_si512(shape->bytes->text + at));
    __m512i large = _mm512_adds_epu8(digits, _mm512_loadu_si512(shape->bytes->slack + at));
    __m512i by = _mm512_loadu_si512(shape->bytes->moves[at / LANE]);
    __m512i change = _mm512_xor_si512(is, was);
    __m512i low = _mm512_clmulepi64_epi128(change, by, 0x00);
    __m512i high = _mm512_clmulepi64_epi128(change, by, 0x11);
    *sum = _mm512_ternarylogic_epi64(*sum, low, high, 0x96); /* the sum of three */
    changes->fours |= shape->fours[at / BLOCK];
    kept->blocks[changes->count] = (uint8_t)(at / BLOCK);
    _mm512_storeu_si512(kept->before[changes->count++], was);
    _mm512_storeu_si512(shape->bytes->latest + at, is);
    return _mm512_movepi8_mask(large) == 0;
}

AVX512 static inline uint16_t reduce_block(__m512i sum)
{
    return reduce(_mm_xor_si128(
        _mm_xor_si128(_mm512_castsi512_si128(sum), _mm512_extracti32x4_epi32(sum, 1)),
        _mm_xor_si128(_mm512_extracti32x4_epi32(sum, 2), _mm512_extracti32x4_epi32(sum, 3))));
}

AVX512 static inline bool take_changed_blocks(struct dsmr_shape *shape, const char *text,
                                              struct changes *changes, struct kept *kept)
{
    const size_t size = shape->size;
    __m512i is, was, sum = _mm512_setzero_si512();
    size_t at = 0;
    for (; at + BLOCK <= size; at += BLOCK) {
        SOON(text + at);
        is = _mm512_loadu_si512(text + at);
        was = _mm512_loadu_si512(shape->bytes->latest + at);
        if (_mm512_cmpneq_epi64_mask(is, was) != 0 &&
            !take_block(shape, at, is, was, changes, kept, &sum))
            return false;
    }
    if (at < size) {
        is = _mm512_maskz_loadu_epi8(UINT64_MAX >> (BLOCK - (size - at)), text + at);
        was = _mm512_loadu_si512(shape->bytes->latest + at);
        if (_mm512_cmpneq_epi64_mask(is, was) != 0 &&
            !take_block(shape, at, is, was, changes, kept, &sum))
            return false;
    }
    changes->sum = shape->sum ^ reduce_block(sum);
    return true;
}

AVX512 static inline __m512i load_windows(const struct dsmr_shape_number *number, const char *text)
{
    __m512i digits = _mm512_castsi128_si512(load_lane(text + number[0].at));
    digits = _mm512_inserti32x4(digits, load_lane(text + number[1].at), 1);
    digits = _mm512_inserti32x4(digits, load_lane(text + number[2].at), 2);
    return _mm512_inserti32x4(digits, load_lane(text + number[3].at), 3);
}

/* read_number() for four at once; there is room for them among the values. */
AVX512 static inline void read_four(struct dsmr_shape *shape, size_t first, const char *text)
{
    __m512i order = _mm512_loadu_si512(shape->bytes->orders[first]);
    __m512i digits = load_windows(&shape->numbers[first], text);
    digits = _mm512_shuffle_epi8(_mm512_xor_si512(digits, _mm512_set1_epi8('0')), order);
    __m512i pairs = _mm512_maddubs_epi16(digits, _mm512_set1_epi16(0x010A));
    __m512i fours = _mm512_madd_epi16(pairs, _mm512_set1_epi32(0x00010064));
    __m512i eights =
        _mm512_madd_epi16(_mm512_packus_epi32(fours, fours), _mm512_set1_epi32(0x00012710));
    __m512i numbers = _mm512_add_epi64(_mm512_mul_epu32(eights, _mm512_set1_epi64(100000000)),
                                       _mm512_srli_epi64(eights, 32));
    __m256i values = _mm512_castsi512_si256(_mm512_maskz_compress_epi64(0x55, numbers));
    __m256i signs = _mm256_loadu_si256((const void *)&shape->signs[first]);
    values = _mm256_sub_epi64(_mm256_xor_si256(values, signs), signs);
    _mm256_storeu_si256((void *)&shape->values[first], values);
}

AVX512 static bool meet_blocks(struct dsmr_shape *shape, const char *text)
{
    struct changes changes = {0};
    struct kept kept;
    if (!take_changed_blocks(shape, text, &changes, &kept))
        return undo(shape, &kept, changes.count);
    shape->sum = changes.sum;
    for (unsigned fours = changes.fours; fours != 0; fours &= fours - 1)
        read_four(shape, (size_t)__builtin_ctz(fours) * FOUR, text);
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
