/* SPDX-License-Identifier: MIT */
/* The things of openHAB's own DSMR binding, in what openHAB answers to /rest/things. */
#ifndef DSMR_SINK_OPENHAB_THINGS_H
#define DSMR_SINK_OPENHAB_THINGS_H

#include "config/config.h"
#include "config/items.h"
#include "core/buffer.h"

#include <stdbool.h>
#include <stddef.h>

enum { RIVAL_LINKS_NAMED = 3 };

struct rival_things {
    size_t count;        /* of things of that binding that are not disabled */
    bool whole;          /* … of which ports and channels were told */
    char *port;          /* one of ours that it reads; NULL if none */
    char *port_thing;    /* … and the thing that does */
    size_t linked;       /* bound items that are linked to one of its channels */
    struct buffer links; /* the first of them: "P1_Power (dsmr:…:delivery), …" */
};

/* Looks through the answer. What is no list of things has none. Freed by rival_things_free(). */
void rival_things_read(struct rival_things *things, const char *text, size_t size,
                       const struct bound_items *items, const struct config *config);
void rival_things_free(struct rival_things *things);

#endif
