/* SPDX-License-Identifier: MIT */
/* Which items have a history. */
#ifndef DSMR_HISTORY_KEPT_H
#define DSMR_HISTORY_KEPT_H

#include "dsmr/dsmr.h"

#include <stdbool.h>

/* True for counters, but for the old ones that some gas meters repeat, and for what is measured at the
 * moment of the telegram: power, voltage, current and the like. *counter tells which of the two it is. */
bool history_keeps(const struct dsmr_item_info *info, bool *counter);

#endif
