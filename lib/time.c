/* SPDX-License-Identifier: MIT */
/*
 * Moments in time as meters print them. The season letter says how far the meter's clock is from
 * Greenwich; the calendar is asked only where there is none. The host's time zone plays no part.
 */
#include "internal.h"

#include "characters.h"

const struct dsmr_zone dsmr_zone_default = {60, true};

/* ------------------------------------------------------------------------------------------------
 * The calendar
 */

/* Days from 1970-01-01 to a date from 1970 to 2099, in which every fourth year has 29 February; years are
 * counted from March. Without a division, which chips have not. */
static int32_t days_since_1970(int year, int month, int day)
{
    int years = month > 2 ? year : year - 1;
    int months = month > 2 ? month - 3 : month + 9;
    int day_of_year = (979 * months + 15) >> 5; /* of the first of that month: 0, 31, 61, 92 … */
    return years * 365 + (years >> 2) + day_of_year + day - 719484;
}

static void date_of(int32_t days, struct dsmr_time *time)
{
    int32_t shifted = days + 719468;
    int32_t era = (shifted >= 0 ? shifted : shifted - 146096) / 146097;
    int32_t day_of_era = shifted - era * 146097;
    int32_t year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    int32_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int32_t month = (5 * day_of_year + 2) / 153;
    time->day = (uint8_t)(day_of_year - (153 * month + 2) / 5 + 1);
    time->month = (uint8_t)(month < 10 ? month + 3 : month - 9);
    time->year = (uint16_t)(year_of_era + era * 400 + (time->month <= 2 ? 1 : 0));
}

static int days_in_month(int year, int month)
{
    static const uint8_t days[12] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return days[month - 1] + (month == 2 && leap ? 1 : 0);
}

/* Whether the clocks of the EU are ahead at so many seconds (UTC) from the beginning of a day: they change
 * at 01:00 on the last Sunday of March and of October. days is that day's, from 1970-01-01. */
static bool is_summer(int32_t days, int month, int day, int32_t second)
{
    if (month != 3 && month != 10)
        return month > 3 && month < 10;
    int32_t weekday = (days - day + 31 + 4) % 7; /* of the 31st; 1970-01-01 was a Thursday */
    int32_t sunday = 31 - weekday;
    return ((day - sunday) * 86400 + second >= 3600) == (month == 3);
}

/* Fills in the offset and the seconds since 1970 of a time whose fields and season are set. In the
 * hour that October has twice, a time without a letter is taken as the first, summer one. */
static void place(struct dsmr_time *time, struct dsmr_zone zone)
{
    int32_t days = days_since_1970(time->year, time->month, time->day);
    int32_t second = (time->hour * 60 + time->minute - zone.offset) * 60 + time->second;
    bool summer = time->season == 'S';
    if (time->season == 0 && zone.summer)
        summer = is_summer(days, time->month, time->day, second - 3600);
    second -= summer ? 3600 : 0;
    time->offset = (int16_t)(zone.offset + (summer ? 60 : 0));
    time->unix_s = (int64_t)((uint32_t)days * 86400U) + second;
}

/* The day that a moment is in, and *second the seconds of it. A day is 675 times 128 seconds, which spares
 * a division of 64 bits. */
static int32_t day_of(int64_t moment, int32_t *second)
{
    int32_t parts = (int32_t)(moment >> 7);
    int32_t days = parts / 675 - (parts % 675 < 0 ? 1 : 0);
    *second = (parts - days * 675) * 128 + (int32_t)(moment & 127);
    return days;
}

void dsmr_time_from_unix(int64_t unix_s, struct dsmr_zone zone, struct dsmr_time *time)
{
    const int64_t first = INT64_C(-62000000000), last = INT64_C(253402214400);
    int64_t moment = unix_s < first ? first : unix_s > last ? last : unix_s;
    int32_t second;
    int32_t days = day_of(moment + zone.offset * 60, &second);
    date_of(days, time);
    bool summer = zone.summer && is_summer(days, time->month, time->day, second - zone.offset * 60);
    if (summer && (second += 3600) >= 86400) {
        second -= 86400;
        date_of(days + 1, time);
    }
    time->hour = (uint8_t)(second / 3600);
    time->minute = (uint8_t)(second / 60 % 60);
    time->second = (uint8_t)(second % 60);
    time->season = summer ? 'S' : 'W';
    time->offset = (int16_t)(zone.offset + (summer ? 60 : 0));
    time->unix_s = unix_s;
}

/* ------------------------------------------------------------------------------------------------
 * The forms
 */

/* The number that count digits make, or -1. */
static int digits(const char *at, int count)
{
    int value = 0;
    for (int i = 0; i < count; i++) {
        if (!is_digit(at[i]))
            return -1;
        value = value * 10 + (at[i] - '0');
    }
    return value;
}

/* A form of time. 'y' is a year of two digits, 'Y' one of four; 'M' is the month, 'm' the minute. */
struct form {
    const char *pattern;
    size_t size;
};

static const struct form forms[] = {
    {"yyMMddhhmmss", 12},
    {"yy-MM-dd hh:mm:ss", 17},
    {"YYYYMMdd hh:mm:ss", 17},
};

/* The first two digits of the field that the letter stands for. */
static int field(const char *at, const struct form *form, char letter)
{
    size_t i = 0;
    while (i < form->size && form->pattern[i] != letter)
        i++;
    return i < form->size ? digits(at + i, 2) : -1;
}

