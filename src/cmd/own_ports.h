/* SPDX-License-Identifier: MIT */
/* Ports that lead back to dsmr itself: it would read what it wrote. */
#ifndef DSMR_CMD_OWN_PORTS_H
#define DSMR_CMD_OWN_PORTS_H

#include "config/config.h"

/*
 * An error for each meter whose port is a place of p1.listen, or a topic that dsmr publishes at by
 * mqtt.url. Addresses of this machine are told by their numbers; no name is looked up.
 */
void own_ports_check(const struct config *config, struct complaints *complaints);

#endif
