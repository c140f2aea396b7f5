/* SPDX-License-Identifier: MIT */
/*
 * A queue on disk for what must not be lost while the other side is away: records are numbered,
 * written to a folder, and removed when they were delivered. Nothing of it waits for the disk: that
 * is done in the pool, one job at a time.
 *
 * What survives. A record can be taken once it is written, and counts as delivered once its owner
 * says so, in any order: after kill -9 those that were taken and not yet done come again, and those that came in
 * the last few milliseconds before it may be missing, as if they had come after it. Written is given
 * to the system; to the disk itself it is brought (fdatasync) when it is not delivered within five
 * seconds: a power failure costs at most what came in them.
 *
 * What happens when it is full. The folder never grows beyond its limit: the oldest records, a
 * segment of up to 1 MiB at a time, make room for new ones. When the disk itself is full or broken,
 * nothing old is touched; new records wait in memory, can be taken from there, and are written when
 * that works again; beyond 4 MiB of them the newest are dropped. Either way it is told once, counted,
 * and shows as a gap in the numbers.
 */
#ifndef DSMR_SPOOL_SPOOL_H
#define DSMR_SPOOL_SPOOL_H

#include "core/log.h"
#include "core/loop.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct spool;

struct spool_setup {
    struct loop *loop;
    struct log *log;
    const char *topic;            /* of lines in the log: "mqtt"; borrowed */
    const char *folder;           /* made when missing, with mode 0700 */
    uint64_t limit;               /* bytes on disk; at least 2 MiB are used as such */
    void (*ready)(void *context); /* a record can be taken; called from the loop */
    void *context;
};

/* Borrowed until spool_done() is told its number, spool_rewind() or spool_close(). */
struct spool_record {
    uint64_t number;  /* counts from 1, also over restarts */
    int64_t added_ms; /* loop_wall() when it was added */
    const char *bytes;
    size_t size;
};

enum { SPOOL_RECORD_MAX = 512 * 1024 }; /* bytes of a record */

/*
 * Opens the folder and finds out what is left in it from before: reads at most the last segment.
 * NULL with *error (one line, freed by the caller) when it cannot be used, or another dsmr does.
 */
struct spool *spool_open(const struct spool_setup *setup, char **error);

/* The number that the next record will get. */
uint64_t spool_next_number(const struct spool *spool);

/* Adds a record; the bytes are copied. One that is dropped, or too large, uses up its number too. */
void spool_add(struct spool *spool, const char *bytes, size_t size);

/* The next record in order that was not taken yet; NULL when there is none now. */
const struct spool_record *spool_take(struct spool *spool);

/* What was taken and is not done is taken again, in order. */
void spool_rewind(struct spool *spool);

/* A record that was taken is not done yet, and is to wait for the next rewind: those behind it go on
 * meanwhile, and it takes nothing of the room in memory that is for them. */
void spool_set_aside(struct spool *spool, uint64_t number);

/* A record that was taken is delivered and is not needed any more, whatever becomes of those before
 * it. Returns false when none that was taken has this number. */
bool spool_done(struct spool *spool, uint64_t number);

struct spool_stats {
    uint64_t waiting; /* records that are not done, about */
    uint64_t done;    /* since it was opened */
    uint64_t dropped; /* since it was opened: for want of room, or unreadable */
    uint64_t bytes;   /* on disk */
    uint64_t fresh;   /* bytes in memory that wait to be written */
    bool broken;      /* it cannot be written at the moment */
};

/* As they are now. */
void spool_stats(const struct spool *spool, struct spool_stats *stats);

/* Writes what is still to be written and closes. The one call that waits for the disk. NULL is
 * allowed. */
void spool_close(struct spool *spool);

#endif
