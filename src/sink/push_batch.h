/* SPDX-License-Identifier: MIT */
/*
 * The telegrams that go out with the next request, and what becomes of those that a server refuses.
 *
 * A server that refuses a batch (400, 422) may mean one telegram in it: the batch is halved until that
 * one is alone. It is then a suspect, and the next one is tried. When the server takes any other, the
 * suspects come once more, one by one, and those that are refused again are left out: none holds up
 * the rest. When it refuses so many in a row that it may be the request that it does not like, all of
 * them are kept and come again from the first one on, with twice the patience: nothing is lost because
 * a URL is wrong, or while a server is being mended.
 *
 * Each telegram is a record of the store: a letter for its form, then the JSON object or the lines.
 */
#ifndef DSMR_SINK_PUSH_BATCH_H
#define DSMR_SINK_PUSH_BATCH_H

#include "core/buffer.h"
#include "sink/push_store.h"
#include "sink/push_verdict.h"

enum {
    PUSH_BATCH_MAX = 1000,       /* telegrams */
    PUSH_BODY_MAX = 1024 * 1024, /* bytes; no telegram is added behind so many */
    PUSH_PATIENCE = 4,           /* suspects to begin with */
    PUSH_SUSPECTS_MAX = 256,
};

struct push_batch {
    struct push_store *store;
    enum push_format format;
    struct buffer body;
    size_t most;  /* telegrams in a request; falls when a server finds it too large */
    size_t limit; /* at the moment; rises to most again */
    size_t count; /* telegrams in the body */
    uint64_t numbers[PUSH_BATCH_MAX];
    size_t suspect_count;
    uint64_t suspects[PUSH_SUSPECTS_MAX];
    size_t patience; /* so many suspects in a row are no suspects */
    uint64_t proven; /* up to this number, what is refused is left out */
};

/* Empty, over this store, which is borrowed; most: telegrams in one request. */
void push_batch_init(struct push_batch *batch, struct push_store *store, enum push_format format,
                     size_t most);
void push_batch_free(struct push_batch *batch);

/* How many telegrams there are to send, about. */
uint64_t push_batch_ready(const struct push_batch *batch);

/* Puts the next telegrams into the body. Returns how many records were left out since they are not of
 * this form. */
uint64_t push_batch_compose(struct push_batch *batch);

/* The server has taken it. */
void push_batch_done(struct push_batch *batch);

/* It could not be sent, maybe for its size: it comes again, half as large. */
void push_batch_return(struct push_batch *batch);

enum push_refusal {
    PUSH_NEXT,       /* some of it, or another, is to be tried at once */
    PUSH_LEFT_OUT,   /* it was one telegram, which does not come again */
    PUSH_EVERYTHING, /* the server seems to refuse everything: to be tried later */
};

/* The server refuses it. */
enum push_refusal push_batch_refused(struct push_batch *batch, bool too_large);

/* True when it is one telegram that was refused before while others were taken. */
bool push_batch_is_proven(const struct push_batch *batch);

/* Begins a record; the JSON object or the lines are to be added. */
void push_record_begin(struct buffer *record, enum push_format format);

#endif
