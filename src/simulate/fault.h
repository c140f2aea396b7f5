/* SPDX-License-Identifier: MIT */
/* What goes wrong on purpose between a simulated meter and its reader, each at a given rate. */
#ifndef DSMR_SIMULATE_FAULT_H
#define DSMR_SIMULATE_FAULT_H

#include "simulate/random.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum fault_kind {
    FAULT_CRC,     /* one byte is changed: the CRC, or the parity, is wrong */
    FAULT_CUT,     /* the telegram breaks off */
    FAULT_NOISE,   /* random bytes before or inside it */
    FAULT_SILENCE, /* some telegrams before it are left out */
    FAULT_UNPLUG,  /* before it, the port goes away for some seconds */
    FAULT_KINDS,
};

/* Zeroed but for random.state, the seed, to begin with: nothing goes wrong. */
struct faults {
    struct random random;
    int64_t per_million[FAULT_KINDS];
};

/* What befalls one telegram. */
struct mishap {
    bool crc, cut, noise;
    int silent_telegrams; /* left out before this one */
    int unplugged_s;      /* before this one */
};

/* Takes KIND=RATE, the rate from 0 to 1. False when the text is nothing of the kind. */
bool fault_parse(struct faults *faults, const char *text);

/* Draws what befalls the next telegram. */
struct mishap fault_draw(struct faults *faults);

/* The most bytes that fault_apply() adds. */
enum { FAULT_NOISE_MAX = 48 };

/*
 * Does that to the bytes of a telegram. There must be room for FAULT_NOISE_MAX more behind them.
 * Returns their new count.
 */
size_t fault_apply(struct faults *faults, const struct mishap *mishap, unsigned char *bytes,
                   size_t size);

#endif
