/* SPDX-License-Identifier: MIT */
/* Moments in time: every form that meters print, both clock changes, and dates that are none. */
#include "dsmr/dsmr.h"
#include "tap.h"

static const struct dsmr_zone amsterdam = {60, true};
static const struct dsmr_zone helsinki = {120, true};
static const struct dsmr_zone dublin = {0, true};
static const struct dsmr_zone utc = {0, false};

/* Parses and prints; "not a date" where there is none. */
static const char *in_zone(const char *text, struct dsmr_zone zone)
{
    static char printed[DSMR_TIME_SIZE];
    struct dsmr_time time;
    enum dsmr_status status = dsmr_time_parse((struct dsmr_text){text, strlen(text)}, zone, &time);
    if (status != DSMR_OK)
        return dsmr_strerror(status);
    SAME(dsmr_time_print(&time, printed), 25);
    return printed;
}

static int64_t seconds(const char *text, struct dsmr_zone zone)
{
    struct dsmr_time time = {0};
    SAME(dsmr_time_parse((struct dsmr_text){text, strlen(text)}, zone, &time), DSMR_OK);
    return time.unix_s;
}

#define READS(text, want)                                                                          \
    SAME_TEXT(in_zone(text, amsterdam), strlen(in_zone(text, amsterdam)), want)
#define READS_IN(zone, text, want) SAME_TEXT(in_zone(text, zone), strlen(in_zone(text, zone)), want)
#define NO_DATE "not a date"
#define NEVER_SET "out of range"

static void a_time_with_its_letter(void)
{
    struct dsmr_time time;
    SAME(dsmr_time_parse((struct dsmr_text){"161113205757W", 13}, amsterdam, &time), DSMR_OK);
    SAME(time.unix_s, 1479067077);
    SAME(time.offset, 60);
    SAME(time.year, 2016);
    CHECK(time.month == 11 && time.day == 13);
    CHECK(time.hour == 20 && time.minute == 57 && time.second == 57);
    SAME(time.season, 'W');
    READS("161113205757W", "2016-11-13T20:57:57+01:00");
    READS("200426223001S", "2020-04-26T22:30:01+02:00");
}

static void letters_of_either_case(void)
{
    READS("150701190000s", "2015-07-01T19:00:00+02:00");
    READS("150101190000w", "2015-01-01T19:00:00+01:00");
}

static void a_time_without_letter_follows_the_calendar(void)
{
    READS("211122210000", "2021-11-22T21:00:00+01:00");
    READS("210722210000", "2021-07-22T21:00:00+02:00");
    READS("210722210000T", "2021-07-22T21:00:00+02:00");
}

static void the_ace4000_form(void)
{
    READS("19-01-01 13:00:00", "2019-01-01T13:00:00+01:00");
    READS("19-07-31 23:59:59", "2019-07-31T23:59:59+02:00");
    READS("19-07-31 23:59:59S", "2019-07-31T23:59:59+02:00");
}

static void the_nes_form(void)
{
    READS("20240111 09:35:00", "2024-01-11T09:35:00+01:00");
    READS("20240711 09:35:00", "2024-07-11T09:35:00+02:00");
    READS("19990711 09:35:00", NO_DATE);
    READS("21000711 09:35:00", NO_DATE);
}

static void the_metcom_form(void)
{
    READS("07EA080B0208151900007880", "2026-08-11T08:21:25+02:00");
    READS("07ea080b0208151900007880", "2026-08-11T08:21:25+02:00");
    READS("07EA010B0208151900003C00", "2026-01-11T08:21:25+01:00");
}

/* A clock status or a deviation that is not specified tells nothing of the season. [IEC 62056-6-2] */
static void the_metcom_form_without_a_season(void)
{
    READS("07EA080B0208151900FFFFFF", "2026-08-11T08:21:25+02:00");
    READS("07EA010B02081519008000FF", "2026-01-11T08:21:25+01:00");
}

