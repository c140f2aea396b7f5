/* SPDX-License-Identifier: MIT */
/* Writes an openHAB items file for what meters have sent. */
#ifndef DSMR_CMD_ITEMS_OPENHAB_H
#define DSMR_CMD_ITEMS_OPENHAB_H

#include "cmd/items_seen.h"
#include "sink/item_words.h"

struct items_style {
    enum language language; /* of the labels */
    const char *prefix;     /* of all names; may be "" */
    bool bounds;            /* the least and the greatest of an interval too */
    const char *group;      /* that the groups of the meters are put into, NULL for none */
};

/* True for what openHAB takes as the name of an item: letters, digits and _, no digit first. */
bool items_openhab_name_is_right(const char *name);

/* Appends the file to out. The names in it are all different, and the same each time. */
void items_openhab_write(struct buffer *out, const struct seen_meters *meters,
                         const struct items_style *style);

#endif
