/* SPDX-License-Identifier: MIT */
/* dsmr check with openhab.items=rest: the items are in openHAB, so that is asked, as dsmr run would. */
#ifndef DSMR_CMD_CHECK_OPENHAB_H
#define DSMR_CMD_CHECK_OPENHAB_H

#include "config/config.h"
#include "config/items.h"
#include "core/complaints.h"

#include <stdbool.h>

/*
 * Asks openHAB at openhab.url, which must be set, for its items, and waits for the answer: at most
 * half a minute, some seconds when nobody is there. Changes nothing there. Mistakes go to complaints;
 * an openHAB that cannot be asked now is a warning, since dsmr run waits for it.
 * Returns false when there is no list.
 */
bool check_openhab_items(struct bound_items *items, const struct config *config,
                         struct complaints *complaints);

#endif
