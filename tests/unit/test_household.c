/* SPDX-License-Identifier: MIT */
/* The simulated household: what must hold for any seed, since readers are tested against it. */
#include "simulate/household.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static const int64_t spring = 1742209200; /* Monday 2025-03-17 12:00 +01:00 */
static const int64_t summer = 1750413600; /* Friday 2025-06-20 12:00 +02:00 */

static int64_t delivered_ws(const struct household *household)
{
    return household->delivery_ws[0] + household->delivery_ws[1];
}

static int64_t produced_ws(const struct household *household)
{
    return household->production_ws[0] + household->production_ws[1];
}

static void test_registers_are_the_integral_of_the_power_shown(void **state)
{
    static const int64_t steps[] = {1, 10, 60, 7, 900, 3601};
    (void)state;
    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
        struct household household;
        household_init(&household, 100 + i, spring, 1);
        int64_t delivery_ws = delivered_ws(&household);
        int64_t production_ws = produced_ws(&household);
        for (int step = 0; step < 20000; step++) {
            delivery_ws += household_delivery_w(&household) * steps[i];
            production_ws += household_production_w(&household) * steps[i];
            household_advance(&household, steps[i]);
            assert_int_equal(delivered_ws(&household), delivery_ws);
            assert_int_equal(produced_ws(&household), production_ws);
        }
    }
}

static void test_each_tariff_has_its_own_integral(void **state)
{
    struct household household;
    int64_t delivery_ws[2];
    (void)state;
    household_init(&household, 5, spring, 1);
    memcpy(delivery_ws, household.delivery_ws, sizeof delivery_ws);
    for (int step = 0; step < 7 * 8640; step++) {
        delivery_ws[household.tariff - 1] += household_delivery_w(&household) * 10;
        household_advance(&household, 10);
        assert_memory_equal(household.delivery_ws, delivery_ws, sizeof delivery_ws);
    }
}

static void test_devices_are_the_integral_of_their_rates(void **state)
{
    struct household household;
    int64_t expected[DEVICE_KINDS];
    (void)state;
    household_init(&household, 6, spring, 1);
    for (int kind = 0; kind < DEVICE_KINDS; kind++)
        expected[kind] = household.devices[kind].millionths;
    for (int step = 0; step < 50000; step++) {
        for (int kind = 0; kind < DEVICE_KINDS; kind++) {
            assert_true(household.devices[kind].rate >= 0);
            expected[kind] += household.devices[kind].rate * 10;
        }
        household_advance(&household, 10);
        for (int kind = 0; kind < DEVICE_KINDS; kind++)
            assert_int_equal(household.devices[kind].millionths, expected[kind]);
    }
}

static void test_nothing_that_counts_ever_falls(void **state)
{
    struct household household;
    (void)state;
    household_init(&household, 7, spring, 10);
    for (int step = 0; step < 100000; step++) {
        struct household before = household;
        household_advance(&household, 60);
        for (int i = 0; i < 2; i++) {
            assert_true(household.delivery_ws[i] >= before.delivery_ws[i]);
            assert_true(household.production_ws[i] >= before.production_ws[i]);
        }
        for (int i = 0; i < PHASES; i++) {
            assert_true(household.phases[i].sags >= before.phases[i].sags);
            assert_true(household.phases[i].swells >= before.phases[i].swells);
        }
        assert_true(household.failures >= before.failures);
        assert_true(household.long_failures >= before.long_failures);
        for (int i = 0; i < DEVICE_KINDS; i++) {
            const struct device *device = &household.devices[i];
            assert_true(device->millionths >= before.devices[i].millionths);
            assert_true(device->latest.unix_s >= before.devices[i].latest.unix_s);
            assert_true(device->latest.millionths >= before.devices[i].latest.millionths);
        }
        assert_int_equal(household.unix_s, before.unix_s + 60);
    }
}

