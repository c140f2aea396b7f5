/* SPDX-License-Identifier: MIT */
/* Keys that do nothing beside others, or without them: homeassistant.discovery without a broker. */
#ifndef DSMR_CONFIG_IDLE_KEYS_H
#define DSMR_CONFIG_IDLE_KEYS_H

#include "config/config.h"

/* Warns of each key that is set and has no effect, as another stands nowhere or says something else. */
void idle_keys_check(const struct config *config, struct complaints *complaints);

#endif
