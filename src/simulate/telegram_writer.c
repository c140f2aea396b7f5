/* SPDX-License-Identifier: MIT */
/*
 * One table of lines, in the order of the wire, each with the standards that have it and its
 * digits. What a standard sends is what the table has for its bit; devices on the M-Bus follow.
 */
#include "simulate/telegram_writer.h"
#include "simulate/device_lines.h"
#include "simulate/page.h"

#include <stdio.h>

enum {
    ALL = NTA8130 | DSMR_2_1 | DSMR_2_2 | DSMR_3_0 | DSMR_4_0 | DSMR_4_0_4 | DSMR_4_2 | DSMR_5_0,
    SINCE_4_0 = DSMR_4_0 | DSMR_4_0_4 | DSMR_4_2 | DSMR_5_0,
    SINCE_4_0_4 = DSMR_4_0_4 | DSMR_4_2 | DSMR_5_0,
    SINCE_3_0 = DSMR_3_0 | SINCE_4_0,
    UNTIL_3_0 = DSMR_2_1 | DSMR_2_2 | DSMR_3_0, /* without NTA 8130 */
    UNTIL_4_2 = ALL & ~DSMR_5_0,
};

/* Consumer messages; shown to whoever takes the simulation for a meter. */
static const char message_code[] = "00000042";
static const char message[] = "Gesimuleerde meter: geen echte standen.";

struct line {
    unsigned standards;
    const char *code;
    void (*write)(struct page *page, const struct line *line);
    int64_t (*value)(const struct household *household, int which); /* for write_quantity */
    int which; /* tariff or phase, counted from 0; or a width */
    uint8_t whole, decimals;
    const char *unit;
};

/* ---- values, in thousandths of the unit that they are printed in ---- */

static int64_t delivery_kwh(const struct household *household, int tariff)
{
    return household->delivery_ws[tariff] / 3600;
}

static int64_t production_kwh(const struct household *household, int tariff)
{
    return household->production_ws[tariff] / 3600;
}

static int64_t delivery_total_kwh(const struct household *household, int unused)
{
    (void)unused;
    return delivery_kwh(household, 0) + delivery_kwh(household, 1);
}

static int64_t production_total_kwh(const struct household *household, int unused)
{
    (void)unused;
    return production_kwh(household, 0) + production_kwh(household, 1);
}

/* In kW, or with scale 1000 in W. */
static int64_t delivery_power(const struct household *household, int scale)
{
    return (int64_t)household_delivery_w(household) * scale;
}

static int64_t production_power(const struct household *household, int scale)
{
    return (int64_t)household_production_w(household) * scale;
}

static int64_t phase_delivery_kw(const struct household *household, int phase)
{
    int power_w = household->phases[phase].power_w;
    return power_w > 0 ? power_w : 0;
}

static int64_t phase_production_kw(const struct household *household, int phase)
{
    int power_w = household->phases[phase].power_w;
    return power_w < 0 ? -power_w : 0;
}

static int64_t voltage_v(const struct household *household, int phase)
{
    return (int64_t)household->phases[phase].voltage_dv * 100;
}

static int64_t current_a(const struct household *household, int phase)
{
    return household->phases[phase].current_ma;
}

/* A main fuse of 3 x 25 A, in A and in kW. */
static int64_t threshold_a(const struct household *household, int unused)
{
    (void)household;
    (void)unused;
    return 25000;
}

static int64_t threshold_kw(const struct household *household, int unused)
{
    (void)household;
    (void)unused;
    return 17300;
}

/* ---- lines ---- */

static void write_quantity(struct page *page, const struct line *line)
{
    int64_t value = line->value(page->household, line->which);
    page_quantity(page, value, line->whole, line->decimals, line->unit);
}

static void write_version(struct page *page, const struct line *line)
{
    (void)line;
    page_print(page, "(%s)", page->standard->version);
}

static void write_time(struct page *page, const struct line *line)
{
    (void)line;
    page_time(page, page->household->unix_s, true);
}

static void write_plain_serial(struct page *page, const struct line *line)
{
    (void)line;
    page_print(page, "(9990000%09u)", page->household->serial);
}

static void write_hex_serial(struct page *page, const struct line *line)
{
    (void)line;
    char serial[24];
    snprintf(serial, sizeof serial, "E0999000%09u", page->household->serial);
    page_hex(page, serial);
}

static void write_tariff(struct page *page, const struct line *line)
{
    page_print(page, "(%0*d)", line->which, page->household->tariff);
}

