/* SPDX-License-Identifier: MIT */
/* The list of items as openHAB tells it: what is asked, what came of it, and what is new in it. */
#ifndef DSMR_SINK_OPENHAB_LIST_H
#define DSMR_SINK_OPENHAB_LIST_H

#include "config/items.h"
#include "core/buffer.h"
#include "core/complaints.h"
#include "sink/openhab_query.h"

#include <stdbool.h>
#include <stddef.h>

/* Where the list is, for openhab_query_get(). */
#define OPENHAB_LIST_PATH "/rest/items?recursive=false&metadata=dsmr&fields=name,type,metadata"

enum list_trouble {
    LIST_FINE,
    LIST_ABSENT,  /* openHAB gives no answer, or one that says: not now */
    LIST_DENIED,  /* it wants a token, or another */
    LIST_STRANGE, /* what answers does not look like openHAB */
    LIST_TROUBLES,
};

/*
 * Reads the answer to OPENHAB_LIST_PATH into items, which are zeroed to begin with, in the order of
 * their names; mistakes go to complaints. With any trouble *reason receives a few words about it,
 * freed by the caller, and there are no items.
 */
enum list_trouble openhab_list_read(struct bound_items *items, enum query_outcome outcome,
                                    const struct http_answer *answer, struct complaints *complaints,
                                    char **reason);

/* How a list differs from the one before. */
struct list_change {
    size_t gained;
    size_t lost;
    size_t altered; /* bound to another reading, or of another type */
};

/* Both in the order of their names. */
struct list_change openhab_list_compare(const struct bound_items *old,
                                        const struct bound_items *fresh);

/* Adds to words what is different, and what is lost if that is wanted: "2 more are bound (A, B), 1 is
 * bound no longer (C)". */
void openhab_list_describe(const struct bound_items *old, const struct bound_items *fresh,
                           bool with_lost, struct buffer *words);

/* Copies the items of old that fresh does not have to it. */
void openhab_list_keep_lost(struct bound_items *fresh, const struct bound_items *old);

#endif
