/* SPDX-License-Identifier: MIT */
/* Names get numbers in the order in which they are seen first, and keep them. */
#include "core/names.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

enum { MANY = 5000 };

static void test_first_seen_first_numbered(void **state)
{
    (void)state;
    struct names names = {0};
    char main_name[] = "main";
    assert_int_equal(names_number(&names, main_name), 0);
    assert_int_equal(names_number(&names, "garage"), 1);
    main_name[0] = 'x'; /* it was copied */
    assert_int_equal(names_number(&names, "main"), 0);
    assert_int_equal(names_number(&names, "Garage"), 2);
    assert_int_equal(names_number(&names, ""), 3);
    assert_int_equal(names_number(&names, ""), 3);
    assert_int_equal(names.count, 4);
    names_free(&names);
    assert_int_equal(names.count, 0);
}

static void test_many_names(void **state)
{
    (void)state;
    struct names names = {0};
    char name[16];
    for (int round = 0; round < 2; round++)
        for (size_t i = 0; i < MANY; i++) {
            snprintf(name, sizeof name, "m%zu", i);
            assert_int_equal(names_number(&names, name), i);
        }
    assert_int_equal(names.count, MANY);
    names_free(&names);
}

static void test_none(void **state)
{
    (void)state;
    struct names names = {0};
    names_free(&names);
    assert_null(names.at);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_first_seen_first_numbered),
        cmocka_unit_test(test_many_names),
        cmocka_unit_test(test_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
