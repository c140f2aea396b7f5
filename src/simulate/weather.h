/* SPDX-License-Identifier: MIT */
/* The weather over the simulated house, in the middle of the Netherlands: how warm, how much sun.
 */
#ifndef DSMR_SIMULATE_WEATHER_H
#define DSMR_SIMULATE_WEATHER_H

#include "simulate/random.h"

#include <stdint.h>

/* What drifts by chance. Zeroed to begin with. */
struct weather {
    int clouds_permille;   /* of the sky */
    int warmer_decidegree; /* than usual at this time of the year */
};

/* Lets a minute pass. */
void weather_minute(struct weather *weather, struct random *random);

/* Outside temperature in tenths of a degree Celsius. */
int weather_temperature(const struct weather *weather, int64_t unix_s);

/* Sunshine on a roof, 0 … 1000 of what the panels are rated for. */
int weather_sun(const struct weather *weather, int64_t unix_s);

#endif
