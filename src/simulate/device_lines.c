/* SPDX-License-Identifier: MIT */
/*
 * Until DSMR 2.2 the first group of the code tells the kind of device (7-0:23.1.0 is gas); from 3.0
 * on the second is its M-Bus channel (0-1:24.2.1). Each kind has the channel that the manual of the
 * old openHAB binding gives it.
 */
#include "simulate/device_lines.h"
#include "simulate/telegram_writer.h"

#include <stdio.h>

enum {
    DSMR_2 = DSMR_2_1 | DSMR_2_2,
    UNTIL_2_2 = NTA8130 | DSMR_2,
    HOURLY = DSMR_4_0 | DSMR_4_0_4 | DSMR_4_2,
    SINCE_4_0 = HOURLY | DSMR_5_0,
    SINCE_3_0 = DSMR_3_0 | SINCE_4_0,
    WITH_VALVE = DSMR_3_0 | DSMR_4_0 | DSMR_4_0_4,
};

enum {
    GAS = 1 << DEVICE_GAS,
    COOLING = 1 << DEVICE_COOLING,
    ANY = (1 << DEVICE_KINDS) - 1,
};

/* A 3.0 meter that could not be read for a while shows up to ten hours at once. */
enum { PROFILE_VALUES = 10, DAY_HOURS = 24 };

struct device_facts {
    const char *name;
    unsigned standards;
    uint8_t channel;
    uint8_t type;   /* of the M-Bus [EN 13757-3] */
    uint8_t medium; /* first group of its codes until 2.2 */
    char serial;    /* first letter of its serial number */
    uint8_t whole, decimals;
    const char *unit;
};

static const struct device_facts facts[DEVICE_KINDS] = {
    [DEVICE_GAS] = {"gas", UNTIL_2_2 | SINCE_3_0, 1, 3, 7, 'G', 5, 3, "m3"},
    [DEVICE_WATER] = {"water", UNTIL_2_2 | SINCE_3_0, 2, 7, 8, 'W', 5, 3, "m3"},
    [DEVICE_HEATING] = {"heating", UNTIL_2_2 | SINCE_3_0, 3, 4, 5, 'H', 6, 2, "GJ"},
    [DEVICE_COOLING] = {"cooling", UNTIL_2_2 | SINCE_3_0, 4, 10, 6, 'C', 6, 2, "GJ"},
    [DEVICE_GENERIC] = {"generic", SINCE_3_0, 5, 1, 0, 'O', 5, 3, "m3"},
    [DEVICE_SLAVE_ELECTRICITY] = {"slaveelectricity", SINCE_4_0, 6, 2, 0, 'E', 5, 3, "kWh"},
};

const char *telegram_device_name(enum device_kind kind)
{
    return facts[kind].name;
}

bool telegram_has_device(const struct standard *standard, enum device_kind kind)
{
    return facts[kind].standards & standard->bit;
}

struct device_line {
    unsigned standards;
    unsigned kinds;
    bool by_medium; /* the code is 7-0:… instead of 0-1:… */
    const char *code;
    /* Everything behind the code. */
    void (*write)(struct page *page, const struct device_line *line, enum device_kind kind);
};

/* The channels of the ACE4000 are fixed; only the serial of its gas meter shows one. */
static int channel_of(const struct page *page, enum device_kind kind)
{
    return page->standard->bit == NTA8130 && kind == DEVICE_GAS ? 3 : facts[kind].channel;
}

static void write_code(struct page *page, const struct device_line *line, enum device_kind kind)
{
    page_print(page, "%d-%d:%s%s", line->by_medium ? facts[kind].medium : 0,
               line->by_medium ? 0 : channel_of(page, kind), line->code, page->standard->suffix);
}

static void write_reading(struct page *page, enum device_kind kind,
                          const struct device_reading *reading)
{
    page_quantity(page, reading->millionths / 1000, facts[kind].whole, facts[kind].decimals,
                  facts[kind].unit);
}

static void write_short_type(struct page *page, const struct device_line *line,
                             enum device_kind kind)
{
    (void)line;
    page_print(page, "(%02d)", facts[kind].type);
}

static void write_type(struct page *page, const struct device_line *line, enum device_kind kind)
{
    (void)line;
    page_print(page, "(%03d)", facts[kind].type);
}

/* Each device has a number of its own, below that of the electricity meter. */
static uint32_t serial_of(const struct page *page, enum device_kind kind)
{
    return (page->household->serial + 1 + (uint32_t)kind) % 1000000000u;
}

static void write_padded_serial(struct page *page, const struct device_line *line,
                                enum device_kind kind)
{
    (void)line;
    page_print(page, "(%08u%9s)", serial_of(page, kind) % 100000000u, "");
}

static void write_plain_serial(struct page *page, const struct device_line *line,
                               enum device_kind kind)
{
    (void)line;
    page_print(page, "(%c999%09u)", facts[kind].serial, serial_of(page, kind));
}

static void write_hex_serial(struct page *page, const struct device_line *line,
                             enum device_kind kind)
{
    (void)line;
    char serial[24];
    snprintf(serial, sizeof serial, "%c0999000%09u", facts[kind].serial, serial_of(page, kind));
    page_hex(page, serial);
}

