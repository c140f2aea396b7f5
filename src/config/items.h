/* SPDX-License-Identifier: MIT */
/*
 * openHAB's *.items files, of openHAB 1 and of today: which item wants which reading. Only bindings
 * dsmr="…" are taken; everything else is left in peace.
 */
#ifndef DSMR_CONFIG_ITEMS_H
#define DSMR_CONFIG_ITEMS_H

#include "config/config.h"
#include "config/pace_rule.h"
#include "core/complaints.h"
#include "dsmr/dsmr.h"

#include <stdbool.h>
#include <stddef.h>

enum item_type { ITEM_NUMBER, ITEM_STRING, ITEM_DATETIME };

/* There are some hundreds of ids: more items than this are not for us. */
enum { ITEMS_MAX = 10000 };

/* One openHAB item that is bound to a reading. */
struct bound_item {
    char *name; /* P1_Actual_Delivery */
    enum item_type type;
    char *dimension; /* "Energy" of Number:Energy, NULL without */
    char *label;     /* with its format, NULL without */
    dsmr_item reading;
    enum pace_part part; /* PACE_GREATEST of dsmr="eActualDelivery:greatest" */
    char *meter;         /* garage of dsmr="garage:eActualDelivery"; NULL for main */
    char *file;          /* where it stands; "openHAB" when openHAB itself told of it */
    int line;            /* from 1; 0 when openHAB told of it */
    int binding_line;
};

/* Zeroed to begin with. */
struct bound_items {
    struct bound_item *at;
    size_t count;
};

/*
 * Reads a file, or every *.items file of a folder (not of folders in it) in the order of their names,
 * and adds what it finds. Mistakes go to complaints, of severity mistake: they cost an item, or a file
 * of the folder, and the others are taken.
 * Returns false when the path cannot be read at all (told in complaints as an error).
 */
bool items_read(struct bound_items *items, const char *path, struct complaints *complaints);

/* The same from memory; file is the name for complaints. */
void items_read_text(struct bound_items *items, const char *file, const char *text, size_t size,
                     struct complaints *complaints);

/* Drops the items that get nothing with this configuration, with a mistake for each: those of meters
 * that it does not have, and the least and greatest where openhab.update is not in seconds. */
void items_keep_known(struct bound_items *items, const struct config *config,
                      struct complaints *complaints);

/* The name of the item's meter, "main" where it has none. Valid as long as the item. */
const char *item_meter(const struct bound_item *item);

/* What stands between the quotation marks of dsmr="garage:eActualDelivery:greatest". */
struct item_binding {
    bool has_meter;
    struct dsmr_text meter; /* what stands before the colon */
    struct dsmr_text id;
    enum pace_part part;
};
struct item_binding item_binding_split(struct dsmr_text text);

struct item_draft; /* see items_parser.h */

/* Makes an item of what was written. Mistakes go to complaints, of severity mistake; then it returns
 * false and the item owns nothing. */
bool item_take(struct bound_item *item, const struct item_draft *draft, const char *file,
               struct complaints *complaints);

/* Adds an item, whose memory goes over to the list. */
void items_add(struct bound_items *items, const struct bound_item *item);

/* Makes another item of the same facts, with memory of its own. */
void item_copy(struct bound_item *to, const struct bound_item *from);

/* Frees what the item owns. */
void item_free(struct bound_item *item);

void items_free(struct bound_items *items);

#endif
