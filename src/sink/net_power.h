/* SPDX-License-Identifier: MIT */
/*
 * Powers that no meter sends and everybody wants: what is taken from the grid less what is fed into
 * it, below zero while more is fed in. They are derived, exactly, from the two readings of one
 * telegram; where a meter sends only one of the two there is none.
 */
#ifndef DSMR_SINK_NET_POWER_H
#define DSMR_SINK_NET_POWER_H

#include "dsmr/dsmr.h"

enum { NET_POWERS = 4 }; /* of the whole connection, and of each phase */

/* All texts are static. An id never changes once it was published. */
struct net_power {
    const char *id; /* "eActualNet" */
    const char *description;
    const char *beschrijving;
    const char *taken; /* item ids */
    const char *fed;
};

/* index is below NET_POWERS. */
const struct net_power *net_power_at(size_t index);

/* taken - fed, without losing a digit; false when the result has more digits than can be held. */
bool net_power_of(struct dsmr_number taken, struct dsmr_number fed, struct dsmr_number *net);

#endif
