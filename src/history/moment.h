/* SPDX-License-Identifier: MIT */
/* Moments and steps of time as people write them. */
#ifndef DSMR_HISTORY_MOMENT_H
#define DSMR_HISTORY_MOMENT_H

#include "history/query.h"

/*
 * Reads 2026-11-22, 2026-11-22 13:45, 2026-11-22T13:45:10, the same with Z or +01:00 behind it, or seconds
 * since 1970. Without an offset the clock is that of the zone; an hour that comes twice is its first.
 * False for anything else, and for dates that there are not.
 */
bool moment_parse(const char *text, struct dsmr_zone zone, int64_t *at);

/* Reads 10s, 1min, 15min, 1h, day, month, year, and other numbers of s, min and h up to a day. */
bool step_parse(const char *text, struct history_step *step);

#endif
