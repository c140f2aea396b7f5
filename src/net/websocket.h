/* SPDX-License-Identifier: MIT */
/*
 * A WebSocket to a server, from within the loop: text messages both ways, one connection at a time.
 * Nothing here ever waits. Only websocket*.c know which library is behind it.
 *
 * Certificates are checked against what the HTTP client trusts. There is no way through a proxy,
 * redirections are not followed, and no extension or subprotocol is offered.
 */
#ifndef DSMR_NET_WEBSOCKET_H
#define DSMR_NET_WEBSOCKET_H

#include "core/loop.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct websocket;

/* How a connection ended, or why there is none. Borrowed until the callback returns. */
struct websocket_end {
    bool opened;     /* it had been open */
    bool reached;    /* somebody listens at the address */
    int status;      /* of HTTP, by which the server refused it; 0 without */
    const char *why; /* a few words */
};

struct websocket_setup {
    struct loop *loop;
    const char *url;            /* http, https, ws or wss; a user and password in it are sent */
    const char *const *headers; /* "Name: text", ended by a NULL; NULL for none */
    int64_t connect_ms;         /* longest time until it is open, for each address of the host */
    size_t message_limit;       /* bytes; a longer message is left out */
    size_t unsent_limit;        /* bytes that may wait because the server does not read */
    /* Each once a connection. opened is followed by closed, unless websocket_close() comes first. */
    void (*opened)(void *context);
    void (*closed)(void *context, const struct websocket_end *end);
    /* A message, ended by a NUL. Borrowed until return. */
    void (*received)(void *context, const char *text, size_t size);
    void *context;
};

/* Everything is copied. NULL when the url is none, or the library cannot start. */
struct websocket *websocket_new(const struct websocket_setup *setup);

/* Begins to connect; one of opened and closed is called later. Without effect while it is doing so,
 * or open. */
void websocket_connect(struct websocket *websocket);

bool websocket_is_open(const struct websocket *websocket);

/* Sends a text message, copied. False, without effect, when it is not open or too much waits. */
bool websocket_send(struct websocket *websocket, const char *text, size_t size);

/* Drops the connection, and what waits, at once; closed is not called. May be called from the
 * callbacks. */
void websocket_close(struct websocket *websocket);

/* Not from inside a callback. NULL is allowed. */
void websocket_free(struct websocket *websocket);

#endif
