/* SPDX-License-Identifier: MIT */
/* Each appliance goes through its stages once it was started, which happens by chance and habit. */
#include "simulate/appliances.h"

#include <stddef.h>

enum { STAGES = 4, HABITS = 4, HOURS = 24 };

struct stage {
    uint8_t minutes; /* 0 behind the last */
    uint16_t power_w;
    uint16_t water_ml_s;
};

/* How often it is started, in thousandths an hour, between two hours of the local clock. */
struct habit {
    uint8_t from, to;
    uint16_t starts;
};

struct appliance {
    uint8_t phase;
    bool hot_water;
    struct stage stages[STAGES];
    struct habit habits[HABITS];
};

static const struct appliance household_appliances[APPLIANCES] =
    {
        [APPLIANCE_KETTLE] =
            {
                .phase = 0,
                .stages = {{3, 2000, 0}},
                .habits = {{6, 9, 700}, {9, 16, 250}, {16, 19, 200}, {19, 22, 350}},
            },
        [APPLIANCE_REFRIGERATOR] =
            {
                .phase = 0,
                .stages = {{14, 85, 0}, {18, 0, 0}},
                .habits = {{0, 24, 9000}},
            },
        [APPLIANCE_OVEN] =
            {
                .phase = 1,
                .stages = {{11, 2400, 0}, {9, 300, 0}, {5, 2400, 0}, {15, 700, 0}},
                .habits = {{11, 13, 80}, {16, 19, 300}},
            },
        [APPLIANCE_WASHING_MACHINE] =
            {
                .phase = 1,
                .stages = {{3, 90, 80}, {19, 2100, 0}, {62, 160, 20}, {9, 480, 0}},
                .habits = {{8, 15, 80}, {19, 21, 50}},
            },
        [APPLIANCE_BOILER] =
            {
                .phase = 1,
                .stages = {{45, 1800, 0}},
                .habits = {{1, 5, 900}},
            },
        [APPLIANCE_SHOWER] =
            {
                .phase = 0,
                .hot_water = true,
                .stages = {{7, 0, 130}},
                .habits = {{6, 8, 900}, {19, 23, 180}},
            },
        [APPLIANCE_TAP] =
            {
                .phase = 0,
                .stages = {{1, 0, 100}},
                .habits = {{0, 6, 150}, {6, 9, 1800}, {9, 17, 700}, {17, 24, 1300}},
            },
};

static const uint16_t lights_and_standby_w[HOURS] = {
    95,  85,  82,  82,  82,  85,  140, 190, 150, 120, 120, 130,
    140, 125, 120, 130, 160, 220, 290, 340, 360, 340, 260, 150,
};

static const struct stage *present_stage(const struct appliance *appliance, int minute)
{
    for (size_t i = 0; minute > 0 && i < STAGES; i++) {
        if (minute <= appliance->stages[i].minutes)
            return &appliance->stages[i];
        minute -= appliance->stages[i].minutes;
    }
    return NULL;
}

static int starts_an_hour(const struct appliance *appliance, int hour)
{
    for (size_t i = 0; i < HABITS; i++)
        if (hour >= appliance->habits[i].from && hour < appliance->habits[i].to)
            return appliance->habits[i].starts;
    return 0;
}

void appliances_minute(struct appliances *appliances, struct random *random, int hour)
{
    for (size_t i = 0; i < APPLIANCES; i++) {
        const struct appliance *appliance = &household_appliances[i];
        uint16_t *minute = &appliances->minute[i];
        bool started = random_between(random, 0, 59999) < starts_an_hour(appliance, hour);
        if (*minute > 0 || started)
            ++*minute;
        if (!present_stage(appliance, *minute))
            *minute = 0;
    }
}

void appliances_draw(const struct appliances *appliances, int hour, struct draw *draw)
{
    draw->power_w[0] += lights_and_standby_w[hour];
    for (size_t i = 0; i < APPLIANCES; i++) {
        const struct appliance *appliance = &household_appliances[i];
        const struct stage *stage = present_stage(appliance, appliances->minute[i]);
        if (!stage)
            continue;
        draw->power_w[appliance->phase] += stage->power_w;
        draw->water_ml_s += stage->water_ml_s;
        draw->hot_water |= appliance->hot_water;
    }
}
