/* SPDX-License-Identifier: MIT */
/* Where the running program hands its readings: the sinks that the configuration asks for. */
#ifndef DSMR_CMD_SERVICE_OUTLETS_H
#define DSMR_CMD_SERVICE_OUTLETS_H

#include "bus/bus.h"
#include "cmd/service_http.h"
#include "cmd/service_wishes.h"
#include "core/trace.h"

struct leftovers;

/* The first six are set by the owner, and what they point to is borrowed; the rest begins zeroed. */
struct outlets {
    struct loop *loop;
    struct log *log;
    struct web_start start; /* when the program was started */
    struct trace *trace;    /* NULL when none is wanted */
    bool verbose;           /* values go to the log, not to a table */
    bool on_terminal;       /* a person looks at it */
    const struct wishes *wishes;
    struct bus bus;
    struct sink *p1;             /* on the bus; NULL without */
    struct sink *mqtt;           /* the same */
    struct sink *history;        /* the same */
    struct sink *page;           /* the same */
    struct leftovers *leftovers; /* of the broker of mqtt, after a reload; NULL without */
};

/* Puts on the bus what these ask for, beside what outlets_end() has kept. They are borrowed until
 * outlets_end() or outlets_free(). */
void outlets_begin(struct outlets *outlets, const struct wishes *wishes);

/* The configuration was read again: frees all on the bus, but keeps what the fresh one asks for in the same
 * way and others are connected to. outlets_begin() is to follow. */
void outlets_end(struct outlets *outlets, const struct wishes *fresh);

void outlets_free(struct outlets *outlets);

#endif
