/* SPDX-License-Identifier: MIT */
/*
 * What a pace keeps of one meter: the last value of every item since the last output, the spread of
 * those that fluctuate (power, voltage, current), and what was sent last. Grows with the items that
 * the meter has, and not any more afterwards.
 */
#ifndef DSMR_BUS_PACED_VALUES_H
#define DSMR_BUS_PACED_VALUES_H

#include "bus/sink.h"
#include "config/pace_rule.h"

struct paced_value;

/* Zeroed to begin with. */
struct paced_values {
    struct paced_value *at; /* in the order in which the items came first */
    size_t count;
    size_t capacity;
    uint16_t *places; /* by item: place among them plus 1, 0 while it did not come */
};

/* Room to compose readings in, shared by all meters of a pace. Zeroed to begin with. */
struct pace_room {
    struct dsmr_reading *readings;
    struct spread *spreads;
    bool *same;
    size_t capacity; /* of each */
};

void paced_values_free(struct paced_values *values);
void pace_room_free(struct pace_room *room);

/* Keeps what counts of a telegram's readings; everything is copied. */
void paced_values_take(struct paced_values *values, const struct readings *readings);

/*
 * Composes what came since the last call: at, count, spreads and spread_count of readings are set to
 * arrays in room. The value of what fluctuates is its mean; object.line and object.groups are empty,
 * and so is text but for DSMR_TYPE_TEXT.
 */
void paced_values_release(struct paced_values *values, struct pace_room *room,
                          struct readings *readings);

/*
 * Sets same of readings to an array in room that tells which of them need not be sent: with
 * unchanged set, those that are what was sent last; and those that are within the dead-band of it.
 * The others are remembered as sent.
 */
void paced_values_compare(struct paced_values *values, const struct deadband *deadband,
                          bool unchanged, struct pace_room *room, struct readings *readings);

#endif
