/* SPDX-License-Identifier: MIT */
/* What the framer looks for in bytes. All of it looks no further than at size bytes. */
#ifndef DSMR_SEARCH_H
#define DSMR_SEARCH_H

#include "internal.h"

#include <string.h>

/*
 * The first c at or behind from; size when there is none. Looks at a word at a time: a byte of it is
 * zero where x - 1 borrows from a byte whose top bit was clear.
 */
static inline size_t find(const char *at, size_t from, size_t size, char c)
{
    const size_t ones = SIZE_MAX / 0xFF;
    const size_t pattern = ones * (unsigned char)c;
    for (size_t word; from + sizeof word <= size; from += sizeof word) {
        memcpy(&word, at + from, sizeof word);
        word ^= pattern;
        if (((word - ones) & ~word & (ones << 7)) != 0)
            break;
    }
    while (from < size && at[from] != c)
        from++;
    return from < size ? from : size;
}

/* The first '/' or 0xDB at or behind from; size when there is none. */
size_t find_start(const char *at, size_t from, size_t size);

/* The first place at or behind from where an encrypted frame begins or may begin; size when there is
 * none. */
size_t find_frame(const char *at, size_t from, size_t size);

/* A '/' of an identification line at or behind from; size when there is none. */
size_t find_identification(const char *at, size_t from, size_t size);

/* True when the '/' at slash begins an identification line that a body follows. */
bool is_identification(const char *at, size_t slash, size_t size);

/* Where another telegram or frame may begin behind the first byte; size when nowhere. */
size_t find_other(const char *at, size_t size);

/*
 * A telegram that began inside a line of the one that failed, since the line end between them was
 * lost: the last identification line that a body follows; with a CRC, the one whose CRC is right. For
 * that the sum is undone from the end: it is 0 where the telegram began. 0 when there is none.
 */
size_t find_hidden(const char *at, size_t size, const struct dsmr_telegram *failed);

/* True when the first size bytes are nothing but printable characters and line ends, and the rest line
 * ends and NULs. */
bool is_only_text(struct dsmr_text text, size_t size);

/* True when there are three letters, as of a maker; the third may be an underscore. */
bool three_letters(const char *at);

/* True when nothing but blanks is between position and the beginning of its line. */
bool starts_line(const char *at, size_t position);

#endif
