/* SPDX-License-Identifier: MIT */
/*
 * Sends states over openHAB's event WebSocket (openHAB 3.4 and newer) while it is open, and keeps
 * trying to have it open, with pauses that grow. While it is not, somebody else has to send them.
 *
 * openHAB answers each state by its number: it is under way until then. A state that was not
 * answered when the connection ended is given back, and may have arrived. Which trouble there is
 * with the WebSocket is told once; that openHAB cannot be reached at all is left to others to tell.
 */
#ifndef DSMR_SINK_OPENHAB_EVENTS_H
#define DSMR_SINK_OPENHAB_EVENTS_H

#include "config/items.h"
#include "core/buffer.h"
#include "core/log.h"
#include "core/loop.h"
#include "net/http_client.h"

#include <stdbool.h>
#include <stddef.h>

struct openhab_events;

struct openhab_events_setup {
    const char *url;   /* of openHAB, as for its REST interface */
    const char *token; /* NULL without */
    struct loop *loop;
    struct log *log;
    /* openHAB's verdict on a state, as if it were an answer by HTTP: 202, 400 or 404. */
    http_done *answered;
    /* The state was not answered and will not be. */
    void (*given_back)(void *target);
    /* It was opened, or is not open any more: all states under way were given back before. */
    void (*changed)(void *context, bool open);
    void *context;
};

/* The texts are copied; it begins to connect. Never NULL: where the library cannot start, that is
 * told, and it is never open. */
struct openhab_events *openhab_events_new(const struct openhab_events_setup *setup);

/* Whether states go this way now. */
bool openhab_events_open(const struct openhab_events *events);

/* How many more states may be under way; 0 when it is not open. */
size_t openhab_events_room(const struct openhab_events *events);

/* Sends a state; one of answered and given_back is called once, later, with target. Only when there
 * is room. */
void openhab_events_send(struct openhab_events *events, const struct bound_item *item,
                         const struct buffer *state, void *target);

/* What is under way is dropped without a word. Not from inside a callback. NULL is allowed. */
void openhab_events_free(struct openhab_events *events);

#endif