static void a_metcom_time_that_is_none(void)
{
    READS("FFFFFFFFFFFFFFFFFF8000FF", NO_DATE);
    READS("07EAFF0B0208151900007880", NO_DATE);
    READS("07EA0800020815190000788G", NO_DATE);
    READS("0000080B0208151900007880", NO_DATE);
    READS("083408110208151900007880", NO_DATE);
    READS("07EA080B02FF151900007880", NO_DATE);
}

static void the_letter_decides_against_the_calendar(void)
{
    READS("240906182324W", "2024-09-06T18:23:24+01:00");
    READS("240106182324S", "2024-01-06T18:23:24+02:00");
    SAME(seconds("240906182324W", amsterdam) - seconds("240906182324S", amsterdam), 3600);
}

/* 02:00 to 03:00 comes twice on the last Sunday of October; only the letter tells them apart. */
static void the_doubled_hour_of_october(void)
{
    SAME(seconds("241027015959S", amsterdam), 1729987199);
    SAME(seconds("241027020000S", amsterdam), 1729987200);
    SAME(seconds("241027025959S", amsterdam), 1729990799);
    SAME(seconds("241027020000W", amsterdam), 1729990800);
    SAME(seconds("241027030000W", amsterdam), 1729994400);
}

static void the_doubled_hour_without_letter_is_the_first(void)
{
    READS("241027015959", "2024-10-27T01:59:59+02:00");
    READS("241027023000", "2024-10-27T02:30:00+02:00");
    READS("241027030000", "2024-10-27T03:00:00+01:00");
}

static void the_missing_hour_of_march(void)
{
    READS("240331015959", "2024-03-31T01:59:59+01:00");
    READS("240331030000", "2024-03-31T03:00:00+02:00");
    SAME(seconds("240331030000", amsterdam) - seconds("240331015959", amsterdam), 1);
    SAME(seconds("240331030000S", amsterdam) - seconds("240331015959W", amsterdam), 1);
    READS("240331023000", "2024-03-31T02:30:00+01:00");
}

/* The last Sunday is found for every day that it can be. */
static void the_clock_changes_on_the_last_sunday(void)
{
    static const struct {
        const char *before;
        const char *after;
    } changes[] = {
        {"190331015959", "190331030000"}, {"200329015959", "200329030000"},
        {"210328015959", "210328030000"}, {"220327015959", "220327030000"},
        {"230326015959", "230326030000"}, {"180325015959", "180325030000"},
        {"350325015959", "350325030000"}, {"310330015959", "310330030000"},
    };
    for (size_t i = 0; i < sizeof changes / sizeof changes[0]; i++)
        SAME(seconds(changes[i].after, amsterdam) - seconds(changes[i].before, amsterdam), 1);
}

static void each_zone_changes_at_the_same_moment(void)
{
    READS_IN(helsinki, "240331025959", "2024-03-31T02:59:59+02:00");
    READS_IN(helsinki, "240331040000", "2024-03-31T04:00:00+03:00");
    READS_IN(dublin, "240331005959", "2024-03-31T00:59:59+00:00");
    READS_IN(dublin, "240331020000", "2024-03-31T02:00:00+01:00");
    READS_IN(utc, "240701120000", "2024-07-01T12:00:00+00:00");
    READS_IN(helsinki, "240701120000S", "2024-07-01T12:00:00+03:00");
    READS_IN(dublin, "240701120000S", "2024-07-01T12:00:00+01:00");
}

static void leap_years(void)
{
    READS("240229120000W", "2024-02-29T12:00:00+01:00");
    READS("000229120000W", "2000-02-29T12:00:00+01:00");
    READS("230229120000W", NO_DATE);
    SAME(seconds("240301000000W", amsterdam) - seconds("240229000000W", amsterdam), 86400);
    SAME(seconds("230301000000W", amsterdam) - seconds("230228000000W", amsterdam), 86400);
}

