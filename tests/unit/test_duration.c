/* SPDX-License-Identifier: MIT */
/* How long something took, in words. */
#include "core/duration.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void test_durations(void **state)
{
    (void)state;
    static const struct {
        int64_t ms;
        const char *text;
    } cases[] = {
        {0, "0 s"},
        {59999, "59 s"},
        {192000, "3 min 12 s"},
        {3599000, "59 min 59 s"},
        {3600000, "1 h 0 min"},
        {86399000, "23 h 59 min"},
        {90000000, "1 d 1 h"},
        {INT64_MAX, "106751991167 d 7 h"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[DURATION_SIZE];
        assert_string_equal(duration_print(cases[i].ms, text), cases[i].text);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_durations),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
