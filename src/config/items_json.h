/* SPDX-License-Identifier: MIT */
/*
 * The items that openHAB itself tells of over REST: a JSON array in which each item has a name, a
 * type and, where dsmr="…" was bound to it in an items file or added as metadata in the user
 * interface, {"metadata":{"dsmr":{"value":"eActualDelivery"}}}.
 */
#ifndef DSMR_CONFIG_ITEMS_JSON_H
#define DSMR_CONFIG_ITEMS_JSON_H

#include "config/items.h"
#include "core/complaints.h"

#include <stdbool.h>
#include <stddef.h>

/* What stands in the place of a file for these items. */
#define ITEMS_OF_OPENHAB "openHAB"

/*
 * Reads such an array into items, which are zeroed to begin with, in the order of their names.
 * Mistakes go to complaints as with a file, of ITEMS_OF_OPENHAB and line 0; they cost an item.
 * Returns false when the text is no list of items; why is then in *reason, freed by the caller.
 */
bool items_read_json(struct bound_items *items, const char *text, size_t size,
                     struct complaints *complaints, char **reason);

/* True when both want the same reading in the same form. */
bool items_are_alike(const struct bound_item *a, const struct bound_item *b);

#endif
