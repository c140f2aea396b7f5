/* SPDX-License-Identifier: MIT */
/*
 * The pause before the next try of something that failed. It grows, and chance makes it differ, so
 * that many who lost the same thing at the same time do not all come back at the same time.
 */
#ifndef DSMR_CORE_BACKOFF_H
#define DSMR_CORE_BACKOFF_H

#include <stdint.h>

struct backoff {
    int64_t first_ms;   /* about the first pause */
    int64_t longest_ms; /* no pause is longer */
    int64_t pause_ms;   /* about the next one; 0 to begin with */
};

/* The pause to make now, in ms: between three quarters of the planned one and all of it. */
int64_t backoff_next(struct backoff *backoff);

/* It went well: the next pause is the first again. */
void backoff_reset(struct backoff *backoff);

#endif
