/* SPDX-License-Identifier: MIT */
/* The eight standards that a simulated meter can follow, and what sets them apart on the line. */
#ifndef DSMR_SIMULATE_STANDARD_H
#define DSMR_SIMULATE_STANDARD_H

#include <stdbool.h>
#include <stddef.h>

/* One bit each, to name sets of them. */
enum {
    NTA8130 = 1,
    DSMR_2_1 = 2,
    DSMR_2_2 = 4,
    DSMR_3_0 = 8,
    DSMR_4_0 = 16,
    DSMR_4_0_4 = 32,
    DSMR_4_2 = 64,
    DSMR_5_0 = 128,
};

struct standard {
    unsigned bit;
    const char *name;               /* as on the command line: "4.0.4" */
    const char *title;              /* for people: "DSMR 4.0.4" */
    const char *identification;     /* the line behind '/' */
    bool identification_has_serial; /* nine digits follow it */
    const char *version;            /* value of 1-3:0.2.8; NULL where there is no such object */
    const char *suffix;             /* behind every OBIS code */
    int baud;
    int interval_s;
    int power_step_w; /* resolution of the power it shows */
    bool even_parity; /* in the eighth bit: 7E1 */
    bool has_crc;
};

/* NULL when there is no standard of that name. */
const struct standard *standard_find(const char *name);

/* The standards one by one, oldest first; NULL when index is past the last. */
const struct standard *standard_at(size_t index);

#endif
