/* SPDX-License-Identifier: MIT */
/* The messages of a WebSocket that wait to be sent. Zeroed to begin with. */
#ifndef DSMR_NET_WEBSOCKET_OUTBOX_H
#define DSMR_NET_WEBSOCKET_OUTBOX_H

#include <stddef.h>

/* The library writes the frame's head into the room in front of the text. */
struct outgoing {
    struct outgoing *next;
    size_t size;
    unsigned char *text;
    unsigned char bytes[];
};

struct websocket_outbox {
    struct outgoing *first, *last;
    size_t size; /* of all texts */
};

/* Copies the text. */
void outbox_add(struct websocket_outbox *outbox, const char *text, size_t size);

/* The first, to be freed with free(); NULL when there is none. */
struct outgoing *outbox_take(struct websocket_outbox *outbox);

/* Frees what is in it. */
void outbox_clear(struct websocket_outbox *outbox);

#endif
