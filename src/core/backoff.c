/* SPDX-License-Identifier: MIT */
#include "core/backoff.h"

#include <sys/random.h>

/* A whole number from 0 to limit; 0 where the system has gathered no chance yet. */
static int64_t chance(int64_t limit)
{
    uint32_t number = 0;
    if (getrandom(&number, sizeof number, GRND_NONBLOCK) != (ssize_t)sizeof number)
        number = 0;
    return (int64_t)(number % (uint64_t)(limit + 1));
}

int64_t backoff_next(struct backoff *backoff)
{
    int64_t planned = backoff->pause_ms > 0 ? backoff->pause_ms : backoff->first_ms;
    int64_t next = planned * 2;
    backoff->pause_ms = next < backoff->longest_ms ? next : backoff->longest_ms;
    return planned - chance(planned / 4);
}

void backoff_reset(struct backoff *backoff)
{
    backoff->pause_ms = 0;
}
