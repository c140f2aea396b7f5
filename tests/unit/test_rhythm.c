/* SPDX-License-Identifier: MIT */
/* How long silence may last, by what a meter has shown of its rhythm. */
#include "source/rhythm.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

enum { MINUTE_MS = 60000, LONGEST_MS = 600000 };

/* So many telegrams, one each interval; returns the time of the last. */
static int64_t send_telegrams(struct rhythm *rhythm, int64_t from, int count, int64_t interval)
{
    for (int i = 0; i < count; i++) {
        rhythm_bytes(rhythm);
        rhythm_telegram(rhythm, from + i * interval);
    }
    return from + (count - 1) * interval;
}

static void test_a_minute_while_nothing_is_known(void **state)
{
    struct rhythm rhythm = {0};
    (void)state;
    assert_int_equal(rhythm_patience(&rhythm), MINUTE_MS);
    rhythm_connected(&rhythm);
    send_telegrams(&rhythm, 1000, 3, 1000);
    assert_int_equal(rhythm_patience(&rhythm), MINUTE_MS);
}

static void test_between_three_and_five_telegrams(void **state)
{
    static const int64_t intervals[] = {2000, 10000, 30000, 60000};
    (void)state;
    for (size_t i = 0; i < sizeof intervals / sizeof intervals[0]; i++) {
        struct rhythm rhythm = {0};
        rhythm_connected(&rhythm);
        send_telegrams(&rhythm, 500, 4, intervals[i]);
        assert_in_range(rhythm_patience(&rhythm), 3 * intervals[i], 5 * intervals[i]);
    }
}

static void test_never_below_five_seconds(void **state)
{
    struct rhythm rhythm = {0};
    (void)state;
    rhythm_connected(&rhythm);
    send_telegrams(&rhythm, 0, 100, 10);
    assert_int_equal(rhythm_patience(&rhythm), 5000);
}

/* Another dsmr sends its last telegram at once, and the next one may follow soon. */
static void test_a_short_first_gap_proves_nothing(void **state)
{
    struct rhythm rhythm = {0};
    (void)state;
    rhythm_connected(&rhythm);
    rhythm_telegram(&rhythm, 0);
    send_telegrams(&rhythm, 100, 3, 10000);
    assert_in_range(rhythm_patience(&rhythm), 30000, 50000);
}

static void test_the_time_without_a_connection_is_no_gap(void **state)
{
    struct rhythm rhythm = {0};
    (void)state;
    rhythm_connected(&rhythm);
    int64_t last = send_telegrams(&rhythm, 0, 10, 10000);
    rhythm_connected(&rhythm);
    send_telegrams(&rhythm, last + 7200000, 2, 10000);
    assert_in_range(rhythm_patience(&rhythm), 30000, 50000);
}

static void test_patience_grows_while_nothing_comes(void **state)
{
    struct rhythm rhythm = {0};
    (void)state;
    for (int64_t wanted = MINUTE_MS; wanted < LONGEST_MS; wanted *= 2) {
        assert_int_equal(rhythm_patience(&rhythm), wanted);
        rhythm_gave_up(&rhythm);
    }
    for (int i = 0; i < 1000; i++)
        rhythm_gave_up(&rhythm);
    assert_int_equal(rhythm_patience(&rhythm), LONGEST_MS);
}

/* Seldom is not never: one telegram in five minutes must become a known rhythm. */
static void test_a_meter_that_sends_each_five_minutes_is_learned(void **state)
{
    struct rhythm rhythm = {0};
    int64_t now = 0;
    int64_t last_bytes = 0;
    int given_up = 0;
    (void)state;
    rhythm_connected(&rhythm);
    for (int64_t telegram = 300000; telegram <= 300000 * 30; telegram += 300000) {
        while (last_bytes + rhythm_patience(&rhythm) < telegram) {
            now = last_bytes + rhythm_patience(&rhythm);
            rhythm_gave_up(&rhythm);
            rhythm_connected(&rhythm);
            last_bytes = now;
            given_up++;
        }
        rhythm_bytes(&rhythm);
        rhythm_telegram(&rhythm, telegram);
        last_bytes = telegram;
    }
    assert_in_range(given_up, 1, 6);
    assert_int_equal(rhythm_patience(&rhythm), LONGEST_MS);
}

static void test_bytes_end_the_growing_of_a_known_rhythm(void **state)
{
    struct rhythm rhythm = {0};
    (void)state;
    rhythm_connected(&rhythm);
    send_telegrams(&rhythm, 0, 5, 10000);
    int64_t before = rhythm_patience(&rhythm);
    rhythm_gave_up(&rhythm);
    assert_int_equal(rhythm_patience(&rhythm), 2 * before);
    rhythm_connected(&rhythm);
    rhythm_bytes(&rhythm);
    assert_int_equal(rhythm_patience(&rhythm), before);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_minute_while_nothing_is_known),
        cmocka_unit_test(test_between_three_and_five_telegrams),
        cmocka_unit_test(test_never_below_five_seconds),
        cmocka_unit_test(test_a_short_first_gap_proves_nothing),
        cmocka_unit_test(test_the_time_without_a_connection_is_no_gap),
        cmocka_unit_test(test_patience_grows_while_nothing_comes),
        cmocka_unit_test(test_a_meter_that_sends_each_five_minutes_is_learned),
        cmocka_unit_test(test_bytes_end_the_growing_of_a_known_rhythm),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
