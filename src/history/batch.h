/* SPDX-License-Identifier: MIT */
/* What is to be written into the file, in order. It waits in memory until a batch is worth a write. */
#ifndef DSMR_HISTORY_BATCH_H
#define DSMR_HISTORY_BATCH_H

#include "core/buffer.h"

#include <stddef.h>
#include <stdint.h>

/* What the numbers of a change are. */
enum change_kind {
    CHANGE_METER,   /* key, zone offset, zone summer, series; text: name */
    CHANGE_ITEM,    /* key, meter, counter, own time; text: id; word: unit */
    CHANGE_SERIES,  /* item, since, reading, total, decimals; text: equipment id */
    CHANGE_ROW,     /* meter, length, start; text: the entries */
    CHANGE_READING, /* item, at, total, decimals */
    CHANGE_PEAK,    /* meter, month, start, used, decimals */
    CHANGE_FAILURE, /* meter, until, seconds */
    CHANGE_PRUNE,   /* meter, length, before: rows that are old enough to go */
    CHANGE_REGROUP, /* meter, length, from: shorter rows that others stand for from now on */
    CHANGE_THIN,    /* item, from, before: of readings one a quarter hour is enough */
    CHANGE_KINDS
};

enum { CHANGE_NUMBERS = 5 };

struct change {
    enum change_kind kind;
    int64_t numbers[CHANGE_NUMBERS];
    const char *word; /* static; NULL without */
    size_t text;      /* place in the batch's texts */
    size_t text_size;
};

/* Zeroed to begin with. */
struct batch {
    struct change *at;
    size_t count;
    size_t capacity;
    struct buffer texts;
};

/* Adds a change; the text is copied. */
void batch_add(struct batch *batch, const struct change *change, const char *text, size_t size);

/* Adds what from holds behind, and empties it. */
void batch_append(struct batch *batch, struct batch *from);

/* Leaves out rows of that length and readings that are to go soon anyway; returns how many. */
size_t batch_drop_rows(struct batch *batch, int64_t length);

void batch_clear(struct batch *batch);
void batch_free(struct batch *batch);

/* Bytes that it takes, about. */
size_t batch_bytes(const struct batch *batch);

#endif
