/* SPDX-License-Identifier: MIT */
/* How often a sink wants to hear of a meter: the values of <sink>.update and <sink>.deadband. */
#ifndef DSMR_CONFIG_PACE_RULE_H
#define DSMR_CONFIG_PACE_RULE_H

#include "dsmr/dsmr.h"

#include <stdbool.h>
#include <stdint.h>

enum pace_mode {
    PACE_EVERY,   /* all of every telegram */
    PACE_CHANGE,  /* each value when it changed */
    PACE_SECONDS, /* all each so many seconds, with the mean of what fluctuates */
};

enum { PACE_SECONDS_MAX = 86400 };

/* How far a power, voltage or current must move from what was sent last to be sent again. */
struct deadband {
    bool given;
    int64_t percent;                /* hundredths of a percent, of what was sent last */
    int64_t units[DSMR_UNIT_COUNT]; /* billionths of the unit; where above 0, instead of percent */
};

/* Which of the numbers that PACE_SECONDS makes of what fluctuates. */
enum pace_part { PACE_MEAN, PACE_LEAST, PACE_GREATEST, PACE_PARTS };

struct pace_rule {
    enum pace_mode mode;
    int seconds; /* for PACE_SECONDS */
    struct deadband deadband;
};

/* Reads "every", "change" or a number of seconds; false for anything else. The dead-band stays. */
bool pace_rule_parse(const char *text, struct pace_rule *rule);

/* The rule of two values that keys have taken already; deadband is NULL without one. */
struct pace_rule pace_rule_read(const char *update, const char *deadband);

/* Reads "2%", "50 W", or several of them with commas between: "2%, 1 V, 0.2 A"; false for anything
 * else. Units are those of power, voltage and current. */
bool deadband_parse(const char *text, struct deadband *deadband);

/* True for power, voltage and current: what a pace makes a mean, a least and a greatest of. */
bool pace_fluctuates(dsmr_item item);

/* "least", "greatest"; "" for PACE_MEAN. Static text. */
const char *pace_part_word(enum pace_part part);

/* True when to is no further from than the dead-band, both in billionths of that unit. */
bool deadband_holds(const struct deadband *deadband, enum dsmr_unit unit, int64_t from, int64_t to);

#endif