static void write_open(struct page *page, const struct device_line *line, enum device_kind kind)
{
    (void)line;
    (void)kind;
    page_print(page, "(1)");
}

static void write_value_then_time(struct page *page, const struct device_line *line,
                                  enum device_kind kind)
{
    (void)line;
    const struct device_reading *reading = household_hour(page->household, kind, 0);
    write_reading(page, kind, reading);
    page_time(page, reading->unix_s, false);
}

/* Volume at 7 degrees Celsius, of gas that was warmer. */
static void write_compensated(struct page *page, const struct device_line *line,
                              enum device_kind kind)
{
    (void)line;
    struct device_reading reading = *household_hour(page->household, kind, 0);
    reading.millionths = reading.millionths * 983 / 1000;
    write_reading(page, kind, &reading);
    page_time(page, reading.unix_s, false);
}

static void write_hour(struct page *page, const struct device_line *line, enum device_kind kind)
{
    (void)line;
    const struct device_reading *reading = household_hour(page->household, kind, 0);
    page_time(page, reading->unix_s, true);
    write_reading(page, kind, reading);
}

static void write_latest(struct page *page, const struct device_line *line, enum device_kind kind)
{
    (void)line;
    const struct device_reading *reading = &page->household->devices[kind].latest;
    page_time(page, reading->unix_s, true);
    write_reading(page, kind, reading);
}

/* A line for each hour of the day, in their order: the newest reading of that hour. */
static void write_day(struct page *page, const struct device_line *line, enum device_kind kind)
{
    const struct device_reading *of_hour[DAY_HOURS] = {NULL};
    struct dsmr_time times[DAY_HOURS];
    for (int ago = DEVICE_HOURS - 1; ago >= 0; ago--) {
        const struct device_reading *reading = household_hour(page->household, kind, ago);
        struct dsmr_time time;
        dsmr_time_from_unix(reading->unix_s, dsmr_zone_default, &time);
        of_hour[time.hour] = reading;
        times[time.hour] = time;
    }
    for (int hour = 0; hour < DAY_HOURS; hour++) {
        const struct dsmr_time *time = &times[hour];
        if (hour > 0) {
            page_print(page, "\r\n");
            write_code(page, line, kind);
        }
        write_reading(page, kind, of_hour[hour]);
        page_print(page, "(%02d-%02d-%02d %02d:00:00)", time->year % 100, time->month, time->day,
                   time->hour);
    }
}

/* Time of the oldest, status, minutes a value, count, code, unit; on the next line the values from
 * old to new. */
static void write_profile(struct page *page, const struct device_line *line, enum device_kind kind)
{
    (void)line;
    int count = kind == DEVICE_GAS ? PROFILE_VALUES : 1;
    page_time(page, household_hour(page->household, kind, count - 1)->unix_s, false);
    page_print(page, "(00)(60)(%d)(0-%d:24.2.1)(%s)\r\n", count, facts[kind].channel,
               facts[kind].unit);
    for (int ago = count - 1; ago >= 0; ago--)
        page_number(page, household_hour(page->household, kind, ago)->millionths / 1000,
                    facts[kind].whole, facts[kind].decimals);
}

static const struct device_line lines[] = {
    {NTA8130, GAS, false, "96.1.0", write_padded_serial},
    {NTA8130, ANY & ~GAS, true, "0.0.0", write_plain_serial},
    {DSMR_2, ANY, true, "0.0.0", write_plain_serial},
    {NTA8130, GAS, true, "23.1.0", write_day},
    {DSMR_2, GAS, true, "23.1.0", write_value_then_time},
    {DSMR_2, GAS, true, "23.2.0", write_compensated},
    {UNTIL_2_2, ANY & ~GAS, true, "1.0.0", write_value_then_time},
    {NTA8130 | DSMR_2_2, GAS, true, "24.4.0", write_open},
    {DSMR_2_1, GAS, true, "96.3.10", write_open},
    {DSMR_3_0, ANY, false, "24.1.0", write_short_type},
    {SINCE_4_0, ANY, false, "24.1.0", write_type},
    {SINCE_3_0, ANY, false, "96.1.0", write_hex_serial},
    {DSMR_3_0, ANY & ~COOLING, false, "24.3.0", write_profile},
    {DSMR_3_0, COOLING, false, "24.3.1", write_profile},
    {HOURLY, ANY, false, "24.2.1", write_hour},
    {DSMR_5_0, ANY, false, "24.2.1", write_latest},
    {WITH_VALVE, ANY, false, "24.4.0", write_open},
};

static void write_device(struct page *page, enum device_kind kind)
{
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        const struct device_line *line = &lines[i];
        if (!(line->standards & page->standard->bit) || !(line->kinds & 1u << kind))
            continue;
        write_code(page, line, kind);
        line->write(page, line, kind);
        page_print(page, "\r\n");
    }
}

void device_lines_write(struct page *page, unsigned devices)
{
    for (enum device_kind kind = 0; kind < DEVICE_KINDS; kind++)
        if (devices & 1u << kind && telegram_has_device(page->standard, kind))
            write_device(page, kind);
}
