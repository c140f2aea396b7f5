/* SPDX-License-Identifier: MIT */
#include "core/fixed_point.c"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void test_numbers_become_billionths(void **state)
{
    (void)state;
    static const struct {
        struct dsmr_number number;
        int64_t billionths;
    } cases[] = {
        {{1581120, 3}, INT64_C(1581120000000)},
        {{0, 18}, 0},
        {{-5, 1}, -500000000},
        {{7, 9}, 7},
        {{7000, 12}, 7},
        {{9223372036, 0}, INT64_C(9223372036000000000)},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        int64_t billionths = 1;
        assert_true(fixed_from_number(cases[i].number, &billionths));
        assert_int_equal(billionths, cases[i].billionths);
    }
}

static void test_what_cannot_be_held_is_refused(void **state)
{
    (void)state;
    static const struct dsmr_number numbers[] = {
        {INT64_C(9223372037), 0}, {INT64_C(999999999999999999), 3}, {1, 10}, {-7001, 12},
        {INT64_MIN, 0},
    };
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        int64_t billionths;
        assert_false(fixed_from_number(numbers[i], &billionths));
    }
}

static void test_billionths_are_rounded(void **state)
{
    (void)state;
    static const struct {
        int64_t billionths;
        uint8_t decimals;
        int64_t mantissa;
    } cases[] = {
        {1499999999, 0, 1},
        {1500000000, 0, 2},
        {-1499999999, 0, -1},
        {-1500000000, 0, -2},
        {1234567890, 9, 1234567890},
        {1234567890, 8, 123456789},
        {1234567895, 8, 123456790},
        {-1, 9, -1},
        {0, 3, 0},
        {INT64_MAX, 0, 9223372037},
        {INT64_MIN, 3, -9223372036855},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct dsmr_number number = fixed_to_number(cases[i].billionths, cases[i].decimals);
        assert_int_equal(number.mantissa, cases[i].mantissa);
        assert_int_equal(number.decimals, cases[i].decimals);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_numbers_become_billionths),
        cmocka_unit_test(test_what_cannot_be_held_is_refused),
        cmocka_unit_test(test_billionths_are_rounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
