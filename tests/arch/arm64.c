/* SPDX-License-Identifier: MIT */
/* On arm64 the CRC is made by PMULL, and comes to the same. Runs under qemu-aarch64. */
#include "lib/internal.h"
#include "unit/tap.h"

static void the_instructions_are_found(void)
{
    SAME(dsmr_processor(), DSMR_CLMUL);
}

static void they_give_the_same_sum(void)
{
    static uint8_t bytes[2048];
    uint32_t random = 1;
    for (size_t i = 0; i < sizeof bytes; i++) {
        random = random * 1664525 + 1013904223;
        bytes[i] = (uint8_t)(random >> 24);
    }
    for (size_t size = 0; size <= sizeof bytes; size++)
        SAME(crc16_with(DSMR_CLMUL, (uint16_t)(size * 7), bytes, size),
             dsmr_crc16((uint16_t)(size * 7), bytes, size));
}

int main(void)
{
    RUN(the_instructions_are_found);
    RUN(they_give_the_same_sum);
    return tap_end();
}
