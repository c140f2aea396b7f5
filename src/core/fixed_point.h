/* SPDX-License-Identifier: MIT */
/* Readings as whole billionths of their unit, so that they can be compared and added up exactly. */
#ifndef DSMR_CORE_FIXED_POINT_H
#define DSMR_CORE_FIXED_POINT_H

#include "dsmr/dsmr.h"

#include <stdbool.h>
#include <stdint.h>

enum { FIXED_DECIMALS = 9 };
#define FIXED_ONE INT64_C(1000000000)

/* False for what cannot be held: 9.2 billion and more, or digits behind the ninth decimal. */
bool fixed_from_number(struct dsmr_number number, int64_t *billionths);

/* With so many decimals, at most FIXED_DECIMALS; rounded, halves away from zero. */
struct dsmr_number fixed_to_number(int64_t billionths, uint8_t decimals);

#endif
