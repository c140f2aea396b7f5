/* SPDX-License-Identifier: MIT */
/*
 * A sink takes readings somewhere: to openHAB, onto the screen, into the log. It knows nothing of
 * telegrams' syntax or of ports. publish() must return at once: a sink that has to wait keeps a
 * bounded queue of its own and says in its file what happens when that is full.
 * To add one: a file with a const struct sink_kind at its end, and a line in sink_list.c.
 */
#ifndef DSMR_SINK_SINK_H
#define DSMR_SINK_SINK_H

#include "dsmr/dsmr.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What one telegram said, decoded once for all sinks. Borrowed until publish() returns. */
struct readings {
    const char *meter; /* "main" */
    struct dsmr_text identification;
    const struct dsmr_reading *at; /* in the order of the wire; superseded ones are marked */
    size_t count;
    bool has_time;
    struct dsmr_time time; /* P1Timestamp, if has_time */
    int64_t received_ms;   /* wall clock, ms since 1970 */
    enum dsmr_crc crc;
};

/* How the line to a meter is doing. Borrowed until the call returns. */
struct line_status {
    const char *meter;
    const char *port;     /* as the user named it */
    const char *settings; /* "115200 8N1", "" while they are being found out */
    const char *state;    /* one line for people: "reading", "no such port: waiting for it" */
    bool connected;
    uint64_t good; /* telegrams */
    uint64_t refused;
    uint64_t bytes;
};

struct sink;

struct sink_kind {
    const char *name;
    void (*publish)(struct sink *sink, const struct readings *readings);
    void (*line)(struct sink *sink, const struct line_status *status); /* may be NULL */
    void (*free)(struct sink *sink); /* stops at once, whatever is still queued */
};

/* First member of every sink's own struct. */
struct sink {
    const struct sink_kind *kind;
};

#endif
