/* SPDX-License-Identifier: MIT */
/*
 * What the file keeps of one meter for one step of time: an entry for each item, packed. docs/history.md
 * has the form, byte by byte.
 */
#ifndef DSMR_HISTORY_ROW_H
#define DSMR_HISTORY_ROW_H

#include "core/buffer.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct row_entry {
    uint32_t item;    /* its key in the file */
    uint8_t decimals; /* of all that follows, below 16 */
    bool counter;
    bool fresh;    /* a counter that was read in this step; else it stands where it stood before */
    int64_t total; /* counter: at the end of the step */
    /* Fluctuating; count is at least 1. */
    int64_t count, sum, least, greatest;
};

/* Adds the entry to a row. */
void row_put(struct buffer *row, const struct row_entry *entry);

struct row_cursor {
    const uint8_t *at;
    const uint8_t *end;
};

/* The next entry; false at the end, or where the bytes make no sense: then cursor->at is not the end. */
bool row_next(struct row_cursor *cursor, struct row_entry *entry);

/* Gives a number more decimals; false when it then has too many digits. */
bool row_scale(int64_t *mantissa, unsigned from, unsigned to);

/* Adds what a later or shorter step says of the same item; false, without effect, when that is too much
 * to be held. */
bool row_merge(struct row_entry *into, const struct row_entry *entry);

#endif
