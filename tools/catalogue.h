/* SPDX-License-Identifier: MIT */
/* The forms in which tools/catalogue.c prints the catalogue, and what they share. */
#ifndef DSMR_TOOLS_CATALOGUE_H
#define DSMR_TOOLS_CATALOGUE_H

#include "dsmr/dsmr.h"

#include <stdbool.h>

/* Each prints the whole of it to standard output. */
void catalogue_markdown(void);
void catalogue_json(void);
void catalogue_items(void);

/* The table of the README: only the ids of which wanted() is true, those with a number as one row. */
void catalogue_readme(bool (*wanted)(const char *id));

/* The next object of an item from *index on, which moves behind it; false when there is none. */
bool next_object(dsmr_item item, size_t *index, struct dsmr_entry *entry);

/* True for an object whose value may be of any unit. */
bool is_of_any_unit(size_t index);

/* The item type in openHAB: "Number:Energy", "String", …; static text. */
const char *openhab_type(dsmr_item item);

/* "kWh", "m³", …: for people and for openHAB; "" without unit. Static text. */
const char *unit_shown(enum dsmr_unit unit);

/* "Gas meter", …; static text. */
const char *kind_title(enum dsmr_kind kind);

#endif
