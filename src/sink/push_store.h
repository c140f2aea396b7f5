/* SPDX-License-Identifier: MIT */
/*
 * What waits to be pushed: numbered records, taken in order, in the spool or in memory.
 *
 * What happens when it is full. In memory: the oldest make room for the newest, PUSH_KEPT of them or
 * PUSH_KEPT_BYTES, counted. In the spool: see spool/spool.h.
 */
#ifndef DSMR_SINK_PUSH_STORE_H
#define DSMR_SINK_PUSH_STORE_H

#include "spool/spool.h"

enum { PUSH_KEPT = 1000, PUSH_KEPT_BYTES = 16 * 1024 * 1024 };

struct push_store;

struct push_store_setup {
    struct loop *loop;
    struct log *log;
    const char *topic;            /* of the log; borrowed */
    const char *folder;           /* of the spool; NULL: in memory */
    uint64_t limit;               /* of the spool, bytes */
    void (*ready)(void *context); /* a record can be taken; called from the loop */
    void *context;
};

/* NULL with *error (freed by the caller) when the folder cannot be used. */
struct push_store *push_store_new(const struct push_store_setup *setup, char **error);
/* NULL is allowed. What is in memory is gone. */
void push_store_free(struct push_store *store);

/* True when it is on disk. */
bool push_store_lasts(const struct push_store *store);

/* The number of the record that is added next. */
uint64_t push_store_number(const struct push_store *store);
void push_store_add(struct push_store *store, const char *bytes, size_t size);

/* The next record that was not taken yet, NULL when there is none now. Borrowed until the next call of
 * any of these. */
const struct spool_record *push_store_take(struct push_store *store);
/* What was taken and is not done is taken again, in order. */
void push_store_rewind(struct push_store *store);
/* A record that was taken is not needed any more. */
void push_store_done(struct push_store *store, uint64_t number);

/* How many are not done, about: those that the spool dropped may be among them. */
uint64_t push_store_waiting(const struct push_store *store);
/* How many were dropped for want of room. */
uint64_t push_store_dropped(const struct push_store *store);

#endif
