/* SPDX-License-Identifier: MIT */
/* The values of <sink>.update and <sink>.deadband. */
#include "config/pace_rule.c"

#include "config/config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "told.h"
#include <cmocka.h>

static const int64_t one = FIXED_ONE;

static void test_words_and_seconds(void **state)
{
    (void)state;
    struct pace_rule rule;
    assert_true(pace_rule_parse("every", &rule));
    assert_int_equal(rule.mode, PACE_EVERY);
    assert_true(pace_rule_parse("change", &rule));
    assert_int_equal(rule.mode, PACE_CHANGE);
    assert_true(pace_rule_parse("1", &rule));
    assert_int_equal(rule.mode, PACE_SECONDS);
    assert_int_equal(rule.seconds, 1);
    assert_true(pace_rule_parse("86400", &rule));
    assert_int_equal(rule.seconds, 86400);
}

static void test_anything_else_is_refused_and_changes_nothing(void **state)
{
    (void)state;
    static const char *const texts[] = {"",   "0",   "86401",      "-1",    "+5",
                                        "5s", "5.0", "9999999999", "Every", "every "};
    struct pace_rule rule = {.mode = PACE_SECONDS, .seconds = 7};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        assert_false(pace_rule_parse(texts[i], &rule));
    assert_int_equal(rule.mode, PACE_SECONDS);
    assert_int_equal(rule.seconds, 7);
}

static void test_dead_bands(void **state)
{
    (void)state;
    struct deadband band;
    assert_true(deadband_parse("2%", &band));
    assert_true(band.given);
    assert_int_equal(band.percent, 200);
    assert_true(deadband_parse(" 0.5 % , 50 W,1V , 200 mA", &band));
    assert_int_equal(band.percent, 50);
    assert_int_equal(band.units[DSMR_UNIT_KW], one / 20);
    assert_int_equal(band.units[DSMR_UNIT_V], one);
    assert_int_equal(band.units[DSMR_UNIT_A], one / 5);
    assert_int_equal(band.units[DSMR_UNIT_KVA], 0);
}

static void test_dead_bands_that_are_none(void **state)
{
    (void)state;
    static const char *const texts[] = {"",       "%",       "0%",    "-2%",   "101%",
                                        "0.001%", "50",      "50 W,", ",50 W", "0 W",
                                        "-1 V",   "1 kWh",   "1 m3",  "W",     "2%%",
                                        "2 % V",  "1 V 2 A", "1e3 W", "x",     "99999999999 V"};
    struct deadband band;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        if (deadband_parse(texts[i], &band))
            fail_msg("'%s' is no dead-band", texts[i]);
}

static void test_percents_are_of_what_was_sent(void **state)
{
    (void)state;
    struct deadband band;
    assert_true(deadband_parse("2%, 1 V", &band));
    assert_true(deadband_holds(&band, DSMR_UNIT_KW, 50 * one, 51 * one));
    assert_true(deadband_holds(&band, DSMR_UNIT_KW, 50 * one, 49 * one));
    assert_false(deadband_holds(&band, DSMR_UNIT_KW, 50 * one, 51 * one + 1));
    assert_true(deadband_holds(&band, DSMR_UNIT_KW, -50 * one, -51 * one));
    assert_true(deadband_holds(&band, DSMR_UNIT_KW, 0, 0));
    assert_false(deadband_holds(&band, DSMR_UNIT_KW, 0, 1));
    assert_true(deadband_holds(&band, DSMR_UNIT_V, 230 * one, 231 * one));
    assert_false(deadband_holds(&band, DSMR_UNIT_V, 230 * one, 231 * one + 1));
}

static void test_numbers_at_the_edge_are_never_held_back(void **state)
{
    (void)state;
    static const int64_t edges[] = {INT64_MIN, INT64_MIN + 1, INT64_MAX};
    struct deadband band;
    assert_true(deadband_parse("100%", &band));
    for (size_t i = 0; i < 3; i++)
        for (size_t j = 0; j < 3; j++)
            assert_false(deadband_holds(&band, DSMR_UNIT_KW, edges[i], edges[j]));
}

static void test_the_keys_tell_what_is_allowed(void **state)
{
    (void)state;
    static const char text[] = "port=/dev/p1\nopenhab.update=chnage\nopenhab.deadband=50\n";
    struct config config;
    struct complaints complaints = {0};
    config_init(&config);
    config_read_text(&config, "dsmr.cfg", text, sizeof text - 1, &complaints);
    assert_told(&complaints,
                "dsmr.cfg:2: error: key 'openhab.update': value 'chnage' is not allowed; allowed: "
                "every, change, or seconds from 1 to 86400; did you mean 'change'?\n"
                "dsmr.cfg:3: error: key 'openhab.deadband': value '50' is not allowed; allowed: "
                "2%, 50 W, 1 V, 0.2 A, or several of them with commas between\n");
    assert_string_equal(config_text(&config, CONFIG_OPENHAB_UPDATE), "every");
    assert_null(config_text(&config, CONFIG_OPENHAB_DEADBAND));
    config_free(&config);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_words_and_seconds),
        cmocka_unit_test(test_anything_else_is_refused_and_changes_nothing),
        cmocka_unit_test(test_dead_bands),
        cmocka_unit_test(test_dead_bands_that_are_none),
        cmocka_unit_test(test_percents_are_of_what_was_sent),
        cmocka_unit_test(test_numbers_at_the_edge_are_never_held_back),
        cmocka_unit_test(test_the_keys_tell_what_is_allowed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
