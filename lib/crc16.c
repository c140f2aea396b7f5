/* SPDX-License-Identifier: MIT */
/*
 * CRC-16/ARC: x^16 + x^15 + x^2 + 1, least significant bit first, starting at 0, nothing inverted.
 * [P1 5.0.2 6.2]; the check value of "123456789" is BB3D.
 *
 * Sixteen bytes at a time: the sum is linear, so the sixteen are looked up each in a table that knows
 * how many bytes follow, and what was found is added. Where memory is dear (DSMR_SMALL) a table of
 * sixteen entries does it, half a byte at a time.
 */
#include "internal.h"

#ifdef DSMR_SMALL

uint16_t dsmr_crc16(uint16_t crc, const void *bytes, size_t size)
{
    static const uint16_t nibbles[16] = {
        0x0000, 0xCC01, 0xD801, 0x1400, 0xF001, 0x3C00, 0x2800, 0xE401,
        0xA001, 0x6C00, 0x7800, 0xB401, 0x5000, 0x9C01, 0x8801, 0x4400,
    };
    const uint8_t *at = bytes;
    for (const uint8_t *end = at + size; at < end; at++) {
        crc = (uint16_t)(crc >> 4 ^ nibbles[(crc ^ *at) & 15]);
        crc = (uint16_t)(crc >> 4 ^ nibbles[(crc ^ *at >> 4) & 15]);
    }
    return crc;
}

#else

/* A table is the sums of its eight bits: each is the CRC of that bit alone and of the zero bytes that
 * follow it in a block of sixteen. */
#define ENTRY(i, b0, b1, b2, b3, b4, b5, b6, b7)                                                   \
    (uint16_t)(((i)&1 ? (b0) : 0) ^ ((i)&2 ? (b1) : 0) ^ ((i)&4 ? (b2) : 0) ^ ((i)&8 ? (b3) : 0) ^ \
               ((i)&16 ? (b4) : 0) ^ ((i)&32 ? (b5) : 0) ^ ((i)&64 ? (b6) : 0) ^                   \
               ((i)&128 ? (b7) : 0))
#define FOUR(i, ...)                                                                               \
    ENTRY(i, __VA_ARGS__), ENTRY((i) + 1, __VA_ARGS__), ENTRY((i) + 2, __VA_ARGS__),               \
        ENTRY((i) + 3, __VA_ARGS__)
#define SIXTEEN(i, ...)                                                                            \
    FOUR(i, __VA_ARGS__), FOUR((i) + 4, __VA_ARGS__), FOUR((i) + 8, __VA_ARGS__),                  \
        FOUR((i) + 12, __VA_ARGS__)
#define SIXTY_FOUR(i, ...)                                                                         \
    SIXTEEN(i, __VA_ARGS__), SIXTEEN((i) + 16, __VA_ARGS__), SIXTEEN((i) + 32, __VA_ARGS__),       \
        SIXTEEN((i) + 48, __VA_ARGS__)
#define TABLE(...)                                                                                 \
    {                                                                                              \
        SIXTY_FOUR(0, __VA_ARGS__), SIXTY_FOUR(64, __VA_ARGS__), SIXTY_FOUR(128, __VA_ARGS__),     \
            SIXTY_FOUR(192, __VA_ARGS__)                                                           \
    }

enum { BLOCK = 16 };

