/* SPDX-License-Identifier: MIT */
/* What a byte is, whatever the locale says. */
#ifndef DSMR_CHARACTERS_H
#define DSMR_CHARACTERS_H

#include <stdbool.h>

static inline bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static inline bool is_letter(char c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

static inline bool is_line_end(char c)
{
    return c == '\r' || c == '\n';
}

/* The value of a hexadecimal digit, -1 when it is none. */
static inline int hex_digit(char c)
{
    if (is_digit(c))
        return c - '0';
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return -1;
}

#endif