static void write_connected(struct page *page, const struct line *line)
{
    (void)line;
    page_print(page, "(1)");
}

static void write_failures(struct page *page, const struct line *line)
{
    (void)line;
    page_print(page, "(%05d)", page->household->failures);
}

static void write_long_failures(struct page *page, const struct line *line)
{
    (void)line;
    page_print(page, "(%05d)", page->household->long_failures);
}

static void write_failure_log(struct page *page, const struct line *line)
{
    (void)line;
    const struct household *household = page->household;
    page_print(page, "(%d)(0-0:96.7.19)", household->log_count);
    for (int i = 0; i < household->log_count; i++) {
        page_time(page, household->log[i].end, true);
        page_print(page, "(%010lld*s)", (long long)household->log[i].duration_s);
    }
}

static void write_sags(struct page *page, const struct line *line)
{
    page_print(page, "(%05d)", page->household->phases[line->which].sags);
}

static void write_swells(struct page *page, const struct line *line)
{
    page_print(page, "(%05d)", page->household->phases[line->which].swells);
}

static void write_message_code(struct page *page, const struct line *line)
{
    (void)line;
    page_hex(page, message_code);
}

static void write_message(struct page *page, const struct line *line)
{
    (void)line;
    page_hex(page, message);
}

#define QUANTITY(value, which, whole, decimals, unit)                                              \
    write_quantity, value, which, whole, decimals, unit
#define LINE(write, which) write, NULL, which, 0, 0, NULL

