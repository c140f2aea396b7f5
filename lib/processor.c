/* SPDX-License-Identifier: MIT */
/* Which instructions this processor has, of those that make the library faster. */
#include "internal.h"

#if defined(__x86_64__) && (defined(__GNUC__) || defined(__clang__)) && !defined(DSMR_SMALL)

#include <cpuid.h>

enum {
    SSE41 = 1 << 19,
    PCLMULQDQ = 1 << 1,
    OSXSAVE = 1 << 27,
    AVX512BW = 1 << 30,
    VPCLMULQDQ = 1 << 10,
    ZMM_SAVED = 0xE6, /* the operating system keeps SSE, AVX and AVX-512 registers */
};
#define AVX512VL (1U << 31)

static unsigned saved_registers(void)
{
    unsigned low, high;
    __asm__("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
    return low;
}

unsigned dsmr_processor(void)
{
    unsigned a, b, c, d, found = DSMR_PORTABLE;
    if (!__get_cpuid(1, &a, &b, &c, &d) || (c & PCLMULQDQ) == 0 || (c & SSE41) == 0)
        return found;
    found |= DSMR_CLMUL;
    bool saved = (c & OSXSAVE) != 0 && (saved_registers() & ZMM_SAVED) == ZMM_SAVED;
    if (saved && __get_cpuid_count(7, 0, &a, &b, &c, &d) && (b & AVX512BW) != 0 &&
        (b & AVX512VL) != 0 && (c & VPCLMULQDQ) != 0)
        found |= DSMR_AVX512;
    return found;
}

#elif defined(__aarch64__) && defined(__linux__) && !defined(DSMR_SMALL)

unsigned dsmr_processor(void)
{
    uint64_t features; /* Linux lets a program read this register */
    __asm__("mrs %0, ID_AA64ISAR0_EL1" : "=r"(features));
    bool has_pmull = (features >> 4 & 15) >= 2;
    return has_pmull ? DSMR_CLMUL : DSMR_PORTABLE;
}

#else

unsigned dsmr_processor(void)
{
    return DSMR_PORTABLE;
}

#endif
