/* SPDX-License-Identifier: MIT */
/*
 * The web server: listens, keeps the rules of HTTP and its limits, and asks one function for every
 * answer. Who is slow or silent is dropped; nobody is waited for. Only server.c and exchange.c know which
 * library is behind it.
 */
#ifndef DSMR_HTTP_SERVER_H
#define DSMR_HTTP_SERVER_H

#include "core/log.h"
#include "core/loop.h"
#include "http/answer.h"

enum {
    HTTP_CONNECTIONS = 768,       /* at once, event streams included; half of the files, if less */
    HTTP_CONNECTIONS_OF = 96,     /* of them from one machine, where others can come */
    HTTP_REQUEST_MS = 10000,      /* from a connection, or the answer before, to a whole request */
    HTTP_ANSWER_MS = 60000,       /* from there until the answer was taken */
    HTTP_SILENCE_S = 20,          /* seconds that a connection may be stuck */
    HTTP_CONNECTION_ROOM = 16384, /* bytes, for the head of a request */
    HTTP_HELD = 16 << 20,         /* bytes of answers that were not taken yet */
    HTTP_SMALL = 16384,           /* bytes of an answer that is given in any case */
    HTTP_JOBS = 2,                /* at once; the pool has others to serve as well */
    HTTP_JOBS_WAITING = 64,
};

struct http_server;

struct http_server_setup {
    const char *listen; /* a good value of http.listen, not "no" */
    bool asked;         /* by the user: then it is a fault when it cannot be had */
    struct loop *loop;
    struct log *log;
    /* Fills in the answer, which was started with http_answer_init(). */
    void (*answer)(void *context, const struct http_request *request, struct http_answer *answer);
    void *context;
};

/* Starts listening; an address that cannot be had and was asked for is tried again. Never NULL. */
struct http_server *http_server_new(const struct http_server_setup *setup);

/* Connections that there are now. */
size_t http_server_connections(const struct http_server *server);

/* Drops everybody. Jobs that still run are left to the loop. NULL is allowed. */
void http_server_free(struct http_server *server);

#endif
