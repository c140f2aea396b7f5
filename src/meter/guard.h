/* SPDX-License-Identifier: MIT */
/*
 * Keeps wrong totals out of the house: between decoding and the bus it looks at every counter of a
 * telegram and marks what cannot be true as superseded, which no sink publishes. What cannot be true
 * stands in counter.h; a new equipment id starts a new series. One for each meter.
 */
#ifndef DSMR_METER_GUARD_H
#define DSMR_METER_GUARD_H

#include "core/log.h"
#include "meter/counter.h"
#include "meter/decoded.h"

/* The most that a connection can carry; 0 where it may be anything. */
struct guard_limits {
    int64_t power; /* kW */
    int64_t gas;   /* m3 an hour */
    int64_t water; /* m3 an hour */
    int64_t heat;  /* GJ an hour, cold too */
};

struct guard_setup {
    const char *meter;        /* "main" */
    const char *port;         /* as the user named it */
    const char *state_folder; /* where the levels are kept; NULL to keep none */
    /* The telegrams are of another time than this one: their own clock counts, where they have one,
     * and nothing is known of the time between them where they have none. */
    bool replay;
    struct guard_limits limits;
    struct log *log;
};

struct guard;

/* The texts of setup are copied. Never NULL. */
struct guard *guard_new(const struct guard_setup *setup);

/* Keeps the levels, and frees the guard. NULL is allowed. */
void guard_free(struct guard *guard);

/*
 * Looks at a telegram that was just decoded. Counters that are not to be published, and the times
 * that came with them, are marked as superseded in decoded. crc is the telegram's, now is loop_now(),
 * wall_ms loop_wall().
 */
void guard_check(struct guard *guard, struct decoded *decoded, enum dsmr_crc crc, int64_t now,
                 int64_t wall_ms);

/* Why the reading at that place of the last telegram is not published, in a few plain English words;
 * NULL when the guard has nothing against it. Static text. */
const char *guard_reason(const struct guard *guard, size_t place);

/* How often a counter of this meter began anew, ever: a change tells that totals before and after
 * have nothing to do with each other. */
uint32_t guard_series(const struct guard *guard);

#endif
