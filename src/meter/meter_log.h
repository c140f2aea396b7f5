/* SPDX-License-Identifier: MIT */
/* What the log says of a meter's telegrams: each line of them when asked for, and once what is wrong. */
#ifndef DSMR_METER_METER_LOG_H
#define DSMR_METER_METER_LOG_H

#include "core/log.h"
#include "core/loop.h"
#include "meter/decoded.h"
#include "meter/guard.h"

/* The first three are set by the owner and borrowed, the rest begins zeroed. */
struct meter_log {
    struct log *log;
    struct loop *loop;
    const char *meter;
    struct log_repeat refusals;
    struct log_repeat bad_lines;
    struct log_repeat misses;
};

/* The first good telegram. */
void meter_log_first(const struct meter_log *to, const struct dsmr_telegram *telegram);

/* For people who look for a fault: each line of a telegram, and why it is not used where it is not. guard is
 * that which checked it. */
void meter_log_lines(const struct meter_log *to, const struct decoded *decoded,
                     const struct guard *guard);

/* Lines of a good telegram that are none; repeats are counted. */
void meter_log_bad_lines(struct meter_log *to, const struct decoded *decoded);

/* The telegram was refused for that reason; refused and all count the telegrams so far, this one among them.
 * Repeats are counted. quiet: only for people who look for a fault, since the user was told better. */
void meter_log_refusal(struct meter_log *to, const struct dsmr_telegram *telegram,
                       const char *reason, uint64_t refused, uint64_t all, bool quiet);

/* No good telegram came for so long. Returns false when that was told lately, and is only counted. */
bool meter_log_missed(struct meter_log *to, int seconds);

#endif
