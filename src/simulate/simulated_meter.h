/* SPDX-License-Identifier: MIT */
/*
 * A simulated meter: a household, or a recording, and the telegrams it sends, with what goes wrong
 * on the way. It knows no clock and no port; whoever sends the bytes asks for one telegram after
 * another.
 */
#ifndef DSMR_SIMULATE_SIMULATED_METER_H
#define DSMR_SIMULATE_SIMULATED_METER_H

#include "simulate/fault.h"
#include "simulate/frame_writer.h"
#include "simulate/household.h"
#include "simulate/replay.h"
#include "simulate/standard.h"

#include <stdbool.h>
#include <stdint.h>

/* What a simulated port has beside the electricity meter. */
enum { SIMULATED_SOURCE_DEVICES = 1 << DEVICE_GAS | 1 << DEVICE_WATER };

struct simulated_setup {
    const struct standard *standard;
    uint64_t seed;
    int64_t start;                     /* unix time of the first telegram */
    int64_t step_ms;                   /* simulated time between two telegrams, at least a second */
    unsigned devices;                  /* bits 1 << enum device_kind */
    struct faults faults;              /* rates; the seed is set here */
    const struct household *household; /* to go on with, copied; NULL: a new one, as of start */
    struct replay *replay;             /* sent instead of a household; borrowed; NULL for none */
    struct frame_form encryption;      /* without a key: none */
    bool parity; /* even parity in the eighth bit, where the standard has it */
};

/* The next thing on the line. */
struct transmission {
    int silent_telegrams;       /* are left out first, those while the port is away included */
    int unplugged_s;            /* the port is away first */
    const unsigned char *bytes; /* borrowed until the next call */
    size_t size;
};

struct simulated_meter;

/* setup is copied. Never NULL. */
struct simulated_meter *simulated_meter_new(const struct simulated_setup *setup);

/* Makes what comes next on the line. */
void simulated_meter_next(struct simulated_meter *meter, struct transmission *transmission);
void simulated_meter_free(struct simulated_meter *meter); /* NULL is allowed */

#endif
