/* SPDX-License-Identifier: MIT */
/*
 * Where telegrams go out: a descriptor with a queue of one telegram. Nobody is waited for. A telegram
 * is kept once, however many have yet to take it.
 */
#ifndef DSMR_SINK_P1_OUTLET_H
#define DSMR_SINK_P1_OUTLET_H

#include "dsmr/dsmr.h"

#include <stdbool.h>
#include <stddef.h>

/* One telegram as it goes out. */
struct p1_message {
    unsigned references;
    size_t size;
    char bytes[];
};

/* The text and what ends it, with one reference, which is the caller's. */
struct p1_message *p1_message_new(struct dsmr_text text, const char *end);
/* Gives one reference back. NULL is allowed. */
void p1_message_release(struct p1_message *message);

/* fd is the owner's and does not block. Zeroed otherwise to begin with. */
struct p1_outlet {
    int fd;
    struct p1_message *pending; /* what is going out, NULL when all is gone */
    size_t sent;                /* bytes of it */
};

enum p1_outcome {
    P1_SENT,    /* all of it is gone */
    P1_WAITING, /* for room: call p1_outlet_flush() when there is some */
    P1_FULL,    /* there is no room, and one telegram waits already: this one was not taken */
    P1_BROKEN,  /* nothing goes out any more */
};

/* Sends the message as far as there is room; takes a reference of its own while any of it waits. */
enum p1_outcome p1_outlet_offer(struct p1_outlet *outlet, struct p1_message *message);

/* Sends what waits, as far as there is room. Never P1_FULL. */
enum p1_outcome p1_outlet_flush(struct p1_outlet *outlet);

/* Drops what waits. */
void p1_outlet_clear(struct p1_outlet *outlet);

#endif
