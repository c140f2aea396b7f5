/* SPDX-License-Identifier: MIT */
/* The messages of openHAB's event WebSocket: composed and read, nothing else. */
#ifndef DSMR_SINK_OPENHAB_EVENT_H
#define DSMR_SINK_OPENHAB_EVENT_H

#include "config/items.h"
#include "core/buffer.h"

#include <stddef.h>
#include <stdint.h>

enum event_kind {
    EVENT_OTHER,     /* openHAB's own, or nothing that can be read */
    EVENT_HEARTBEAT, /* the answer to ours */
    EVENT_TAKEN,     /* a state was put on the event bus */
    EVENT_MISSING,   /* there is no such item */
    EVENT_REFUSED,   /* the item does not take the state, or the message was not understood */
};

struct event {
    enum event_kind kind;
    uint64_t id;   /* of the event that is answered; 0 without */
    char why[256]; /* of EVENT_MISSING and EVENT_REFUSED, cut when it is longer */
};

/* Each writes over what out holds. id is not 0. The state is one of state_text_write(). */
void event_write_state(struct buffer *out, const struct bound_item *item,
                       const struct buffer *state, uint64_t id);
void event_write_heartbeat(struct buffer *out);
/* Asks to be spared the events of others. */
void event_write_filter(struct buffer *out);

/* Reads any message, of a hostile server too. */
void event_read(const char *text, size_t size, struct event *event);

#endif