static bool separators_fit(const char *at, const struct form *form)
{
    for (size_t i = 0; i < form->size; i++) {
        char c = form->pattern[i];
        bool separator = c == '-' || c == ' ' || c == ':';
        if (separator ? at[i] != c : !is_digit(at[i]))
            return false;
    }
    return true;
}

static bool read_fields(const char *at, const struct form *form, struct dsmr_time *time)
{
    bool long_year = form->pattern[0] == 'Y';
    if (!separators_fit(at, form) || (long_year && digits(at, 2) != 20))
        return false;
    int year = long_year ? digits(at + 2, 2) : field(at, form, 'y');
    time->year = (uint16_t)(2000 + year);
    time->month = (uint8_t)field(at, form, 'M');
    time->day = (uint8_t)field(at, form, 'd');
    time->hour = (uint8_t)field(at, form, 'h');
    time->minute = (uint8_t)field(at, form, 'm');
    time->second = (uint8_t)field(at, form, 's');
    return true;
}

static bool is_date(const struct dsmr_time *time)
{
    return time->month >= 1 && time->month <= 12 && time->day >= 1 &&
           time->day <= days_in_month(time->year, time->month) && time->hour <= 23 &&
           time->minute <= 59 && time->second <= 59;
}

/* Clocks that were never set show 1970 (as year 70) or start on the first of January 2000. */
static bool never_set(struct dsmr_time *time)
{
    bool first_day = time->month == 1 && time->day == 1;
    if (first_day && time->year == 2070)
        time->year = 1970;
    return first_day && time->year <= 2000;
}

enum { COSEM_DIGITS = 24 };

bool time_is_octets(struct dsmr_text text)
{
    return text.size == COSEM_DIGITS;
}

static int hex_pair(const char *at)
{
    return hex_digit(at[0]) * 16 + hex_digit(at[1]);
}

enum { STATUS_SUMMER = 0x80, STATUS_NOT_SPECIFIED = 0xFF };

/* Year (2 bytes), month, day, weekday, hour, minute, second, hundredths, deviation (2), status. The
 * status tells summer time; the deviation's sign differs between makers and is not used.
 * [IEC 62056-6-2, date-time] */
static bool read_cosem_clock(const char *at, struct dsmr_time *time)
{
    for (int i = 0; i < COSEM_DIGITS; i++)
        if (hex_digit(at[i]) < 0)
            return false;
    int year = hex_pair(at) * 256 + hex_pair(at + 2);
    if (year < 2000 || year > 2099)
        return false;
    time->year = (uint16_t)year;
    time->month = (uint8_t)hex_pair(at + 4);
    time->day = (uint8_t)hex_pair(at + 6);
    time->hour = (uint8_t)hex_pair(at + 10);
    time->minute = (uint8_t)hex_pair(at + 12);
    time->second = (uint8_t)hex_pair(at + 14);
    int status = hex_pair(at + 22);
    if (status != STATUS_NOT_SPECIFIED)
        time->season = (status & STATUS_SUMMER) != 0 ? 'S' : 'W';
    return true;
}

static bool read_season(char c, struct dsmr_time *time)
{
    if (c == 'S' || c == 's')
        time->season = 'S';
    else if (c == 'W' || c == 'w')
        time->season = 'W';
    return time->season != 0 || c == 'T';
}

static bool read_form(struct dsmr_text text, struct dsmr_time *time)
{
    if (time_is_octets(text) && read_cosem_clock(text.at, time))
        return true;
    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
        bool lettered = text.size == forms[i].size + 1;
        if ((lettered ? read_season(text.at[text.size - 1], time) : text.size == forms[i].size) &&
            read_fields(text.at, &forms[i], time))
            return true;
    }
    return false;
}

enum dsmr_status time_read(struct dsmr_text text, struct dsmr_zone zone, struct dsmr_time *time)
{
    *time = (struct dsmr_time){0};
    if (!read_form(text, time) || !is_date(time)) {
        *time = (struct dsmr_time){0};
        return DSMR_ERR_TIME;
    }
    bool unset = never_set(time);
    place(time, zone);
    return unset ? DSMR_ERR_RANGE : DSMR_OK;
}

enum dsmr_status dsmr_time_parse(struct dsmr_text text, struct dsmr_zone zone,
                                 struct dsmr_time *time)
{
    struct dsmr_time read;
    enum dsmr_status status = time_read(text, zone, &read);
    if (status != DSMR_ERR_TIME)
        *time = read;
    return status;
}

static char *two_digits(char *out, unsigned value)
{
    out[0] = (char)('0' + value / 10 % 10);
    out[1] = (char)('0' + value % 10);
    return out + 2;
}

size_t dsmr_time_print(const struct dsmr_time *time, char out[DSMR_TIME_SIZE])
{
    unsigned offset = (unsigned)(time->offset < 0 ? -time->offset : time->offset);
    char *at = two_digits(two_digits(out, time->year / 100U), time->year % 100U);
    *at++ = '-';
    at = two_digits(at, time->month);
    *at++ = '-';
    at = two_digits(at, time->day);
    *at++ = 'T';
    at = two_digits(at, time->hour);
    *at++ = ':';
    at = two_digits(at, time->minute);
    *at++ = ':';
    at = two_digits(at, time->second);
    *at++ = time->offset < 0 ? '-' : '+';
    at = two_digits(at, offset / 60);
    *at++ = ':';
    at = two_digits(at, offset % 60);
    *at = '\0';
    return (size_t)(at - out);
}
