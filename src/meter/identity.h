/* SPDX-License-Identifier: MIT */
/*
 * Whether it is still the same meter, by its equipment id. Where no CRC vouches for it, the id may be
 * garbled: another one counts once it came IDENTITY_TELEGRAMS times in a row.
 */
#ifndef DSMR_METER_IDENTITY_H
#define DSMR_METER_IDENTITY_H

#include "dsmr/dsmr.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { IDENTITY_MAX = 128, IDENTITY_TELEGRAMS = 3 };

enum identity_verdict {
    IDENTITY_SAME,    /* or the first that is known, or none is told */
    IDENTITY_DOUBTED, /* another: it may be an error */
    IDENTITY_NEW,     /* another, and from now on the known one */
};

/* Zeroed to begin with. */
struct identity {
    char known[IDENTITY_MAX]; /* as on the wire; size 0 while none is known */
    size_t known_size;
    char other[IDENTITY_MAX];
    size_t other_size;
    uint32_t times; /* that the other one came in a row */
};

/* The verdict on the id of the next telegram; size 0 when it has none. Of a longer one the first
 * IDENTITY_MAX bytes count. certain: the telegram has a right CRC. */
enum identity_verdict identity_judge(struct identity *identity, struct dsmr_text id, bool certain);

#endif
