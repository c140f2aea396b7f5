/* SPDX-License-Identifier: MIT */
/* Chance that can be repeated: the same seed gives the same numbers on every machine (splitmix64).
 */
#ifndef DSMR_SIMULATE_RANDOM_H
#define DSMR_SIMULATE_RANDOM_H

#include <stdbool.h>
#include <stdint.h>

/* Set state to the seed; any number will do. */
struct random {
    uint64_t state;
};

uint64_t random_next(struct random *random);

/* A whole number from least to greatest, both included; greatest must not be below least. */
int64_t random_between(struct random *random, int64_t least, int64_t greatest);

/* True in so many of a million cases; draws one number. */
bool random_chance(struct random *random, int64_t per_million);

#endif
