/* SPDX-License-Identifier: MIT */
/* The sink that feeds openHAB's items by its REST interface. */
#ifndef DSMR_SINK_OPENHAB_H
#define DSMR_SINK_OPENHAB_H

#include "bus/sink.h"
#include "config/items.h"
#include "core/log.h"
#include "core/loop.h"

#include <stdbool.h>
#include <stdint.h>

struct openhab_setup {
    const char *url;   /* http://host:8080, with or without a slash or a path behind */
    const char *token; /* oh.name.…, NULL without */
    bool only_changes; /* openhab.update=change */
    bool websocket;    /* openhab.websocket=yes */
    const struct bound_items *items; /* borrowed as long as the sink lives */
    struct loop *loop;
    struct log *log;
};

/* Counted since the start. */
struct openhab_stats {
    uint64_t accepted; /* states that openHAB took */
    uint64_t refused;  /* … did not take for the item (400 and the like) */
    uint64_t missing;  /* … had no item for (404) */
    uint64_t failed;   /* requests without an answer, or with one that says: not now */
    uint64_t dropped;  /* states that a newer one replaced before openHAB had them */
    uint64_t waiting;  /* items whose newest state openHAB does not have: now, not counted */
    bool connected;    /* openHAB answers, as far as is known */
};

/* The texts of setup are copied. Never NULL; nothing is sent before the first readings. */
struct sink *openhab_sink_new(const struct openhab_setup *setup);

/* The new sink takes the place of the old one: it tells nothing again that was told of an item. The
 * items of both are in the order of their names. */
void openhab_sink_inherit(struct sink *sink, const struct sink *old);

void openhab_sink_stats(const struct sink *sink, struct openhab_stats *stats);

#endif
