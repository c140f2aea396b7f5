/* SPDX-License-Identifier: MIT */
/*
 * CRC-16/ARC with the carry-less multiplication of x86-64 and ARMv8. Sixteen bytes are a polynomial of
 * 128 terms; to move it n bits on, each half is multiplied by x^n, or by what that leaves modulo the
 * CRC's polynomial, which is short: so the product has room beside the next sixteen bytes.
 */
#include "internal.h"

#include <string.h>

enum { LANE = 16, LANES = 4, STEP = LANE * LANES };

/* x^(n + 63) and x^(n - 1) modulo the polynomial, the highest power last, for n = 512 and 128 bits. */
#define FOUR_LANES_LOW UINT64_C(0xC450000000000000)
#define FOUR_LANES_HIGH UINT64_C(0x8101000000000000)
#define ONE_LANE_LOW UINT64_C(0xCCD0000000000000)
#define ONE_LANE_HIGH UINT64_C(0xC100000000000000)

#if defined(__x86_64__) && (defined(__GNUC__) || defined(__clang__)) && !defined(DSMR_SMALL)

#include <immintrin.h>

#define NATIVE __attribute__((target("pclmul,sse4.1")))
typedef __m128i lane;

NATIVE static inline lane load(const uint8_t *at)
{
    return _mm_loadu_si128((const void *)at);
}

NATIVE static inline lane start_with(uint16_t crc)
{
    return _mm_cvtsi32_si128(crc);
}

NATIVE static inline lane pair(uint64_t low, uint64_t high)
{
    return _mm_set_epi64x((int64_t)high, (int64_t)low);
}

NATIVE static inline lane add(lane a, lane b)
{
    return _mm_xor_si128(a, b);
}

NATIVE static inline lane move_on(lane a, lane by)
{
    return _mm_xor_si128(_mm_clmulepi64_si128(a, by, 0x00), _mm_clmulepi64_si128(a, by, 0x11));
}

NATIVE static inline void store(uint8_t *at, lane a)
{
    _mm_storeu_si128((void *)at, a);
}

#elif defined(__AARCH64EL__) && !defined(DSMR_SMALL) &&                                            \
    (defined(__ARM_FEATURE_AES) || (defined(__GNUC__) && !defined(__clang__)))

#include <arm_neon.h>

#define NATIVE __attribute__((target("+crypto")))
typedef uint64x2_t lane;

NATIVE static inline lane load(const uint8_t *at)
{
    return vreinterpretq_u64_u8(vld1q_u8(at));
}

NATIVE static inline lane start_with(uint16_t crc)
{
    return vsetq_lane_u64(crc, vdupq_n_u64(0), 0);
}

NATIVE static inline lane pair(uint64_t low, uint64_t high)
{
    return vsetq_lane_u64(high, vdupq_n_u64(low), 1);
}

NATIVE static inline lane add(lane a, lane b)
{
    return veorq_u64(a, b);
}

NATIVE static inline lane move_on(lane a, lane by)
{
    poly128_t low = vmull_p64((poly64_t)vgetq_lane_u64(a, 0), (poly64_t)vgetq_lane_u64(by, 0));
    poly128_t high = vmull_high_p64(vreinterpretq_p64_u64(a), vreinterpretq_p64_u64(by));
    return veorq_u64(vreinterpretq_u64_p128(low), vreinterpretq_u64_p128(high));
}

NATIVE static inline void store(uint8_t *at, lane a)
{
    vst1q_u8(at, vreinterpretq_u8_u64(a));
}

#endif

#ifdef NATIVE

/* size is at least STEP. */
NATIVE static uint16_t sum_lanes(uint16_t crc, const uint8_t *at, size_t size)
{
    lane sums[LANES];
    lane four = pair(FOUR_LANES_LOW, FOUR_LANES_HIGH);
    lane one = pair(ONE_LANE_LOW, ONE_LANE_HIGH);
    for (size_t i = 0; i < LANES; i++)
        sums[i] = load(at + i * LANE);
    sums[0] = add(sums[0], start_with(crc));
    const uint8_t *end = at + size;
    for (at += STEP; end - at >= STEP; at += STEP)
        for (size_t i = 0; i < LANES; i++)
            sums[i] = add(move_on(sums[i], four), load(at + i * LANE));
    lane sum = sums[0];
    for (size_t i = 1; i < LANES; i++)
        sum = add(move_on(sum, one), sums[i]);
    for (; end - at >= LANE; at += LANE)
        sum = add(move_on(sum, one), load(at));
    uint8_t rest[2 * LANE];
    size_t left = (size_t)(end - at);
    store(rest, sum);
    memcpy(rest + LANE, at, left);
    return dsmr_crc16(0, rest, LANE + left);
}

uint16_t crc16_with(unsigned processor, uint16_t crc, const void *bytes, size_t size)
{
    if ((processor & DSMR_CLMUL) != 0 && size >= STEP)
        return sum_lanes(crc, bytes, size);
    return dsmr_crc16(crc, bytes, size);
}

#else

uint16_t crc16_with(unsigned processor, uint16_t crc, const void *bytes, size_t size)
{
    (void)processor;
    return dsmr_crc16(crc, bytes, size);
}

#endif
