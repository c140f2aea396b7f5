/* SPDX-License-Identifier: MIT */
/* A recording, cut into its telegrams; put together again they are the recording, byte for byte. */
#ifndef DSMR_SIMULATE_REPLAY_H
#define DSMR_SIMULATE_REPLAY_H

#include <stdbool.h>
#include <stddef.h>

struct replay {
    const char *bytes;
    size_t *ends; /* of each piece */
    size_t count;
    size_t next;
};

/*
 * Cuts the bytes, which are borrowed until replay_free(), in front of each telegram but the first;
 * telegrams that broke off are kept too.
 * False, with nothing to free, when there is no telegram in them.
 */
bool replay_init(struct replay *replay, const char *bytes, size_t size);

/* The next piece, *size bytes; behind the last comes the first again. */
const char *replay_next(struct replay *replay, size_t *size);

void replay_free(struct replay *replay);

#endif
