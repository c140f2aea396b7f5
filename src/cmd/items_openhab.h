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

/* How many items of that kind of meter it writes for what was seen; of all kinds with DSMR_KIND_COUNT. */
size_t items_openhab_count(const struct seen_meter *meter, enum dsmr_kind kind,
                           const struct items_style *style);

/* Appends the file to out. The names in it are all different, and the same each time. */
void items_openhab_write(struct buffer *out, const struct seen_meters *meters,
                         const struct items_style *style);

#endif
