/* SPDX-License-Identifier: MIT */
/*
 * Stands between the bus and a sink that does not want everything as it comes: readings go in, and
 * come out when they are due. With PACE_SECONDS they come out each so many seconds, each meter for
 * itself: what fluctuates (power, voltage, current) as the mean of the telegrams since the last
 * output, with the least and the greatest of them, so that no peak is lost; everything else, counters
 * above all, at its last value. The mean weighs every telegram alike, whatever the time between them,
 * and is rounded to the decimals that the meter sends, or the catalogue shows if these are more.
 *
 * The first telegram comes out at once. Afterwards the first telegram at or behind the end of an
 * interval brings it to its end, and is part of it; when none comes in time, a timer does it. An
 * interval without any telegram has no output.
 */
#ifndef DSMR_BUS_PACE_H
#define DSMR_BUS_PACE_H

#include "bus/sink.h"
#include "config/pace_rule.h"
#include "core/loop.h"

struct pace;

/* For that sink, which is borrowed. NULL when the rule asks for all of every telegram: then nothing
 * stands between. */
struct pace *pace_new(const struct pace_rule *rule, struct loop *loop, struct sink *sink);

/* Drops what was not due yet. NULL is allowed. */
void pace_free(struct pace *pace);

/* Hands readings on to the sink, now or later, at most what the rule allows. */
void pace_publish(struct pace *pace, const struct readings *readings);

#endif
