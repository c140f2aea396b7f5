/* SPDX-License-Identifier: MIT */
/* A household of which every value is known: what its meters must send can be written down. */
#ifndef DSMR_TESTS_KNOWN_HOUSEHOLD_H
#define DSMR_TESTS_KNOWN_HOUSEHOLD_H

#include "simulate/household.h"

/* At 17:43:21 on Wednesday 2025-01-15: in each hour the devices count 0.123 further. */
static inline void known_household(struct household *household)
{
    static const int power_w[PHASES] = {2340, 120, -450};
    household_init(household, 1, 1736959401, 1);
    household->serial = 123456789;
    household->delivery_ws[0] = 1581123LL * 3600;
    household->delivery_ws[1] = 11435706LL * 3600 + 3599;
    household->production_ws[0] = 98LL * 3600;
    household->production_ws[1] = 2000000LL * 3600;
    household->failures = 15;
    household->long_failures = 7;
    household->log_count = 2;
    household->log[0] = (struct power_failure){1721055855, 240};  /* 2024-07-15 17:04:15 S */
    household->log[1] = (struct power_failure){1700000000, 7261}; /* 2023-11-14 23:13:20 W */
    for (int i = 0; i < PHASES; i++) {
        household->phases[i].power_w = power_w[i];
        household->phases[i].voltage_dv = 2301 + i;
        household->phases[i].current_ma = 499 + 5001 * i;
        household->phases[i].sags = i + 1;
        household->phases[i].swells = 10 * i;
    }
    for (int kind = 0; kind < DEVICE_KINDS; kind++) {
        struct device *device = &household->devices[kind];
        int64_t hour = household->unix_s / 3600;
        for (int ago = 0; ago < DEVICE_HOURS; ago++)
            device->hours[(hour - ago) % DEVICE_HOURS] = (struct device_reading){
                (hour - ago) * 3600, 900000000 + 100000000 * kind - 123000 * ago};
        device->latest = (struct device_reading){hour * 3600 + 2400, 900055000 + 100000000 * kind};
    }
}

#endif
