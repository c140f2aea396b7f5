/* SPDX-License-Identifier: MIT */
/*
 * Pieces of work that several threads do, and that are finished one at a time, in the order in which they
 * were handed in. There are so many pieces and no more, and the caller keeps what belongs to each: who
 * hands in faster than is worked waits, so that memory does not grow.
 */
#ifndef DSMR_CORE_WORKERS_H
#define DSMR_CORE_WORKERS_H

#include <stddef.h>

struct workers_job {
    /* Does a piece, on a thread of its own, while others are done. worker is below threads and tells
     * threads apart. */
    void (*work)(void *context, size_t piece, unsigned worker);
    /* Ends a piece that was worked on: one after the other, in order, on whatever thread. */
    void (*finish)(void *context, size_t piece);
    void *context;
    size_t pieces;    /* numbered from 0; at least 1 */
    unsigned threads; /* with 1 there is none: workers_give() does everything itself */
};

struct workers;

/* How many threads this process may run at once; at least 1. */
unsigned workers_cores(void);

/* Starts no thread yet: they come with the work. Never NULL. */
struct workers *workers_new(const struct workers_job *job);

/* A piece that nobody works on, the caller's until workers_give(). Waits until there is one. */
size_t workers_take(struct workers *workers);

/* Hands in the piece that was taken last. */
void workers_give(struct workers *workers);

/* Waits until all that was handed in is finished, and ends the threads. */
void workers_free(struct workers *workers);

#endif
