/* SPDX-License-Identifier: MIT */
/*
 * A household in the Netherlands, in time: what its meters would show. Nothing but arithmetic: the
 * same seed, start and steps give the same values on every machine.
 *
 * The power that is shown holds until the next step, so the registers are its exact integral: power
 * in watt times the seconds of the step is what a register in watt seconds grows by.
 */
#ifndef DSMR_SIMULATE_HOUSEHOLD_H
#define DSMR_SIMULATE_HOUSEHOLD_H

#include "dsmr/dsmr.h"
#include "simulate/appliances.h"
#include "simulate/random.h"
#include "simulate/weather.h"

#include <stdint.h>

/* The meters beside the electricity meter. */
enum device_kind {
    DEVICE_GAS,
    DEVICE_WATER,
    DEVICE_HEATING,
    DEVICE_COOLING,
    DEVICE_GENERIC, /* heating oil */
    DEVICE_SLAVE_ELECTRICITY,
    DEVICE_KINDS,
};

/* What such a meter stood at. */
struct device_reading {
    int64_t unix_s;
    int64_t millionths; /* of its unit: m3, GJ or kWh */
};

enum { DEVICE_HOURS = 48, FAILURE_LOG = 10 };

struct device {
    int64_t millionths;                        /* at present */
    int64_t rate;                              /* millionths a second */
    struct device_reading latest;              /* of the last whole five minutes */
    struct device_reading hours[DEVICE_HOURS]; /* ring of whole hours; see household_hour() */
};

struct phase {
    int power_w;    /* negative when it feeds in */
    int voltage_dv; /* tenths of a volt */
    int current_ma; /* without sign */
    int sags;
    int swells;
    int drift_dv;          /* of the grid's voltage */
    int64_t failure_start; /* unix time; 0 while there is power */
    int64_t failure_end;
};

struct power_failure {
    int64_t end; /* unix time */
    int64_t duration_s;
};

struct household {
    int64_t unix_s;
    struct dsmr_time time; /* the same, on the clock of Europe/Amsterdam */
    int tariff;            /* 1 low, 2 normal */
    struct phase phases[PHASES];
    int64_t delivery_ws[2]; /* registers of tariff 1 and 2, in watt seconds */
    int64_t production_ws[2];
    struct device devices[DEVICE_KINDS];
    int failures;                          /* of power, in any phase */
    int long_failures;                     /* of more than three minutes */
    struct power_failure log[FAILURE_LOG]; /* the long ones, newest first */
    int log_count;
    uint32_t serial; /* nine digits to make serial numbers of */

    struct random random;
    struct weather weather;
    struct appliances appliances;
    int power_step_w;
};

/*
 * A household as it stands at that moment. power_step_w is the resolution of the power that the
 * meter shows; every power is a multiple of it.
 */
void household_init(struct household *household, uint64_t seed, int64_t unix_s, int power_step_w);

/* Lets time pass: the present power holds for that long, then there is a new one. */
void household_advance(struct household *household, int64_t seconds);

/* Sets what a device stands at, as if it had been so for two days. */
void household_set_device(struct household *household, enum device_kind kind, int64_t millionths);

/* Power taken from the grid and fed into it, all phases balanced: one of them is 0. */
int household_delivery_w(const struct household *household);
int household_production_w(const struct household *household);

/* What a device stood at on the last whole hour, or so many hours (below DEVICE_HOURS) before. */
const struct device_reading *household_hour(const struct household *household,
                                            enum device_kind kind, int hours_ago);

#endif
