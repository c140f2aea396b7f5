/* SPDX-License-Identifier: MIT */
#include "simulate/household.h"

#include <stddef.h>
#include <string.h>

enum {
    HOUR_S = 3600,
    READING_S = 300,      /* M-Bus devices are read on whole five minutes [P1 5.0.2 6.12] */
    LONG_FAILURE_S = 180, /* [P1 5.0.2 6.12] */
    PANELS_W = 3600,      /* all on the third phase */
    NOMINAL_DV = 2300,
    SAG_DV = 1950,
    SWELL_DV = 2600,
};

/* Chances in a million, each minute and phase. */
enum { SAG_CHANCE = 120, SWELL_CHANCE = 40, FAILURE_CHANCE = 6 };

static int64_t least(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static int sum_w(const struct household *household)
{
    int sum = 0;
    for (size_t i = 0; i < PHASES; i++)
        sum += household->phases[i].power_w;
    return sum;
}

int household_delivery_w(const struct household *household)
{
    int sum = sum_w(household);
    return sum > 0 ? sum : 0;
}

int household_production_w(const struct household *household)
{
    int sum = sum_w(household);
    return sum < 0 ? -sum : 0;
}

const struct device_reading *household_hour(const struct household *household,
                                            enum device_kind kind, int hours_ago)
{
    int64_t hour = household->unix_s / HOUR_S - hours_ago;
    return &household->devices[kind].hours[hour % DEVICE_HOURS];
}

/* Low at night and in the weekend; public holidays are left out. */
static int tariff_at(const struct dsmr_time *time)
{
    int64_t local_day = (time->unix_s + time->offset * 60) / 86400;
    int weekday = (int)((local_day + 4) % 7); /* 0 is Sunday; 1970-01-01 was a Thursday */
    bool weekend = weekday == 0 || weekday == 6;
    return weekend || time->hour < 7 || time->hour >= 23 ? 1 : 2;
}

static void set_clock(struct household *household)
{
    dsmr_time_from_unix(household->unix_s, dsmr_zone_default, &household->time);
    household->tariff = tariff_at(&household->time);
}

/* ---- the registers ---- */

static void count(struct household *household, int64_t seconds)
{
    int register_of_tariff = household->tariff - 1;
    household->delivery_ws[register_of_tariff] += household_delivery_w(household) * seconds;
    household->production_ws[register_of_tariff] += household_production_w(household) * seconds;
    for (size_t i = 0; i < DEVICE_KINDS; i++)
        household->devices[i].millionths += household->devices[i].rate * seconds;
    household->unix_s += seconds;
}

static void read_devices(struct household *household)
{
    int64_t now = household->unix_s;
    for (size_t i = 0; i < DEVICE_KINDS; i++) {
        struct device *device = &household->devices[i];
        device->latest = (struct device_reading){now, device->millionths};
        if (now % HOUR_S == 0)
            device->hours[now / HOUR_S % DEVICE_HOURS] = device->latest;
    }
}

/* ---- what happens to the grid ---- */

static void log_failure(struct household *household, struct power_failure failure)
{
    memmove(&household->log[1], &household->log[0], sizeof household->log - sizeof failure);
    household->log[0] = failure;
    if (household->log_count < FAILURE_LOG)
        household->log_count++;
    household->long_failures++;
}

static void begin_failure(struct household *household, struct phase *phase)
{
    bool is_long = random_chance(&household->random, 300000);
    int64_t duration_s = is_long ? random_between(&household->random, LONG_FAILURE_S + 1, 7200)
                                 : random_between(&household->random, 1, LONG_FAILURE_S);
    phase->failure_start = household->unix_s;
    phase->failure_end = household->unix_s + duration_s;
    household->failures++;
}

static void end_failure(struct household *household, struct phase *phase)
{
    int64_t duration_s = phase->failure_end - phase->failure_start;
    if (duration_s > LONG_FAILURE_S)
        log_failure(household, (struct power_failure){phase->failure_end, duration_s});
    phase->failure_start = 0;
    phase->failure_end = 0;
}

static void set_voltage(struct household *household, struct phase *phase, bool minute)
{
    struct random *random = &household->random;
    int64_t drift = phase->drift_dv + random_between(random, -2, 2);
    phase->drift_dv = drift < -40 ? -40 : drift > 40 ? 40 : (int)drift;
    phase->voltage_dv = NOMINAL_DV + phase->drift_dv - phase->power_w / 150;
    if (minute && random_chance(random, SAG_CHANCE)) {
        phase->voltage_dv = SAG_DV;
        phase->sags++;
    } else if (minute && random_chance(random, SWELL_CHANCE)) {
        phase->voltage_dv = SWELL_DV;
        phase->swells++;
    }
}

static void set_phase(struct household *household, struct phase *phase, int power_w, bool minute)
{
    if (phase->failure_end != 0 && household->unix_s >= phase->failure_end)
        end_failure(household, phase);
    if (minute && phase->failure_end == 0 && random_chance(&household->random, FAILURE_CHANCE))
        begin_failure(household, phase);
    phase->power_w = power_w / household->power_step_w * household->power_step_w;
    set_voltage(household, phase, minute);
    if (phase->failure_end != 0) {
        phase->power_w = 0;
        phase->voltage_dv = 0;
        phase->current_ma = 0;
        return;
    }
    int64_t magnitude = phase->power_w < 0 ? -phase->power_w : phase->power_w;
    phase->current_ma = (int)(magnitude * 10000 / phase->voltage_dv);
}

/* ---- what the house draws ---- */

/* A value that trembles by so many thousandths to either side. */
static int64_t tremble(struct random *random, int64_t value, int permille)
{
    return value * (1000 + random_between(random, -permille, permille)) / 1000;
}

static void set_rates(struct household *household, const struct draw *draw)
{
    struct device *devices = household->devices;
    struct random *random = &household->random;
    int hour = household->time.hour;
    int outside = weather_temperature(&household->weather, household->unix_s);
    bool at_home = (hour >= 6 && hour < 9) || (hour >= 16 && hour < 23);
    int wanted = at_home ? 200 : 165; /* tenths of a degree */
    int cold = outside < wanted ? wanted - outside : 0;
    int warm = outside > 220 ? outside - 220 : 0;

    devices[DEVICE_GAS].rate = tremble(random, cold * 3 / 5, 80) + (draw->hot_water ? 420 : 0);
    devices[DEVICE_WATER].rate = draw->water_ml_s;
    devices[DEVICE_HEATING].rate = tremble(random, (cold + 29) / 30, 100);
    devices[DEVICE_COOLING].rate = tremble(random, (warm + 9) / 10, 100);
    devices[DEVICE_GENERIC].rate = random_chance(random, cold * 1600) ? 1 : 0;
    bool boiler = household->appliances.minute[APPLIANCE_BOILER] > 0;
    devices[DEVICE_SLAVE_ELECTRICITY].rate = boiler ? 500 : 0; /* 1800 W */
}

/* The values that hold from now on. minute: a whole minute passed since the last ones. */
static void set_present(struct household *household, bool minute)
{
    struct draw draw = {0};
    set_clock(household);
    appliances_draw(&household->appliances, household->time.hour, &draw);
    draw.power_w[2] -= PANELS_W * weather_sun(&household->weather, household->unix_s) / 1000;
    for (size_t i = 0; i < PHASES; i++) {
        int64_t power_w = tremble(&household->random, draw.power_w[i], 15);
        set_phase(household, &household->phases[i], (int)power_w, minute);
    }
    set_rates(household, &draw);
}

static void pass_minutes(struct household *household, int64_t minutes)
{
    for (int64_t i = 0; i < least(minutes, 24 * 60); i++) {
        weather_minute(&household->weather, &household->random);
        appliances_minute(&household->appliances, &household->random, household->time.hour);
    }
}

void household_advance(struct household *household, int64_t seconds)
{
    int64_t minutes = (household->unix_s + seconds) / 60 - household->unix_s / 60;
    while (seconds > 0) {
        int64_t piece = least(seconds, READING_S - household->unix_s % READING_S);
        count(household, piece);
        seconds -= piece;
        if (household->unix_s % READING_S == 0) {
            read_devices(household);
            set_clock(household);
        }
    }
    pass_minutes(household, minutes);
    set_present(household, minutes > 0);
}

void household_set_device(struct household *household, enum device_kind kind, int64_t millionths)
{
    struct device *device = &household->devices[kind];
    int64_t higher = millionths - device->latest.millionths;
    device->latest.millionths += higher;
    device->millionths = millionths;
    for (size_t i = 0; i < DEVICE_HOURS; i++)
        device->hours[i].millionths += higher;
}

/* ---- the past ---- */

static void invent_registers(struct household *household)
{
    struct random *random = &household->random;
    household->serial = (uint32_t)random_between(random, 100000000, 999999999);
    for (size_t i = 0; i < 2; i++) {
        household->delivery_ws[i] = random_between(random, 1000000, 9000000) * HOUR_S;
        household->production_ws[i] = random_between(random, 500000, 6000000) * HOUR_S;
    }
    for (size_t i = 0; i < DEVICE_KINDS; i++)
        household->devices[i].millionths = random_between(random, 100000000, 5000000000);
    for (size_t i = 0; i < PHASES; i++) {
        household->phases[i].sags = (int)random_between(random, 0, 30);
        household->phases[i].swells = (int)random_between(random, 0, 5);
    }
}

static void invent_failures(struct household *household, int64_t unix_s)
{
    struct random *random = &household->random;
    int64_t ends[FAILURE_LOG];
    for (size_t i = 0; i < FAILURE_LOG; i++)
        ends[i] = unix_s -=
            random_between(random, 20, 120) * 86400 + random_between(random, 0, 86399);
    for (size_t i = FAILURE_LOG; i > 0; i--) {
        int64_t duration_s = random_between(random, LONG_FAILURE_S + 1, 7200);
        log_failure(household, (struct power_failure){ends[i - 1], duration_s});
    }
    household->failures = household->long_failures + (int)random_between(random, 0, 20);
}

void household_init(struct household *household, uint64_t seed, int64_t unix_s, int power_step_w)
{
    memset(household, 0, sizeof *household);
    household->random.state = seed;
    household->power_step_w = power_step_w;
    household->weather.clouds_permille = 400;
    invent_registers(household);
    invent_failures(household, unix_s);
    /* Two days are lived through first, so that every hour of the rings has its reading. */
    household->unix_s = unix_s - (DEVICE_HOURS + 1) * HOUR_S;
    set_present(household, false);
    while (household->unix_s < unix_s)
        household_advance(household, least(60, unix_s - household->unix_s));
}
