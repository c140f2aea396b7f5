/* SPDX-License-Identifier: MIT */
/*
 * How fast a backlog may follow. Each thing that is sent costs one, each that comes new brings one,
 * and time brings the rate: so what comes new is never held up by the rate itself, and the backlog
 * shrinks by the rate.
 */
#ifndef DSMR_CORE_ALLOWANCE_H
#define DSMR_CORE_ALLOWANCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct allowance {
    int64_t rate;   /* a second */
    int64_t tokens; /* thousandths of one; below 0 while more was spent than there was */
    int64_t filled; /* loop time up to which time brought its tokens */
};

/* With nothing to spend. now is loop_now(). */
void allowance_start(struct allowance *allowance, int64_t rate, int64_t now);

/* One came new. */
void allowance_came(struct allowance *allowance);

/* True when something may be sent now. */
bool allowance_has(struct allowance *allowance, int64_t now);

/* So many were sent. */
void allowance_spend(struct allowance *allowance, size_t count);

#endif