static void test_power_current_and_voltage_fit_together(void **state)
{
    struct household household;
    (void)state;
    household_init(&household, 8, summer, 10);
    for (int step = 0; step < 100000; step++) {
        int sum_w = 0;
        for (int i = 0; i < PHASES; i++) {
            const struct phase *phase = &household.phases[i];
            int64_t magnitude_w = phase->power_w < 0 ? -phase->power_w : phase->power_w;
            assert_int_equal(phase->power_w % 10, 0);
            sum_w += phase->power_w;
            if (phase->voltage_dv == 0)
                assert_int_equal(magnitude_w, 0);
            else
                assert_in_range(phase->voltage_dv, 1900, 2650);
            int64_t seen_w = (int64_t)phase->current_ma * phase->voltage_dv / 10000;
            assert_in_range(seen_w, magnitude_w - (magnitude_w > 0 ? 1 : 0), magnitude_w);
        }
        assert_int_equal(sum_w,
                         household_delivery_w(&household) - household_production_w(&household));
        assert_true(household_delivery_w(&household) == 0 ||
                    household_production_w(&household) == 0);
        household_advance(&household, 10);
    }
}

static void test_the_low_tariff_is_at_night_and_in_the_weekend(void **state)
{
    static const struct {
        int64_t after_h; /* after Monday noon */
        int tariff;
    } cases[] = {
        {0, 2},      {10, 2},          {11, 1},          {18, 1},
        {19, 2},     {4 * 24 + 10, 2}, {4 * 24 + 11, 1}, {5 * 24, 1},
        {6 * 24, 1}, {6 * 24 + 18, 1}, {6 * 24 + 19, 2},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct household household;
        household_init(&household, 9, spring + cases[i].after_h * 3600, 1);
        assert_int_equal(household.tariff, cases[i].tariff);
    }
}

static void assert_clock(const struct household *household, int hour, int minute, int second,
                         char season)
{
    assert_int_equal(household->time.hour, hour);
    assert_int_equal(household->time.minute, minute);
    assert_int_equal(household->time.second, second);
    assert_int_equal(household->time.season, season);
    assert_int_equal(household->time.unix_s, household->unix_s);
}

static void test_the_clock_goes_ahead_in_march(void **state)
{
    struct household household;
    (void)state;
    household_init(&household, 10, 1743296399, 1); /* 2025-03-30 01:59:59 +01:00 */
    assert_clock(&household, 1, 59, 59, 'W');
    household_advance(&household, 1);
    assert_clock(&household, 3, 0, 0, 'S');
}

static void test_the_clock_goes_back_in_october(void **state)
{
    struct household household;
    (void)state;
    household_init(&household, 11, 1761440390, 1); /* 2025-10-26 02:59:50 +02:00 */
    assert_clock(&household, 2, 59, 50, 'S');
    household_advance(&household, 10);
    assert_clock(&household, 2, 0, 0, 'W');
    household_advance(&household, 3600);
    assert_clock(&household, 3, 0, 0, 'W');
}

static void assert_same_state(const struct household *a, const struct household *b)
{
    assert_int_equal(a->unix_s, b->unix_s);
    assert_int_equal(a->serial, b->serial);
    assert_int_equal(a->random.state, b->random.state);
    assert_memory_equal(a->delivery_ws, b->delivery_ws, sizeof a->delivery_ws);
    assert_memory_equal(a->production_ws, b->production_ws, sizeof a->production_ws);
    assert_memory_equal(a->phases, b->phases, sizeof a->phases);
    assert_memory_equal(a->devices, b->devices, sizeof a->devices);
    assert_memory_equal(a->log, b->log, sizeof a->log);
}

static void test_a_seed_tells_the_whole_life(void **state)
{
    struct household one, same, other;
    (void)state;
    household_init(&one, 12, summer, 1);
    household_init(&same, 12, summer, 1);
    household_init(&other, 13, summer, 1);
    assert_int_not_equal(one.serial, other.serial);
    int differences = 0;
    for (int step = 0; step < 5000; step++) {
        household_advance(&one, 10);
        household_advance(&same, 10);
        household_advance(&other, 10);
        assert_same_state(&one, &same);
        differences += household_delivery_w(&one) != household_delivery_w(&other);
    }
    assert_in_range(differences, 1000, 5000);
}

static void assert_hours(const struct household *household, enum device_kind kind)
{
    int64_t hour = household->unix_s / 3600 * 3600;
    for (int ago = 0; ago < DEVICE_HOURS; ago++) {
        const struct device_reading *reading = household_hour(household, kind, ago);
        assert_int_equal(reading->unix_s, hour - ago * 3600);
        if (ago > 0)
            assert_true(reading->millionths <=
                        household_hour(household, kind, ago - 1)->millionths);
    }
}

