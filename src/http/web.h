/* SPDX-License-Identifier: MIT */
/*
 * The page, the API and the metrics: a sink that knows the newest values of all meters, and the web server
 * that shows them. web_answer() is all of it but the sockets.
 */
#ifndef DSMR_HTTP_WEB_H
#define DSMR_HTTP_WEB_H

#include "bus/bus.h"
#include "config/config.h"
#include "core/log.h"
#include "core/loop.h"
#include "http/board.h"
#include "http/events.h"
#include "http/server.h"

/* One moment by both clocks. */
struct web_start {
    int64_t wall_ms; /* since 1970 */
    int64_t loop_ms; /* loop_now() */
};

struct web_setup {
    const struct config *config; /* borrowed until web_configure() */
    const char *token;           /* NULL: none is asked for */
    const char *history;         /* its file; NULL when none is kept */
    struct web_start start;      /* of the program, not of this sink */
    bool listen;                 /* false: nobody can come, which a test may want */
    const struct bus *bus;       /* the sinks that there are; borrowed */
    struct loop *loop;
    struct log *log;
};

struct web {
    struct sink sink;
    struct web_setup setup;
    struct board board;
    struct events *events;
    struct http_server *server; /* NULL when it does not listen */
    char *token;
    struct shelf *shelf; /* NULL when no history is kept */
};

/* Starts to serve at http.listen of the configuration. Never NULL; freed as a sink. */
struct sink *web_sink_new(const struct web_setup *setup);

/* The configuration was read again: who is connected stays so, but for event streams where the token is
 * another. http.listen must be the same. */
void web_configure(struct sink *sink, const struct config *config, const char *token,
                   const char *history);

/* Answers a request; context is the struct web. */
void web_answer(void *context, const struct http_request *request, struct http_answer *answer);

#endif
