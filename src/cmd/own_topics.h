/* SPDX-License-Identifier: MIT */
/* The topics at which dsmr publishes by mqtt.url: whose is which, and whether each is one thing's alone. */
#ifndef DSMR_CMD_OWN_TOPICS_H
#define DSMR_CMD_OWN_TOPICS_H

#include "config/config.h"

/* The key by which dsmr publishes at this topic (without wildcards) for any meter of the configuration;
 * CONFIG_KEY_COUNT for none. */
enum config_key own_topics_key(const struct config *config, const char *topic);

/* An error where two keys lead to one topic: who reads it could not tell a state from a telegram. It is
 * told for the first meter that it concerns. */
void own_topics_check(const struct config *config, struct complaints *complaints);

#endif
