/* SPDX-License-Identifier: MIT */
/* How long something took, for people. */
#ifndef DSMR_CORE_DURATION_H
#define DSMR_CORE_DURATION_H

#include <stdint.h>

enum { DURATION_SIZE = 48 }; /* bytes that every duration fits in, its NUL included */

/* Writes "12 s", "3 min 20 s", "5 h 1 min" or "2 d 7 h" into out, and returns it. */
const char *duration_print(int64_t ms, char out[DURATION_SIZE]);

#endif