static const struct line lines[] = {
    {SINCE_4_0, "1-3:0.2.8", LINE(write_version, 0)},
    {SINCE_4_0, "0-0:1.0.0", LINE(write_time, 0)},
    {NTA8130, "0-0:96.1.0", LINE(write_plain_serial, 0)},
    {DSMR_2_1 | DSMR_2_2, "0-0:42.0.0", LINE(write_plain_serial, 0)},
    {SINCE_3_0, "0-0:96.1.1", LINE(write_hex_serial, 0)},
    {NTA8130, "1-0:1.8.0", QUANTITY(delivery_total_kwh, 0, 6, 3, "kWh")},
    {NTA8130 | SINCE_4_0, "1-0:1.8.1", QUANTITY(delivery_kwh, 0, 6, 3, "kWh")},
    {NTA8130 | SINCE_4_0, "1-0:1.8.2", QUANTITY(delivery_kwh, 1, 6, 3, "kWh")},
    {UNTIL_3_0, "1-0:1.8.1", QUANTITY(delivery_kwh, 0, 5, 3, "kWh")},
    {UNTIL_3_0, "1-0:1.8.2", QUANTITY(delivery_kwh, 1, 5, 3, "kWh")},
    {NTA8130, "1-0:2.8.0", QUANTITY(production_total_kwh, 0, 6, 3, "kWh")},
    {NTA8130 | SINCE_4_0, "1-0:2.8.1", QUANTITY(production_kwh, 0, 6, 3, "kWh")},
    {NTA8130 | SINCE_4_0, "1-0:2.8.2", QUANTITY(production_kwh, 1, 6, 3, "kWh")},
    {UNTIL_3_0, "1-0:2.8.1", QUANTITY(production_kwh, 0, 5, 3, "kWh")},
    {UNTIL_3_0, "1-0:2.8.2", QUANTITY(production_kwh, 1, 5, 3, "kWh")},
    {NTA8130, "0-0:96.14.0", LINE(write_tariff, 2)},
    {UNTIL_3_0 | SINCE_4_0, "0-0:96.14.0", LINE(write_tariff, 4)},
    {NTA8130, "1-0:15.7.0", QUANTITY(delivery_power, 1000, 6, 0, "W")},
    {NTA8130, "1-0:2.7.0", QUANTITY(production_power, 1000, 6, 0, "W")},
    {DSMR_2_1 | DSMR_2_2, "1-0:1.7.0", QUANTITY(delivery_power, 1, 4, 2, "kW")},
    {DSMR_2_1 | DSMR_2_2, "1-0:2.7.0", QUANTITY(production_power, 1, 4, 2, "kW")},
    {DSMR_3_0, "1-0:1.7.0", QUANTITY(delivery_power, 1, 3, 2, "kW")},
    {DSMR_3_0, "1-0:2.7.0", QUANTITY(production_power, 1, 3, 2, "kW")},
    {SINCE_4_0, "1-0:1.7.0", QUANTITY(delivery_power, 1, 2, 3, "kW")},
    {SINCE_4_0, "1-0:2.7.0", QUANTITY(production_power, 1, 2, 3, "kW")},
    {NTA8130, "0-0:17.0.0", QUANTITY(threshold_a, 0, 4, 0, "A")},
    {DSMR_2_1, "1-0:17.0.0", QUANTITY(threshold_a, 0, 3, 0, "A")},
    {DSMR_2_2 | DSMR_3_0, "0-0:17.0.0", QUANTITY(threshold_a, 0, 3, 0, "A")},
    {DSMR_4_0 | DSMR_4_0_4, "0-0:17.0.0", QUANTITY(threshold_kw, 0, 3, 1, "kW")},
    {DSMR_2_1, "1-0:96.3.10", LINE(write_connected, 0)},
    {DSMR_2_2, "0-0:24.4.0", LINE(write_connected, 0)},
    {NTA8130 | DSMR_3_0 | DSMR_4_0 | DSMR_4_0_4, "0-0:96.3.10", LINE(write_connected, 0)},
    {SINCE_4_0, "0-0:96.7.21", LINE(write_failures, 0)},
    {SINCE_4_0, "0-0:96.7.9", LINE(write_long_failures, 0)},
    {SINCE_4_0, "1-0:99.97.0", LINE(write_failure_log, 0)},
    {SINCE_4_0, "1-0:32.32.0", LINE(write_sags, 0)},
    {SINCE_4_0, "1-0:52.32.0", LINE(write_sags, 1)},
    {SINCE_4_0, "1-0:72.32.0", LINE(write_sags, 2)},
    {SINCE_4_0, "1-0:32.36.0", LINE(write_swells, 0)},
    {SINCE_4_0, "1-0:52.36.0", LINE(write_swells, 1)},
    {SINCE_4_0, "1-0:72.36.0", LINE(write_swells, 2)},
    {UNTIL_4_2, "0-0:96.13.1", LINE(write_message_code, 0)},
    {ALL, "0-0:96.13.0", LINE(write_message, 0)},
    {DSMR_5_0, "1-0:32.7.0", QUANTITY(voltage_v, 0, 3, 1, "V")},
    {DSMR_5_0, "1-0:52.7.0", QUANTITY(voltage_v, 1, 3, 1, "V")},
    {DSMR_5_0, "1-0:72.7.0", QUANTITY(voltage_v, 2, 3, 1, "V")},
    {SINCE_4_0_4, "1-0:31.7.0", QUANTITY(current_a, 0, 3, 0, "A")},
    {SINCE_4_0_4, "1-0:51.7.0", QUANTITY(current_a, 1, 3, 0, "A")},
    {SINCE_4_0_4, "1-0:71.7.0", QUANTITY(current_a, 2, 3, 0, "A")},
    {SINCE_4_0_4, "1-0:21.7.0", QUANTITY(phase_delivery_kw, 0, 2, 3, "kW")},
    {SINCE_4_0_4, "1-0:41.7.0", QUANTITY(phase_delivery_kw, 1, 2, 3, "kW")},
    {SINCE_4_0_4, "1-0:61.7.0", QUANTITY(phase_delivery_kw, 2, 2, 3, "kW")},
    {SINCE_4_0_4, "1-0:22.7.0", QUANTITY(phase_production_kw, 0, 2, 3, "kW")},
    {SINCE_4_0_4, "1-0:42.7.0", QUANTITY(phase_production_kw, 1, 2, 3, "kW")},
    {SINCE_4_0_4, "1-0:62.7.0", QUANTITY(phase_production_kw, 2, 2, 3, "kW")},
};

static void write_identification(struct page *page)
{
    page_print(page, "/%s", page->standard->identification);
    if (page->standard->identification_has_serial)
        page_print(page, "%09u", page->household->serial);
    page_print(page, "\r\n\r\n");
}

static void write_end(struct page *page)
{
    page_print(page, "!");
    if (page->standard->has_crc)
        page_print(page, "%04X", (unsigned)dsmr_crc16(0, page->out, page->size));
    page_print(page, "\r\n");
}

size_t telegram_write(const struct standard *standard, const struct household *household,
                      unsigned devices, char *out, size_t capacity)
{
    struct page page = {
        .standard = standard, .household = household, .out = out, .capacity = capacity};
    write_identification(&page);
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        if (!(lines[i].standards & standard->bit))
            continue;
        page_print(&page, "%s%s", lines[i].code, standard->suffix);
        lines[i].write(&page, &lines[i]);
        page_print(&page, "\r\n");
    }
    device_lines_write(&page, devices);
    write_end(&page);
    return page.full ? 0 : page.size;
}