static void the_last_day_of_every_month(void)
{
    static const int days[12] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    for (int month = 1; month <= 12; month++) {
        char last[48];
        char beyond[48];
        snprintf(last, sizeof last, "23%02d%02d120000W", month, days[month - 1]);
        snprintf(beyond, sizeof beyond, "23%02d%02d120000W", month, days[month - 1] + 1);
        CHECK(strcmp(in_zone(last, amsterdam), NO_DATE) != 0);
        SAME_TEXT(in_zone(beyond, amsterdam), strlen(in_zone(beyond, amsterdam)), NO_DATE);
    }
}

static void fillers_are_no_dates(void)
{
    READS("000000000000W", NO_DATE);
    READS("000101000000W", NEVER_SET);
    READS("000101000001W", NEVER_SET);
    READS("700101010000W", NEVER_SET);
    READS("700101000000", NEVER_SET);
    READS("632525252525S", NO_DATE);
    READS("632525252525W", NO_DATE);
    READS("35255255255255255S", NO_DATE);
    READS("250000000000W", NO_DATE);
}

static void fields_out_of_range_are_no_dates(void)
{
    READS("241301000000W", NO_DATE);
    READS("240001000000W", NO_DATE);
    READS("240100000000W", NO_DATE);
    READS("240132000000W", NO_DATE);
    READS("240101240000W", NO_DATE);
    READS("240101006000W", NO_DATE);
    READS("240101000060W", NO_DATE);
}

static void other_forms_are_no_dates(void)
{
    READS("", NO_DATE);
    READS("W", NO_DATE);
    READS("16111320575", NO_DATE);
    READS("16111320575W", NO_DATE);
    READS("161113205757X", NO_DATE);
    READS("161113205757 ", NO_DATE);
    READS("161113205757WW", NO_DATE);
    READS("16111320575 W", NO_DATE);
    READS("-61113205757W", NO_DATE);
    READS("19-01-01T13:00:00", NO_DATE);
    READS("19/01/01 13:00:00", NO_DATE);
    READS("20240111-09:35:00", NO_DATE);
    READS("2024-01-11T09:35:00", NO_DATE);
    READS("1234ABC", NO_DATE);
}

static void a_failure_leaves_the_time_alone(void)
{
    struct dsmr_time time = {.unix_s = 42, .season = 'S'};
    SAME(dsmr_time_parse((struct dsmr_text){"632525252525W", 13}, amsterdam, &time), DSMR_ERR_TIME);
    SAME(time.unix_s, 42);
    SAME(time.season, 'S');
}

/* Round trip over a century, at steps that meet every hour of the day. */
static void a_moment_survives_being_shown(void)
{
    static const struct dsmr_zone zones[] = {{60, true}, {120, true}, {0, true}, {0, false}};
    for (size_t z = 0; z < sizeof zones / sizeof zones[0]; z++) {
        for (int64_t unix_s = 946857600; unix_s < 4102358400; unix_s += 7 * 86400 + 3601) {
            struct dsmr_time shown;
            char text[48];
            dsmr_time_from_unix(unix_s, zones[z], &shown);
            snprintf(text, sizeof text, "%02d%02d%02d%02d%02d%02d%c", shown.year % 100, shown.month,
                     shown.day, shown.hour, shown.minute, shown.second, shown.season);
            if (strncmp(text, "700101", 6) != 0)
                SAME(seconds(text, zones[z]), unix_s);
        }
    }
}

