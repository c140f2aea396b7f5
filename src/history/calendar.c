/* SPDX-License-Identifier: MIT */
#include "history/calendar.h"

/* Days since 1970 of a date of the proleptic Gregorian calendar. */
static int64_t days_of(int64_t year, int64_t month, int64_t day)
{
    year += (month - 1) / 12;
    month = (month - 1) % 12 + 1;
    if (month <= 2) {
        year--;
        month += 12;
    }
    return 365 * year + year / 4 - year / 100 + year / 400 + (153 * (month - 3) + 2) / 5 + day - 1 -
           719468;
}

/* The moment at which the clock shows midnight of that day: no zone changes its clock at midnight. */
static int64_t midnight_of(struct dsmr_zone zone, int64_t days)
{
    int64_t guess = days * 86400 - zone.offset * 60;
    struct dsmr_time time;
    dsmr_time_from_unix(guess, zone, &time);
    return days * 86400 - time.offset * 60;
}

int64_t calendar_midnight(struct dsmr_zone zone, int year, int month, int day)
{
    return midnight_of(zone, days_of(year, month, day));
}

static int64_t floor_to(int64_t value, int64_t unit)
{
    return value - (value % unit + unit) % unit;
}

int64_t calendar_floor(struct dsmr_zone zone, struct history_step step, int64_t at)
{
    struct dsmr_time time;
    if (step.unit == HISTORY_SECOND) {
        int64_t shift = zone.offset * 60;
        return floor_to(at + shift, step.count) - shift;
    }
    dsmr_time_from_unix(at, zone, &time);
    switch (step.unit) {
    case HISTORY_MONTH:
        return midnight_of(zone, days_of(time.year, time.month, 1));
    case HISTORY_YEAR:
        return midnight_of(zone, days_of(time.year, 1, 1));
    case HISTORY_SECOND:
    case HISTORY_DAY:
        break;
    }
    return midnight_of(zone, days_of(time.year, time.month, time.day));
}

int64_t calendar_next(struct dsmr_zone zone, struct history_step step, int64_t start)
{
    struct dsmr_time time;
    if (step.unit == HISTORY_SECOND)
        return start + step.count;
    dsmr_time_from_unix(start, zone, &time);
    switch (step.unit) {
    case HISTORY_MONTH:
        return midnight_of(zone, days_of(time.year, time.month + step.count, 1));
    case HISTORY_YEAR:
        return midnight_of(zone, days_of(time.year + step.count, 1, 1));
    case HISTORY_SECOND:
    case HISTORY_DAY:
        break;
    }
    return midnight_of(zone, days_of(time.year, time.month, time.day) + step.count);
}

static struct history_step step_of(int64_t length)
{
    if (length == STEP_DAY)
        return (struct history_step){HISTORY_DAY, 1};
    return (struct history_step){HISTORY_SECOND, length};
}

int64_t calendar_row_start(struct dsmr_zone zone, int64_t length, int64_t at)
{
    return calendar_floor(zone, step_of(length), at);
}

int64_t calendar_row_end(struct dsmr_zone zone, int64_t length, int64_t start)
{
    return calendar_next(zone, step_of(length), start);
}
