/* SPDX-License-Identifier: MIT */
/*
 * A sink takes readings somewhere: to openHAB, onto the screen, into the log. It knows nothing of
 * telegrams' syntax or of ports. publish() must return at once: a sink that has to wait keeps a
 * bounded queue of its own and says in its file what happens when that is full.
 * To add one: a file with a const struct sink_kind at its end; CONTRIBUTING.md tells the rest.
 */
#ifndef DSMR_BUS_SINK_H
#define DSMR_BUS_SINK_H

#include "dsmr/dsmr.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct decoded;

/* What a value came to between two outputs of a pace. All three have the value's unit. */
struct spread {
    size_t reading; /* its place in struct readings */
    struct dsmr_number least;
    struct dsmr_number mean; /* the reading's own number, too */
    struct dsmr_number greatest;
};

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
    uint32_t series; /* see guard_series() */
    /* For sinks that pass the telegram on as a whole; others need neither. NULL when these readings
     * stand for several telegrams. */
    const struct dsmr_telegram *telegram;
    const struct decoded *decoded;
    /* From a pace (bus/pace.h); a sink that knows nothing of them gets the mean as the value. */
    const struct spread *spreads; /* by rising place of the reading */
    size_t spread_count;
    const bool *same; /* by place: the sink has this value already; NULL when nothing is known */
};

/* True when a sink that sends each value by itself is to send this one. */
static inline bool readings_send(const struct readings *readings, size_t place)
{
    return !readings->at[place].superseded && !(readings->same && readings->same[place]);
}

/* What a pace made of the reading at that place; NULL where it made nothing of it. */
static inline const struct spread *readings_spread(const struct readings *readings, size_t place)
{
    for (size_t i = 0; i < readings->spread_count; i++)
        if (readings->spreads[i].reading == place)
            return &readings->spreads[i];
    return NULL;
}

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
struct buffer;

struct sink_kind {
    const char *name;
    void (*publish)(struct sink *sink, const struct readings *readings);
    void (*line)(struct sink *sink, const struct line_status *status); /* may be NULL */
    /* A telegram that was refused, for sinks that pass on what came; may be NULL. telegram is
     * borrowed until return. */
    void (*refused)(struct sink *sink, const char *meter, const struct dsmr_telegram *telegram);
    /* Adds one line for people about how it is doing: "connected, 3 wait"; may be NULL. */
    void (*state)(const struct sink *sink, struct buffer *out);
    /* Tells those of one kind apart: "push.influx". NULL where there is but one. */
    const char *(*own_name)(const struct sink *sink);
    void (*free)(struct sink *sink); /* stops at once, whatever is still queued */
};

/* First member of every sink's own struct. */
struct sink {
    const struct sink_kind *kind;
};

static inline const char *sink_name(const struct sink *sink)
{
    return sink->kind->own_name ? sink->kind->own_name(sink) : sink->kind->name;
}

#endif
