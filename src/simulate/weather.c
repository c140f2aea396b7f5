/* SPDX-License-Identifier: MIT */
/*
 * Two waves, of the year and of the day, and a random walk on top of each. All in integers, so that
 * a seed gives the same weather everywhere.
 */
#include "simulate/weather.h"

enum { DAY_S = 86400, YEAR_S = 31556952 };

static const int64_t winter_solstice = 977405820; /* 2000-12-21T13:37Z */
static const int64_t solar_noon_s = 41940;        /* of the UTC day, at 5 degrees east */

/* sin(pi * at / length) in thousandths, by Bhaskara's formula. */
static int64_t half_sine(int64_t at, int64_t length)
{
    int64_t product = at * (length - at);
    return 16000 * product / (5 * length * length - 4 * product);
}

/* -cos(2 * pi * at / period) in thousandths: least at 0, greatest half a period on. */
static int64_t wave(int64_t at, int64_t period)
{
    int64_t half = period / 2;
    int64_t place = (at - period / 4) % period;
    if (place < 0)
        place += period;
    return place < half ? half_sine(place, half) : -half_sine(place - half, half);
}

static int64_t season(int64_t unix_s)
{
    return wave(unix_s - winter_solstice, YEAR_S);
}

static int clamp(int64_t value, int least, int greatest)
{
    return value < least ? least : value > greatest ? greatest : (int)value;
}

void weather_minute(struct weather *weather, struct random *random)
{
    weather->clouds_permille =
        clamp(weather->clouds_permille + random_between(random, -60, 60), 0, 1000);
    weather->warmer_decidegree =
        clamp(weather->warmer_decidegree + random_between(random, -1, 1), -60, 60);
}

int weather_temperature(const struct weather *weather, int64_t unix_s)
{
    static const int64_t coldest_day = 30 * DAY_S; /* behind the shortest */
    static const int64_t coldest_s = 4 * 3600;     /* of the UTC day */
    int64_t of_year = wave(unix_s - winter_solstice - coldest_day, YEAR_S);
    int64_t of_day = wave(unix_s % DAY_S - coldest_s, DAY_S);
    return (int)(105 + of_year * 75 / 1000 + of_day * 35 / 1000) + weather->warmer_decidegree;
}

int weather_sun(const struct weather *weather, int64_t unix_s)
{
    int64_t of_year = season(unix_s);
    int64_t day_length = 12 * 3600 + of_year * 16200 / 1000;
    int64_t since_sunrise = unix_s % DAY_S - (solar_noon_s - day_length / 2);
    if (since_sunrise <= 0 || since_sunrise >= day_length)
        return 0;
    int64_t clear = half_sine(since_sunrise, day_length) * (600 + of_year * 350 / 1000) / 1000;
    return (int)(clear * (1000 - weather->clouds_permille * 8 / 10) / 1000);
}
