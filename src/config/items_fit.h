/* SPDX-License-Identifier: MIT */
/* Can an openHAB item show the reading that it is bound to? */
#ifndef DSMR_CONFIG_ITEMS_FIT_H
#define DSMR_CONFIG_ITEMS_FIT_H

#include "config/items.h"
#include "core/complaints.h"

#include <stdbool.h>

/*
 * Complains when it cannot: a warning when the item's type does not suit the reading (a Number that
 * is bound to a time), a mistake when the dimension is another one (Number:Power bound to kWh), as
 * openHAB refuses every value then. line is that of the binding. Returns false for a mistake.
 */
bool item_fits(const struct bound_item *item, int line, struct complaints *complaints);

/* openHAB's dimension for values in that unit: "Energy"; "Dimensionless" without unit. Static. */
const char *item_dimension(enum dsmr_unit unit);

#endif
