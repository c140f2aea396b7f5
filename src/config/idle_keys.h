/* SPDX-License-Identifier: MIT */
/* Keys that do nothing by themselves: homeassistant.discovery without a broker. */
#ifndef DSMR_CONFIG_IDLE_KEYS_H
#define DSMR_CONFIG_IDLE_KEYS_H

#include "config/config.h"

/* Warns of each key that is set while the one that it needs stands nowhere. */
void idle_keys_check(const struct config *config, struct complaints *complaints);

#endif
