/* SPDX-License-Identifier: MIT */
/*
 * openHAB has a DSMR binding of its own. Where that one reads the same port, or feeds the same items
 * by links to its channels, the two are in each other's way: this finds out and tells it.
 */
#ifndef DSMR_SINK_OPENHAB_RIVAL_H
#define DSMR_SINK_OPENHAB_RIVAL_H

#include "config/config.h"
#include "config/items.h"
#include "core/buffer.h"
#include "core/log.h"
#include "sink/openhab_query.h"

#include <stdbool.h>

struct rival_setup {
    struct openhab_query *query;
    const struct bound_items *items; /* that are fed, in the order of their names */
    const struct config *config;     /* whose meters' ports are ours */
    struct log *log;
};

struct openhab_rival;

/* Everything is borrowed. Never NULL. */
struct openhab_rival *openhab_rival_new(const struct rival_setup *setup);
/* Not while its question is under way in a query that lives on. NULL is allowed. */
void openhab_rival_free(struct openhab_rival *rival);

/* Asks openHAB for its things, when the query is free, and warns of what is new. An openHAB that wants
 * more of a token for this than for items is left in peace. */
void openhab_rival_look(struct openhab_rival *rival);

#endif
