/* SPDX-License-Identifier: MIT */
/* Numbers as a person writes them in an option, exact: 0.25 is 250 thousandths. */
#ifndef DSMR_SIMULATE_DECIMAL_H
#define DSMR_SIMULATE_DECIMAL_H

#include <stdbool.h>
#include <stdint.h>

/*
 * Reads digits with or without a point. *value receives the number times 10^decimals. False for
 * anything else, for more decimals than that, and for more than most.
 */
bool decimal_parse(const char *text, int decimals, int64_t most, int64_t *value);

#endif
