/* SPDX-License-Identifier: MIT */
/*
 * What openHAB is still to be told: of every item the newest state, and never more, so the queue is
 * bounded by the number of items. An item keeps its place in the line when a newer state replaces
 * one that was not sent yet; the replaced one is counted as dropped. An item is under way at most
 * once, so its states arrive in their order.
 */
#ifndef DSMR_SINK_OPENHAB_QUEUE_H
#define DSMR_SINK_OPENHAB_QUEUE_H

#include "config/items.h"
#include "core/buffer.h"
#include "dsmr/dsmr.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum rest_reason {
    REST_NONE,
    REST_MISSING, /* openHAB does not have the item */
    REST_REFUSED, /* openHAB does not take this state; another state ends the rest */
};

/* One item of openHAB. Its members are read by everyone and written only by the queue, but for what
 * stands under "of the sink". */
struct target {
    const struct bound_item *item;
    struct target *next_same; /* the next item that is bound to the same reading of the meter */
    struct target *before, *after; /* in the queue */
    struct buffer newest; /* the last state that was offered; at is NULL before the first */
    struct buffer sent;   /* the state under way, or the last that was answered */
    uint64_t turn;        /* place in the line: smaller ones go first */
    uint64_t flight_turn; /* the turn of the state under way */
    bool wanted;          /* newest is still to be sent */
    bool queued;
    bool flying; /* sent is under way */
    enum rest_reason rest;
    int64_t rest_until; /* loop time */
    int64_t rest_ms;    /* the last rest's length, 0 after a success */

    /* Of the sink. */
    void *owner;
    char *url;
    uint64_t epoch;     /* of the link, when it was sent */
    unsigned strikes;   /* how often openHAB seemed to be away for this item, but not for others */
    bool missing;       /* openHAB's last answer was that it does not have it */
    bool missing_told;  /* the user knows that openHAB does not have it */
    bool refusal_told;  /* … or does not take its state */
    int64_t refusal_ms; /* when that was told, in loop time */
    bool misfit_told;   /* … or that a reading does not suit it */
};

struct openhab_queue {
    struct target *targets; /* in the order of the items files */
    size_t count;
    struct target *
        *bound; /* by meter and reading, those of one reading in the order of the files */
    struct target *first, *last;
    uint64_t turns;
    uint64_t dropped; /* states that a newer one replaced before they were sent */
};

/* items is borrowed and must live as long as the queue. */
void queue_init(struct openhab_queue *queue, const struct bound_items *items);
void queue_free(struct openhab_queue *queue);

/* What the user was told of the items of an old queue is known of those of the same name here, as
 * far as it still holds. Both are in the order of names. */
void queue_inherit(struct openhab_queue *queue, const struct openhab_queue *old);

/* The first item that is bound to this reading of the meter; target->next_same are the others. NULL
 * if none. */
struct target *queue_bound(const struct openhab_queue *queue, const char *meter, dsmr_item reading);

/* A new state. With only_changes, one that is the same as the last is passed over. */
void queue_offer(struct openhab_queue *queue, struct target *target, const struct buffer *state,
                 bool only_changes);

/*
 * Takes out the first item behind that turn, or the first of all if there is none; 0 means the
 * first. Its newest state is then under way as target->sent. NULL when the queue is empty.
 */
struct target *queue_take(struct openhab_queue *queue, uint64_t behind);

/* What came of a state under way: taken; not delivered, so it or a newer one is sent again; or to
 * be tried again after a rest. */
void queue_accepted(struct openhab_queue *queue, struct target *target);
void queue_failed(struct openhab_queue *queue, struct target *target);
void queue_rest(struct openhab_queue *queue, struct target *target, enum rest_reason reason,
                int64_t now);

/* Ends the rests that are over. Returns the loop time of the next end, INT64_MAX if none. */
int64_t queue_wake(struct openhab_queue *queue, int64_t now);

/* Ends every rest. With again, also sends the last state of every item once more. */
void queue_wake_all(struct openhab_queue *queue, bool again);

/* How many items wait for their turn, rest or are under way. */
size_t queue_waiting(const struct openhab_queue *queue);

#endif
