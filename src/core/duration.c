/* SPDX-License-Identifier: MIT */
/* Two units are enough: whoever reads "2 d 7 h" does not ask for the seconds. */
#include "core/duration.h"

#include <stdio.h>

enum { MINUTE = 60, HOUR = 60 * MINUTE, DAY = 24 * HOUR };

const char *duration_print(int64_t ms, char out[DURATION_SIZE])
{
    long long s = ms / 1000;
    if (s < MINUTE)
        snprintf(out, DURATION_SIZE, "%lld s", s);
    else if (s < HOUR)
        snprintf(out, DURATION_SIZE, "%lld min %lld s", s / MINUTE, s % MINUTE);
    else if (s < DAY)
        snprintf(out, DURATION_SIZE, "%lld h %lld min", s / HOUR, s % HOUR / MINUTE);
    else
        snprintf(out, DURATION_SIZE, "%lld d %lld h", s / DAY, s % DAY / HOUR);
    return out;
}
