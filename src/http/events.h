/* SPDX-License-Identifier: MIT */
/*
 * Server-sent events: what a meter says, as it says it, to everybody who listens. An event is written out
 * once, for all; the last EVENTS_KEPT of a meter are there for who comes back. Who is so many behind is
 * dropped. Nothing is written for a meter that nobody listens to.
 */
#ifndef DSMR_HTTP_EVENTS_H
#define DSMR_HTTP_EVENTS_H

#include "core/loop.h"
#include "http/answer.h"
#include "http/board.h"

enum {
    EVENTS_KEPT = 64,
    EVENTS_CLIENTS = 640, /* of all meters */
    EVENTS_HEARTBEAT_MS = 15000,
    EVENTS_LINGER_MS = 300000, /* a meter's events are kept for so long after the last has left */
};

struct events;

struct events *events_new(struct loop *loop);

/* The meter sent a telegram, which the board has. */
void events_telegram(struct events *events, struct board_meter *meter);

/* Something changed about its line. */
void events_line(struct events *events, struct board_meter *meter);

/* Ends the streams of the meters that were dropped. */
void events_keep(struct events *events);

/* Ends all streams: who listens has to ask again. */
void events_end(struct events *events);

/*
 * The stream of a meter's events: those after the one numbered last (as text, NULL when there is none), or
 * the newest telegram. NULL when EVENTS_CLIENTS listen already.
 */
struct http_stream *events_stream(struct events *events, struct board_meter *meter,
                                  const char *last);

size_t events_clients(const struct events *events);
/* Who did not read what he was sent, since the start. */
uint64_t events_dropped(const struct events *events);

/* After all streams. NULL is allowed. */
void events_free(struct events *events);

#endif