static void test_devices_are_read_on_the_hour_and_each_five_minutes(void **state)
{
    struct household household;
    (void)state;
    household_init(&household, 14, spring + 1234, 1);
    for (int step = 0; step < 3000; step++) {
        for (int kind = 0; kind < DEVICE_KINDS; kind++) {
            assert_hours(&household, (enum device_kind)kind);
            assert_int_equal(household.devices[kind].latest.unix_s, household.unix_s / 300 * 300);
        }
        household_advance(&household, 97);
    }
}

/* What a day and a year bring, so that a reader meets all of it. */
static void test_a_year_has_everything(void **state)
{
    struct household household;
    int kettle = 0, sunny = 0, at_night = 0, failing = 0, sagging = 0;
    (void)state;
    household_init(&household, 15, spring, 1);
    struct household start = household;
    for (int64_t step = 0; step < 365 * 8640; step++) {
        kettle += household.phases[0].power_w > 1900;
        sunny += household_production_w(&household) > 1500;
        at_night += household.time.hour < 3 && household_production_w(&household) > 0;
        for (int i = 0; i < PHASES; i++) {
            failing += household.phases[i].voltage_dv == 0;
            sagging += household.phases[i].voltage_dv == 1950;
        }
        household_advance(&household, 10);
    }
    assert_in_range(kettle, 10000, 300000);
    assert_in_range(sunny, 10000, 1500000);
    assert_int_equal(at_night, 0);
    assert_in_range(failing, 10, 100000);
    assert_in_range(sagging, 10, 1000);
    assert_in_range((delivered_ws(&household) - delivered_ws(&start)) / 3600000, 1500, 5000);
    assert_in_range((produced_ws(&household) - produced_ws(&start)) / 3600000, 1500, 5000);
    const struct device *gas = &household.devices[DEVICE_GAS];
    assert_in_range((gas->millionths - start.devices[DEVICE_GAS].millionths) / 1000000, 800, 2500);
    for (int kind = 0; kind < DEVICE_KINDS; kind++)
        assert_true(household.devices[kind].millionths > start.devices[kind].millionths);
    assert_true(household.long_failures > start.long_failures);
    assert_true(household.failures > household.long_failures);
}

static void test_winter_is_colder_and_darker(void **state)
{
    const struct weather calm = {0};
    (void)state;
    int64_t january = 1736938800, july = 1752577200; /* noon of the 15th */
    assert_in_range(weather_temperature(&calm, july) - weather_temperature(&calm, january), 120,
                    180);
    assert_in_range(weather_sun(&calm, january), 150, 400);
    assert_in_range(weather_sun(&calm, july), 800, 1000);
    assert_int_equal(weather_sun(&calm, july - 12 * 3600), 0);
    assert_int_equal(weather_sun(&calm, january + 5 * 3600), 0);
    assert_true(weather_sun(&calm, july + 7 * 3600) > 0);
}

static void test_the_log_is_newest_first_and_of_long_failures(void **state)
{
    struct household household;
    (void)state;
    household_init(&household, 16, spring, 1);
    for (int days = 0; days < 365; days++) {
        assert_int_equal(household.log_count, FAILURE_LOG);
        for (int i = 0; i < household.log_count; i++) {
            assert_true(household.log[i].duration_s > 180);
            assert_true(household.log[i].end <= household.unix_s);
            if (i > 0)
                assert_true(household.log[i].end <= household.log[i - 1].end);
        }
        for (int minute = 0; minute < 1440; minute++)
            household_advance(&household, 60);
    }
    assert_true(household.log[0].end > spring);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_registers_are_the_integral_of_the_power_shown),
        cmocka_unit_test(test_each_tariff_has_its_own_integral),
        cmocka_unit_test(test_devices_are_the_integral_of_their_rates),
        cmocka_unit_test(test_nothing_that_counts_ever_falls),
        cmocka_unit_test(test_power_current_and_voltage_fit_together),
        cmocka_unit_test(test_the_low_tariff_is_at_night_and_in_the_weekend),
        cmocka_unit_test(test_the_clock_goes_ahead_in_march),
        cmocka_unit_test(test_the_clock_goes_back_in_october),
        cmocka_unit_test(test_a_seed_tells_the_whole_life),
        cmocka_unit_test(test_devices_are_read_on_the_hour_and_each_five_minutes),
        cmocka_unit_test(test_a_year_has_everything),
        cmocka_unit_test(test_winter_is_colder_and_darker),
        cmocka_unit_test(test_the_log_is_newest_first_and_of_long_failures),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
