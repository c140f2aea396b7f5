/* SPDX-License-Identifier: MIT */
#include "history/moment.h"

#include "history/calendar.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool is_digits(const char *text)
{
    size_t size = strspn(text, "0123456789");
    return size > 0 && text[size] == '\0';
}

/* Reads so many digits; NULL when they are not there. */
static const char *digits(const char *at, int count, int *value)
{
    *value = 0;
    for (int i = 0; i < count; i++) {
        if (at[i] < '0' || at[i] > '9')
            return NULL;
        *value = *value * 10 + (at[i] - '0');
    }
    return at + count;
}

static const char *date(const char *at, int *year, int *month, int *day)
{
    if (!(at = digits(at, 4, year)) || *at++ != '-' || !(at = digits(at, 2, month)) ||
        *at++ != '-' || !(at = digits(at, 2, day)))
        return NULL;
    static const int days[] = {31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    if (*year < 1970 || *year > 2199 || *month < 1 || *month > 12 || *day < 1 ||
        *day > days[*month - 1])
        return NULL;
    bool leap = *year % 4 == 0 && (*year % 100 != 0 || *year % 400 == 0);
    return *month == 2 && *day == 29 && !leap ? NULL : at;
}

/* Hours, minutes and perhaps seconds, with or without a fraction, which is dropped. */
static const char *time_of_day(const char *at, int *seconds)
{
    int hour;
    int minute;
    int second = 0;
    if (!(at = digits(at, 2, &hour)) || *at++ != ':' || !(at = digits(at, 2, &minute)))
        return NULL;
    if (*at == ':' && !(at = digits(at + 1, 2, &second)))
        return NULL;
    if (*at == '.')
        at += 1 + strspn(at + 1, "0123456789");
    if (hour > 23 || minute > 59 || second > 59)
        return NULL;
    *seconds = hour * 3600 + minute * 60 + second;
    return at;
}

/* What stands behind the time: nothing, Z or +hh:mm. */
static bool offset(const char *at, bool *given, int *seconds)
{
    int hour = 0;
    int minute = 0;
    *given = *at != '\0';
    *seconds = 0;
    if (!*given || strcmp(at, "Z") == 0)
        return true;
    int sign = *at == '-' ? -1 : 1;
    if ((*at != '+' && *at != '-') || !(at = digits(at + 1, 2, &hour)))
        return false;
    if (*at == ':')
        at++;
    if (*at != '\0' && (!(at = digits(at, 2, &minute)) || *at != '\0'))
        return false;
    *seconds = sign * (hour * 3600 + minute * 60);
    return hour < 15 && minute < 60;
}

bool moment_parse(const char *text, struct dsmr_zone zone, int64_t *at)
{
    int year;
    int month;
    int day;
    int seconds = 0;
    int east = 0;
    bool given = false;
    if (is_digits(text) && strlen(text) <= 11) {
        *at = strtoll(text, NULL, 10);
        return true;
    }
    const char *rest = date(text, &year, &month, &day);
    if (!rest)
        return false;
    if (*rest == 'T' || *rest == ' ') {
        rest = time_of_day(rest + 1, &seconds);
        if (!rest || !offset(rest, &given, &east))
            return false;
    } else if (*rest != '\0') {
        return false;
    }
    struct dsmr_zone greenwich = {0, false};
    if (given) {
        *at = calendar_midnight(greenwich, year, month, day) + seconds - east;
        return true;
    }
    struct dsmr_time local;
    int64_t guess = calendar_midnight(greenwich, year, month, day) + seconds;
    dsmr_time_from_unix(guess - (zone.offset + (zone.summer ? 60 : 0)) * 60, zone, &local);
    *at = guess - local.offset * 60;
    return true;
}

bool step_parse(const char *text, struct history_step *step)
{
    static const struct {
        const char *word;
        struct history_step step;
    } words[] = {
        {"day", {HISTORY_DAY, 1}},
        {"month", {HISTORY_MONTH, 1}},
        {"year", {HISTORY_YEAR, 1}},
    };
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (strcmp(text, words[i].word) == 0) {
            *step = words[i].step;
            return true;
        }
    }
    size_t size = strspn(text, "0123456789");
    if (size == 0 || size > 5)
        return false;
    int64_t count = strtoll(text, NULL, 10);
    const char *unit = text + size;
    int64_t seconds = strcmp(unit, "s") == 0     ? 1
                      : strcmp(unit, "min") == 0 ? 60
                      : strcmp(unit, "h") == 0   ? STEP_HOUR
                                                 : 0;
    *step = (struct history_step){HISTORY_SECOND, count * seconds};
    return step->count >= 1 && step->count <= STEP_DAY && STEP_DAY % step->count == 0;
}
