/* SPDX-License-Identifier: MIT */
#include "source/parity.h"

enum {
    FRAME_START = 0xDB,
    RECOGNISED_RUN = 64,  /* plain text has this many even bytes in a row once in 2^64 bytes … */
    RECOGNISED_EACH = 16, /* … unless it is one byte again and again: both kinds must be there */
    DOUBT_STEP = 8,
    DOUBT_LIMIT = 1024, /* some 250 bytes of noise, or one telegram that has no parity */
};

void parity_init(struct parity *parity)
{
    *parity = (struct parity){0};
}

bool parity_is_even(unsigned char byte)
{
    return __builtin_parity(byte) == 0;
}

static void count(struct parity *parity, unsigned char byte)
{
    if (!parity_is_even(byte)) {
        *parity = (struct parity){.plain = true};
        return;
    }
    parity->even_run = (uint16_t)(parity->even_run + (parity->even_run < UINT16_MAX));
    if (byte & 0x80)
        parity->bit_set = (uint16_t)(parity->bit_set + (parity->bit_set < UINT16_MAX));
    else
        parity->bit_clear = (uint16_t)(parity->bit_clear + (parity->bit_clear < UINT16_MAX));
    parity->stripping = parity->even_run >= RECOGNISED_RUN && parity->bit_set >= RECOGNISED_EACH &&
                        parity->bit_clear >= RECOGNISED_EACH;
}

/* Bit errors and noise between telegrams are no reason to give up; a telegram of odd bytes is. */
static void doubt(struct parity *parity, unsigned char byte)
{
    if (parity_is_even(byte))
        parity->doubt = (uint16_t)(parity->doubt - (parity->doubt > 0));
    else
        parity->doubt = (uint16_t)(parity->doubt + DOUBT_STEP);
    if (parity->doubt > DOUBT_LIMIT)
        *parity = (struct parity){.plain = true};
}

void parity_strip(struct parity *parity, char *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        unsigned char byte = (unsigned char)bytes[i];
        if (parity->stripping)
            doubt(parity, byte);
        else
            count(parity, byte);
        /* As long as every byte was even it is taken for parity: '/' alone has five bits set. Only the
         * start of an encrypted frame stays, which else would be '[', as no telegram begins. */
        if (parity->stripping || (!parity->plain && byte != FRAME_START))
            bytes[i] = (char)(byte & 0x7F);
    }
}
