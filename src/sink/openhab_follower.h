/* SPDX-License-Identifier: MIT */
/*
 * The sink of openhab.items=rest: openHAB itself says which of its items are bound to readings, and
 * is asked again now and then. What is fed then, and how, is the business of the sink of openhab.h.
 */
#ifndef DSMR_SINK_OPENHAB_FOLLOWER_H
#define DSMR_SINK_OPENHAB_FOLLOWER_H

#include "config/config.h"
#include "sink/openhab.h"

#include <stdbool.h>

/* True when openHAB itself is to say which items are bound. */
bool openhab_tells_items(const struct config *config);

/*
 * setup is that of the sink that feeds, without items; it is copied, what it points to and config,
 * which knows the meters, are borrowed as long as the sink lives. Never NULL.
 */
struct sink *openhab_follower_new(const struct openhab_setup *setup, const struct config *config);

#endif
