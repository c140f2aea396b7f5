/* SPDX-License-Identifier: MIT */
/* What runs in the simulated house: kettle, oven, washing machine, shower and the like. */
#ifndef DSMR_SIMULATE_APPLIANCES_H
#define DSMR_SIMULATE_APPLIANCES_H

#include "simulate/random.h"

#include <stdbool.h>
#include <stdint.h>

enum { PHASES = 3 };

enum appliance_name {
    APPLIANCE_KETTLE,
    APPLIANCE_REFRIGERATOR,
    APPLIANCE_OVEN,
    APPLIANCE_WASHING_MACHINE,
    APPLIANCE_BOILER, /* behind the slave electricity meter, heated at the low tariff */
    APPLIANCE_SHOWER,
    APPLIANCE_TAP,
    APPLIANCES,
};

/* Zeroed to begin with: everything is off. */
struct appliances {
    uint16_t minute[APPLIANCES]; /* of the run that each is in, counted from 1; 0 when it is off */
};

/* What they draw together. */
struct draw {
    int power_w[PHASES];
    int water_ml_s;
    bool hot_water;
};

/* Lets a minute pass; hour is that of the local clock. */
void appliances_minute(struct appliances *appliances, struct random *random, int hour);

/* Adds what is drawn at present, lights and standby included. */
void appliances_draw(const struct appliances *appliances, int hour, struct draw *draw);

#endif
