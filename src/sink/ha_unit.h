/* SPDX-License-Identifier: MIT */
/* Units as Home Assistant spells them and accepts them for its device classes. */
#ifndef DSMR_SINK_HA_UNIT_H
#define DSMR_SINK_HA_UNIT_H

#include "dsmr/dsmr.h"

/* A number in the catalogue's unit is one in this when its point is moved so far to the right. */
struct ha_unit {
    const char *name; /* UTF-8, "" for none; static */
    int exponent;
};

/* Every unit has one, most their own. */
struct ha_unit ha_unit_of(enum dsmr_unit unit);

#endif
