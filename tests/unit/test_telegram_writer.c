/* SPDX-License-Identifier: MIT */
/* Telegrams of simulated meters: letter by letter, and as the library reads them. */
#include "simulate/telegram_writer.h"

#include "known_household.h"
#include "known_telegrams.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

enum { ALL_DEVICES = (1 << DEVICE_KINDS) - 1, GAS_ONLY = 1 << DEVICE_GAS };

static void test_every_standard_has_its_form(void **state)
{
    struct household household;
    char text[TELEGRAM_WRITER_MAX + 1];
    (void)state;
    known_household(&household);
    for (size_t i = 0; i < sizeof known_telegrams / sizeof known_telegrams[0]; i++) {
        const struct standard *standard = standard_find(known_telegrams[i].standard);
        assert_non_null(standard);
        assert_ptr_equal(standard, standard_at(i));
        size_t size = telegram_write(standard, &household, ALL_DEVICES, text, TELEGRAM_WRITER_MAX);
        text[size] = '\0';
        assert_string_equal(text, known_telegrams[i].telegram);
    }
    assert_null(standard_at(sizeof known_telegrams / sizeof known_telegrams[0]));
    assert_null(standard_find("6.0"));
}

/* CRC-16/ARC once more, bit by bit, so that the writer is not held against its own library. */
static unsigned crc_bit_by_bit(const char *bytes, size_t size)
{
    unsigned crc = 0;
    for (size_t i = 0; i < size; i++) {
        crc ^= (unsigned char)bytes[i];
        for (int bit = 0; bit < 8; bit++)
            crc = crc & 1 ? crc >> 1 ^ 0xA001u : crc >> 1;
    }
    return crc;
}

static void test_the_crc_is_right(void **state)
{
    struct household household;
    (void)state;
    for (uint64_t seed = 0; seed < 20; seed++) {
        const struct standard *standard = standard_find("4.2");
        char text[TELEGRAM_WRITER_MAX];
        char expected[16];
        household_init(&household, seed, 1742209200, 1);
        size_t size = telegram_write(standard, &household, GAS_ONLY, text, sizeof text);
        assert_true(size > 7);
        snprintf(expected, sizeof expected, "%04X\r\n", crc_bit_by_bit(text, size - 6));
        assert_memory_equal(text + size - 6, expected, 6);
    }
}

static void test_the_framer_takes_each_of_a_stream(void **state)
{
    (void)state;
    for (size_t i = 0; standard_at(i); i++) {
        const struct standard *standard = standard_at(i);
        struct household household;
        struct dsmr_framer framer;
        struct dsmr_telegram telegram;
        char buffer[DSMR_TELEGRAM_MAX];
        int good = 0;
        household_init(&household, i, 1742209200, standard->power_step_w);
        dsmr_framer_init(&framer, buffer, sizeof buffer);
        for (int sent = 0; sent < 50; sent++) {
            char text[TELEGRAM_WRITER_MAX];
            size_t size = telegram_write(standard, &household, ALL_DEVICES, text, sizeof text);
            household_advance(&household, standard->interval_s);
            dsmr_framer_push(&framer, text, size);
            while (dsmr_framer_next(&framer, &telegram) != DSMR_MORE) {
                assert_int_equal(telegram.status, DSMR_OK);
                assert_int_equal(telegram.crc, standard->has_crc ? DSMR_CRC_OK : DSMR_CRC_NONE);
                good++;
            }
        }
        assert_int_equal(good, 50);
    }
}

/* The newest gas reading of an ACE4000 stands somewhere in its ring of 24. */
static void test_the_ring_of_gas_readings_in_the_week_of_the_clock_change(void **state)
{
    const struct standard *standard = standard_find("nta8130");
    struct household household;
    (void)state;
    household_init(&household, 3, 1743202800, 1); /* 2025-03-29 00:00 +01:00 */
    for (int hour = 0; hour < 72; hour++) {
        char text[TELEGRAM_WRITER_MAX + 1];
        char newest[24];
        struct dsmr_time time;
        size_t size = telegram_write(standard, &household, GAS_ONLY, text, TELEGRAM_WRITER_MAX);
        text[size] = '\0';
        int lines = 0;
        for (const char *at = text; (at = strstr(at, "7-0:23.1.0")) != NULL; at++)
            lines++;
        assert_int_equal(lines, 24);
        dsmr_time_from_unix(household.unix_s, dsmr_zone_default, &time);
        snprintf(newest, sizeof newest, "(%02d-%02d-%02d %02d:00:00)", time.year % 100, time.month,
                 time.day, time.hour);
        assert_non_null(strstr(text, newest));
        household_advance(&household, 3600);
    }
}

static void test_devices_that_a_standard_does_not_know_are_left_out(void **state)
{
    static const struct {
        const char *standard;
        enum device_kind kind;
        bool has;
    } cases[] = {
        {"nta8130", DEVICE_GAS, true},
        {"2.2", DEVICE_HEATING, true},
        {"2.2", DEVICE_GENERIC, false},
        {"3.0", DEVICE_GENERIC, true},
        {"3.0", DEVICE_SLAVE_ELECTRICITY, false},
        {"4.0", DEVICE_SLAVE_ELECTRICITY, true},
    };
    struct household household;
    (void)state;
    known_household(&household);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const struct standard *standard = standard_find(cases[i].standard);
        char with[TELEGRAM_WRITER_MAX], without[TELEGRAM_WRITER_MAX];
        size_t more = telegram_write(standard, &household, 1u << cases[i].kind, with, sizeof with);
        size_t less = telegram_write(standard, &household, 0, without, sizeof without);
        assert_int_equal(telegram_has_device(standard, cases[i].kind), cases[i].has);
        assert_int_equal(more > less, cases[i].has);
    }
}

static void test_what_does_not_fit_is_not_written(void **state)
{
    const struct standard *standard = standard_find("5.0");
    struct household household;
    char text[TELEGRAM_WRITER_MAX];
    (void)state;
    known_household(&household);
    size_t size = telegram_write(standard, &household, GAS_ONLY, text, sizeof text);
    assert_int_equal(telegram_write(standard, &household, GAS_ONLY, text, size + 1), size);
    for (size_t capacity = 1; capacity <= size; capacity++)
        assert_int_equal(telegram_write(standard, &household, GAS_ONLY, text, capacity), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_standard_has_its_form),
        cmocka_unit_test(test_the_crc_is_right),
        cmocka_unit_test(test_the_framer_takes_each_of_a_stream),
        cmocka_unit_test(test_the_ring_of_gas_readings_in_the_week_of_the_clock_change),
        cmocka_unit_test(test_devices_that_a_standard_does_not_know_are_left_out),
        cmocka_unit_test(test_what_does_not_fit_is_not_written),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
