/* SPDX-License-Identifier: MIT */
/* What the address of a WebSocket says. */
#ifndef DSMR_NET_WEBSOCKET_URL_H
#define DSMR_NET_WEBSOCKET_URL_H

#include <stdbool.h>

struct websocket_url {
    bool tls;            /* https or wss */
    char *host;          /* a name or an address, IPv6 without its brackets */
    char *authority;     /* host and port as in the header Host */
    int port;            /* the scheme's own when none is given */
    char *path;          /* begins with a slash; a query stays behind it */
    char *authorization; /* header of the user and password that it names; NULL without */
};

/* Reads http, https, ws and wss. False when it is no such address; url is empty then. */
bool websocket_url_read(struct websocket_url *url, const char *text);
void websocket_url_free(struct websocket_url *url);

#endif