/* By the number of bytes that follow in the block. */
static const uint16_t tables[BLOCK][256] = {
    TABLE(0xC0C1, 0xC181, 0xC301, 0xC601, 0xCC01, 0xD801, 0xF001, 0xA001),
    TABLE(0x9001, 0x6001, 0xC002, 0xC007, 0xC00D, 0xC019, 0xC031, 0xC061),
    TABLE(0xC051, 0xC0A1, 0xC141, 0xC281, 0xC501, 0xCA01, 0xD401, 0xE801),
    TABLE(0xFC01, 0xB801, 0x3001, 0x6002, 0xC004, 0xC00B, 0xC015, 0xC029),
    TABLE(0xC03D, 0xC079, 0xC0F1, 0xC1E1, 0xC3C1, 0xC781, 0xCF01, 0xDE01),
    TABLE(0xD101, 0xE201, 0x8401, 0x4801, 0x9002, 0x6007, 0xC00E, 0xC01F),
    TABLE(0xC010, 0xC023, 0xC045, 0xC089, 0xC111, 0xC221, 0xC441, 0xC881),
    TABLE(0xCCC1, 0xD981, 0xF301, 0xA601, 0x0C01, 0x1802, 0x3004, 0x6008),
    TABLE(0x900D, 0x6019, 0xC032, 0xC067, 0xC0CD, 0xC199, 0xC331, 0xC661),
    TABLE(0xC551, 0xCAA1, 0xD541, 0xEA81, 0x9501, 0x6A01, 0xD402, 0xE807),
    TABLE(0xFC04, 0xB80B, 0x3015, 0x602A, 0xC054, 0xC0AB, 0xC155, 0xC2A9),
    TABLE(0xC3FD, 0xC7F9, 0xCFF1, 0xDFE1, 0xFFC1, 0xBF81, 0x3F01, 0x7E02),
    TABLE(0x8102, 0x4207, 0x840E, 0x481F, 0x903E, 0x607F, 0xC0FE, 0xC1FF),
    TABLE(0xC100, 0xC203, 0xC405, 0xC809, 0xD011, 0xE021, 0x8041, 0x4081),
    TABLE(0x00C1, 0x0182, 0x0304, 0x0608, 0x0C10, 0x1820, 0x3040, 0x6080),
    TABLE(0x90C1, 0x6181, 0xC302, 0xC607, 0xCC0D, 0xD819, 0xF031, 0xA061),
};

static uint16_t add_block(uint16_t crc, const uint8_t *at)
{
    return (uint16_t)(tables[15][at[0] ^ (crc & 0xFF)] ^ tables[14][at[1] ^ (crc >> 8)] ^
                      tables[13][at[2]] ^ tables[12][at[3]] ^ tables[11][at[4]] ^
                      tables[10][at[5]] ^ tables[9][at[6]] ^ tables[8][at[7]] ^ tables[7][at[8]] ^
                      tables[6][at[9]] ^ tables[5][at[10]] ^ tables[4][at[11]] ^ tables[3][at[12]] ^
                      tables[2][at[13]] ^ tables[1][at[14]] ^ tables[0][at[15]]);
}

uint16_t dsmr_crc16(uint16_t crc, const void *bytes, size_t size)
{
    const uint8_t *at = bytes;
    for (; size >= BLOCK; size -= BLOCK, at += BLOCK)
        crc = add_block(crc, at);
    for (; size > 0; size--, at++)
        crc = (uint16_t)(crc >> 8 ^ tables[0][(crc ^ *at) & 0xFF]);
    return crc;
}

#endif

/* Bit 15 is set exactly where the polynomial was added, as it has that bit and a shift clears it. */
uint16_t crc16_undo(uint16_t crc, uint8_t byte)
{
    for (int bit = 0; bit < 8; bit++)
        crc = (uint16_t)((crc & 0x8000) != 0 ? (crc ^ 0xA001) << 1 | 1 : crc << 1);
    return crc ^ byte;
}

/* One meter in many has it, so it is counted bit by bit and takes no table. */
uint16_t crc16_x25_add(uint16_t sum, uint8_t byte)
{
    sum ^= byte;
    for (int bit = 0; bit < 8; bit++)
        sum = (uint16_t)((sum & 1) != 0 ? sum >> 1 ^ 0x8408 : sum >> 1);
    return sum;
}

uint16_t crc16_x25(const void *bytes, size_t size)
{
    const uint8_t *at = bytes;
    uint16_t sum = 0xFFFF;
    for (const uint8_t *end = at + size; at < end; at++)
        sum = crc16_x25_add(sum, *at);
    return sum ^ 0xFFFF;
}