static void a_moment_is_shown_around_both_changes(void)
{
    static const struct {
        int64_t unix_s;
        const char *want;
    } moments[] = {
        {0, "1970-01-01T01:00:00+01:00"},          {951782400, "2000-02-29T01:00:00+01:00"},
        {1711846799, "2024-03-31T01:59:59+01:00"}, {1711846800, "2024-03-31T03:00:00+02:00"},
        {1729990799, "2024-10-27T02:59:59+02:00"}, {1729990800, "2024-10-27T02:00:00+01:00"},
        {1735685999, "2024-12-31T23:59:59+01:00"}, {1735686000, "2025-01-01T00:00:00+01:00"},
        {4102444800, "2100-01-01T01:00:00+01:00"}, {253402214400, "9999-12-31T01:00:00+01:00"},
        {INT64_MAX, "9999-12-31T01:00:00+01:00"},
    };
    for (size_t i = 0; i < sizeof moments / sizeof moments[0]; i++) {
        struct dsmr_time time;
        char printed[DSMR_TIME_SIZE];
        dsmr_time_from_unix(moments[i].unix_s, amsterdam, &time);
        size_t size = dsmr_time_print(&time, printed);
        SAME_TEXT(printed, size, moments[i].want);
    }
}

static void offsets_west_of_greenwich_print(void)
{
    struct dsmr_time time = {.year = 2024, .month = 1, .day = 2, .offset = -210};
    char printed[DSMR_TIME_SIZE];
    size_t size = dsmr_time_print(&time, printed);
    SAME_TEXT(printed, size, "2024-01-02T00:00:00-03:30");
}

static void zones_have_names(void)
{
    struct dsmr_zone zone = {1, false};
    CHECK(dsmr_zone_parse((struct dsmr_text){"Europe/Amsterdam", 16}, &zone));
    CHECK(zone.offset == 60 && zone.summer);
    CHECK(dsmr_zone_parse((struct dsmr_text){"Europe/Vilnius", 14}, &zone));
    CHECK(zone.offset == 120 && zone.summer);
    CHECK(dsmr_zone_parse((struct dsmr_text){"UTC", 3}, &zone));
    CHECK(zone.offset == 0 && !zone.summer);
    CHECK(!dsmr_zone_parse((struct dsmr_text){"Mars/Olympus", 12}, &zone));
    CHECK(!dsmr_zone_parse((struct dsmr_text){"Europe/Amsterda", 15}, &zone));
    CHECK(!dsmr_zone_parse((struct dsmr_text){"", 0}, &zone));
}

static void some_identifications_tell_the_zone(void)
{
    struct dsmr_zone zone;
    CHECK(dsmr_zone_of((struct dsmr_text){"ESO5\\2MADE-UP", 13}, &zone));
    SAME(zone.offset, 120);
    CHECK(!dsmr_zone_of((struct dsmr_text){"KFM5KAIFA-METER", 15}, &zone));
    SAME(zone.offset, 60);
    CHECK(!dsmr_zone_of((struct dsmr_text){"ES", 2}, &zone));
    CHECK(!dsmr_zone_of((struct dsmr_text){"", 0}, &zone));
    CHECK(zone.offset == dsmr_zone_default.offset && zone.summer == dsmr_zone_default.summer);
}

int main(void)
{
    RUN(a_time_with_its_letter);
    RUN(letters_of_either_case);
    RUN(a_time_without_letter_follows_the_calendar);
    RUN(the_ace4000_form);
    RUN(the_nes_form);
    RUN(the_metcom_form);
    RUN(the_metcom_form_without_a_season);
    RUN(a_metcom_time_that_is_none);
    RUN(the_letter_decides_against_the_calendar);
    RUN(the_doubled_hour_of_october);
    RUN(the_doubled_hour_without_letter_is_the_first);
    RUN(the_missing_hour_of_march);
    RUN(the_clock_changes_on_the_last_sunday);
    RUN(each_zone_changes_at_the_same_moment);
    RUN(leap_years);
    RUN(the_last_day_of_every_month);
    RUN(fillers_are_no_dates);
    RUN(fields_out_of_range_are_no_dates);
    RUN(other_forms_are_no_dates);
    RUN(a_failure_leaves_the_time_alone);
    RUN(a_moment_survives_being_shown);
    RUN(a_moment_is_shown_around_both_changes);
    RUN(offsets_west_of_greenwich_print);
    RUN(zones_have_names);
    RUN(some_identifications_tell_the_zone);
    return tap_end();
}
