/* SPDX-License-Identifier: MIT */
/* Powers derived from two readings: exact, and none where one is missing. */
#include "sink/net_power.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void check(struct dsmr_number taken, struct dsmr_number fed, const char *expected)
{
    struct dsmr_number net;
    char text[DSMR_NUMBER_SIZE];
    assert_true(net_power_of(taken, fed, &net));
    dsmr_number_print(net, text);
    assert_string_equal(text, expected);
}

static void test_taken_is_above_zero_and_fed_in_below(void **state)
{
    (void)state;
    check((struct dsmr_number){2010, 3}, (struct dsmr_number){0, 3}, "2.010");
    check((struct dsmr_number){0, 3}, (struct dsmr_number){450, 3}, "-0.450");
    check((struct dsmr_number){0, 3}, (struct dsmr_number){0, 3}, "0.000");
}

static void test_numbers_of_different_length(void **state)
{
    (void)state;
    check((struct dsmr_number){2, 0}, (struct dsmr_number){1, 3}, "1.999");
    check((struct dsmr_number){1, 3}, (struct dsmr_number){2, 0}, "-1.999");
}

static void test_more_digits_than_there_are(void **state)
{
    struct dsmr_number net;
    (void)state;
    assert_false(
        net_power_of((struct dsmr_number){INT64_MAX / 2, 0}, (struct dsmr_number){1, 9}, &net));
    assert_false(
        net_power_of((struct dsmr_number){INT64_MAX, 3}, (struct dsmr_number){-1, 3}, &net));
}

static void test_they_are_made_of_items_that_exist_and_are_no_item_themselves(void **state)
{
    (void)state;
    for (size_t i = 0; i < NET_POWERS; i++) {
        const struct net_power *net = net_power_at(i);
        const char *parts[] = {net->taken, net->fed};
        for (size_t j = 0; j < 2; j++) {
            dsmr_item item = dsmr_item_find((struct dsmr_text){parts[j], strlen(parts[j])});
            assert_int_not_equal(item, DSMR_ITEM_NONE);
            assert_int_equal(dsmr_item_info(item)->unit, DSMR_UNIT_KW);
        }
        assert_int_equal(dsmr_item_find((struct dsmr_text){net->id, strlen(net->id)}),
                         DSMR_ITEM_NONE);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_taken_is_above_zero_and_fed_in_below),
        cmocka_unit_test(test_numbers_of_different_length),
        cmocka_unit_test(test_more_digits_than_there_are),
        cmocka_unit_test(test_they_are_made_of_items_that_exist_and_are_no_item_themselves),
    };
    return cmocka_run_group_tests_name("net power", tests, NULL, NULL);
}
