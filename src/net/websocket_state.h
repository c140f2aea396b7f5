/* SPDX-License-Identifier: MIT */
/* A WebSocket from inside: websocket.c drives it, websocket_callback.c is what the library calls. */
#ifndef DSMR_NET_WEBSOCKET_STATE_H
#define DSMR_NET_WEBSOCKET_STATE_H

#include "core/buffer.h"
#include "net/lookup.h"
#include "net/websocket.h"
#include "net/websocket_outbox.h"
#include "net/websocket_url.h"

#include <libwebsockets.h>

enum stage { STAGE_IDLE, STAGE_LOOKUP, STAGE_CONNECTING, STAGE_OPEN };

struct websocket {
    struct websocket_setup setup;
    struct websocket_url url;
    struct buffer headers; /* as they are sent */
    struct lws_protocols protocols[2];
    struct lws_context *library;
    struct lws *connection; /* NULL without */
    enum stage stage;
    struct lookup *lookup;
    char addresses[LOOKUP_MOST][LOOKUP_SIZE];
    size_t address_count, next_address;
    struct loop_timer *look;     /* lets the library work without an event */
    struct loop_timer *deadline; /* of a connection that is being made */
    int fd;                      /* the watched copy; -1 without */
    struct loop_watch *watch;
    struct websocket_outbox outbox;
    struct buffer received; /* of the message that is coming in */
    bool skipping;          /* … which is too long */
    bool inside;            /* the library is calling us */
    bool dropped;           /* nobody wants to hear of this connection any more */
    bool ended;             /* the library has given it up */
    bool reached;
    int status;
    char why[200];
};

/* The library's callback for protocols. */
int websocket_on_library(struct lws *connection, enum lws_callback_reasons reason, void *user,
                         void *in, size_t size);

/* The library has given the connection up; why has size bytes, an earlier reason counts more. */
void websocket_note_end(struct websocket *websocket, const char *why, size_t size);

#endif
