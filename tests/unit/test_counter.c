/* SPDX-License-Identifier: MIT */
/* One counter, on a clock of the test's own: what is good, what is doubted, what is believed. */
#include "meter/counter.c"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

/* A counter and the time that its readings come at. */
struct world {
    struct counter counter;
    struct sighting next;
};

static const int64_t one = FIXED_ONE;
static const int64_t step = FIXED_ONE / 1000; /* 0.001 kWh */

/* A meter of 56 kW that stands at so many thousandths. */
static struct world world_at(int64_t thousandths)
{
    struct world world = {.next = {.value = thousandths * step,
                                   .step = step,
                                   .most = 56 * FIXED_ONE,
                                   .at = {1000, 1700000000, 1700000000}}};
    assert_int_equal(counter_judge(&world.counter, &world.next), COUNTER_GOOD);
    return world;
}

static void pass(struct world *world, int64_t ms)
{
    int64_t before = world->next.at.loop_ms / 1000;
    world->next.at.loop_ms += ms;
    world->next.at.wall_s += world->next.at.loop_ms / 1000 - before;
    if (world->next.at.meter_s > 0)
        world->next.at.meter_s += world->next.at.loop_ms / 1000 - before;
}

static enum counter_verdict see(struct world *world, int64_t ms, int64_t thousandths)
{
    pass(world, ms);
    world->next.value = thousandths * step;
    return counter_judge(&world->counter, &world->next);
}

/* The same for a value with its own time, so many seconds after the world's beginning. */
static enum counter_verdict see_read(struct world *world, int64_t ms, int64_t thousandths,
                                     int64_t read_s)
{
    world->next.read_s = 1700000000 + read_s;
    return see(world, ms, thousandths);
}

/* A gas meter of 40 m3 an hour, seen for the first time, read at the world's beginning. */
static struct world gas_at(int64_t thousandths)
{
    struct world world = world_at(0);
    counter_forget(&world.counter);
    world.next.most = 40 * FIXED_ONE;
    assert_int_equal(see_read(&world, 0, thousandths, 0), COUNTER_GOOD);
    return world;
}

static void test_a_meter_that_counts_is_good(void **state)
{
    (void)state;
    struct world world = world_at(1581120);
    assert_int_equal(see(&world, 1000, 1581120), COUNTER_GOOD);
    assert_int_equal(see(&world, 1000, 1581121), COUNTER_GOOD);
    /* Full load: 56 kW are 0.0156 kWh a second. */
    for (int i = 1; i <= 600; i++)
        assert_int_equal(see(&world, 1000, 1581121 + i * 156 / 10), COUNTER_GOOD);
}

static void test_a_false_zero_is_not_good(void **state)
{
    (void)state;
    struct world world = world_at(1581120);
    for (int i = 0; i < 4; i++)
        assert_int_equal(see(&world, 850, 0), COUNTER_ZERO);
    assert_int_equal(see(&world, 1000, 1581121), COUNTER_GOOD);
    assert_false(world.counter.doubted);
}

static void test_a_zero_that_does_not_count_is_doubted_for_a_day(void **state)
{
    (void)state;
    struct world world = world_at(1581120);
    for (int minutes = 0; minutes < 24 * 60; minutes++)
        assert_int_equal(see(&world, 60000, 0), COUNTER_ZERO);
    assert_int_equal(see(&world, 60000, 0), COUNTER_NEW_SERIES);
    assert_int_equal(see(&world, 60000, 0), COUNTER_GOOD);
}

static void test_a_zero_is_believed_when_it_counts_on(void **state)
{
    (void)state;
    struct world world = world_at(1581120);
    for (int seconds = 0; seconds <= 180; seconds++)
        assert_int_equal(see(&world, 1000, 0), COUNTER_ZERO);
    assert_int_equal(see(&world, 1000, 1), COUNTER_NEW_SERIES);
    assert_int_equal(see(&world, 1000, 2), COUNTER_GOOD);
    /* What it was before is no step up any more, but a jump. */
    assert_int_equal(see(&world, 1000, 1581121), COUNTER_JUMP);
}

static void test_a_small_step_back_is_waited_out(void **state)
{
    (void)state;
    struct world world = world_at(1581120);
    for (int minutes = 0; minutes < 60; minutes++)
        assert_int_equal(see(&world, 60000, 1581020 + minutes), COUNTER_BACK);
    assert_int_equal(see(&world, 60000, 1581119), COUNTER_BACK);
    assert_int_equal(see(&world, 60000, 1581120), COUNTER_GOOD);
}

static void test_a_large_step_back_is_a_new_series_once_it_lasted(void **state)
{
    (void)state;
    struct world world = world_at(1581120);
    for (int seconds = 0; seconds < 180; seconds += 10)
        assert_int_equal(see(&world, 10000, 17000 + seconds / 10), COUNTER_BACK);
    assert_int_equal(see(&world, 10000, 17018), COUNTER_NEW_SERIES);
    assert_int_equal(see(&world, 10000, 17019), COUNTER_GOOD);
}

static void test_what_lasts_but_is_seldom_seen_is_not_believed(void **state)
{
    (void)state;
    struct world world = world_at(1581120);
    for (int i = 0; i < COUNTER_TELEGRAMS - 1; i++)
        assert_int_equal(see(&world, COUNTER_PATIENCE_MS, 17000), COUNTER_BACK);
    assert_int_equal(see(&world, COUNTER_PATIENCE_MS, 17000), COUNTER_NEW_SERIES);
}

static void test_what_leaps_about_is_never_believed(void **state)
{
    (void)state;
    struct world world = world_at(1581120);
    for (int i = 0; i < 1000; i++)
        assert_int_equal(see(&world, 1000, i % 2 == 0 ? 17000 : 9000), COUNTER_BACK);
    assert_int_equal(see(&world, 1000, 1581125), COUNTER_GOOD);
}

static void test_a_jump_is_more_than_the_connection_can_carry(void **state)
{
    (void)state;
    struct world world = world_at(1581120);
    /* An hour without telegrams at full load. */
    assert_int_equal(see(&world, 3600 * 1000, 1581120 + 56000), COUNTER_GOOD);
    assert_int_equal(see(&world, 10000, 1581120 + 56000 + 2000), COUNTER_JUMP);
    assert_int_equal(see(&world, 10000, 1581120 + 56000 + 311), COUNTER_GOOD);
}

static void test_telegrams_that_come_all_at_once_are_good(void **state)
{
    (void)state;
    struct world world = world_at(1581120);
    assert_int_equal(see(&world, 60000, 1581130), COUNTER_GOOD);
    for (int i = 0; i < 30; i++)
        assert_int_equal(see(&world, 0, 1581130 + i * 100), COUNTER_GOOD);
}

static void test_a_jump_that_lasts_is_a_new_series(void **state)
{
    (void)state;
    struct world world = world_at(1581120);
    for (int seconds = 0; seconds < 180; seconds += 10)
        assert_int_equal(see(&world, 10000, 9000000 + seconds), COUNTER_JUMP);
    assert_int_equal(see(&world, 10000, 9000180), COUNTER_NEW_SERIES);
}

static void test_without_a_limit_nothing_is_a_jump(void **state)
{
    (void)state;
    struct world world = world_at(5);
    world.next.most = 0;
    assert_int_equal(see(&world, 1, INT64_MAX / FIXED_ONE * 1000), COUNTER_GOOD);
}

static void test_the_last_digit_may_be_coarse(void **state)
{
    (void)state;
    struct world world = world_at(70000);
    world.next.step = one; /* whole kWh */
    assert_int_equal(see(&world, 10000, 71000), COUNTER_GOOD);
    assert_int_equal(see(&world, 10000, 74000), COUNTER_JUMP);
}

static void test_a_computer_that_slept(void **state)
{
    (void)state;
    struct world world = world_at(1581120);
    world.next.at.wall_s += 8 * 3600; /* the loop's clock stood still */
    world.next.at.meter_s += 8 * 3600;
    assert_int_equal(see(&world, 1000, 1581120 + 20000), COUNTER_GOOD);
    world.next.at.wall_s += 365 * 86400; /* the clock was set, and nothing else */
    assert_int_equal(see(&world, 1000, 1581120 + 40000), COUNTER_JUMP);
}

static void test_a_level_from_before_the_start(void **state)
{
    (void)state;
    struct world world = world_at(1581120);
    world.counter.good.at.loop_ms = -1;
    world.next.at.loop_ms = 0;
    assert_int_equal(see(&world, 0, 0), COUNTER_ZERO);
    world.next.at.wall_s += 3600;
    world.next.at.meter_s += 3600;
    assert_int_equal(see(&world, 0, 1581120 + 60000), COUNTER_JUMP);
    assert_int_equal(see(&world, 0, 1581120 + 50000), COUNTER_GOOD);
}

static void test_a_level_from_before_the_start_and_a_clock_that_is_not_set(void **state)
{
    (void)state;
    struct world world = world_at(1581120);
    world.next.at = (struct moment){0, 1000, 0}; /* 1970, and a meter without a clock */
    world.counter.good.at = (struct moment){-1, 1700000000, 0};
    assert_int_equal(see(&world, 0, 1581120 + 5000), COUNTER_JUMP);
    world.next.at.wall_s = 1700000000 + 3600;
    assert_int_equal(see(&world, 0, 1581120 + 5000), COUNTER_GOOD);
}

static void test_zero_is_good_where_it_always_was(void **state)
{
    (void)state;
    struct world world = world_at(0);
    assert_int_equal(see(&world, 1000, 0), COUNTER_GOOD);
    assert_int_equal(see(&world, 1000, 1), COUNTER_GOOD);
}

static void test_a_meter_that_is_all_zero_may_be_starting(void **state)
{
    (void)state;
    struct world world = {.next = {.step = step, .most = 56 * FIXED_ONE, .bare = true}};
    for (int seconds = 0; seconds < 180; seconds++)
        assert_int_equal(see(&world, 1000, 0), COUNTER_ZERO);
    struct world other = world;
    assert_int_equal(see(&world, 1000, 0), COUNTER_GOOD); /* new, and nothing was used so far */
    other.next.bare = false;
    assert_int_equal(see(&other, 1000, 1581120), COUNTER_GOOD); /* it was starting */
}

static void test_below_zero_is_never_good(void **state)
{
    (void)state;
    struct world world = {.next = {.step = step, .most = 56 * FIXED_ONE}};
    for (int hours = 0; hours < 100; hours++)
        assert_int_equal(see(&world, 3600 * 1000, -1), COUNTER_BACK);
    assert_int_equal(see(&world, 1000, 17), COUNTER_GOOD);
}

static void test_values_with_their_own_time(void **state)
{
    (void)state;
    struct world world = gas_at(981000);
    for (int seconds = 0; seconds < 3600; seconds += 10)
        assert_int_equal(see_read(&world, 10000, 981000, 0), COUNTER_GOOD);
    assert_int_equal(see_read(&world, 10000, 984000, 3600), COUNTER_GOOD);
    /* Five minutes of gas are at most 3.3 m3, however long the telegrams were away. */
    assert_int_equal(see_read(&world, 3600 * 1000, 994000, 3900), COUNTER_JUMP);
    assert_int_equal(see_read(&world, 1000, 987000, 3900), COUNTER_GOOD);
    /* A time far ahead does not allow for anything. */
    assert_int_equal(see_read(&world, 300 * 1000, 1987000, 365 * 86400), COUNTER_JUMP);
}

static void test_an_own_time_that_runs_backwards(void **state)
{
    (void)state;
    struct world world = gas_at(200);
    assert_int_equal(see_read(&world, 1000, 500, 7200), COUNTER_GOOD);
    assert_int_equal(see_read(&world, 1000, 500, 3600), COUNTER_CLOCK);
    assert_int_equal(see_read(&world, 1000, 500, 7200), COUNTER_GOOD);
    /* Its clock was set back: three readings of it prove that. */
    for (int i = 0; i < 2; i++)
        for (int seconds = 0; seconds < 300; seconds += 10)
            assert_int_equal(see_read(&world, 10000, 510, 600 + i * 300), COUNTER_CLOCK);
    assert_int_equal(see_read(&world, 10000, 520, 1200), COUNTER_GOOD);
    assert_int_equal(see_read(&world, 10000, 520, 1200), COUNTER_GOOD);
}

static void test_a_zero_that_telegrams_repeat_is_seen_once(void **state)
{
    (void)state;
    struct world world = gas_at(981000);
    for (int i = 1; i <= 2; i++)
        for (int seconds = 0; seconds < 3600; seconds += 10)
            assert_int_equal(see_read(&world, 10000, 5000, i * 3600), COUNTER_BACK);
    assert_int_equal(see_read(&world, 10000, 5200, 3 * 3600), COUNTER_NEW_SERIES);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_meter_that_counts_is_good),
        cmocka_unit_test(test_a_false_zero_is_not_good),
        cmocka_unit_test(test_a_zero_that_does_not_count_is_doubted_for_a_day),
        cmocka_unit_test(test_a_zero_is_believed_when_it_counts_on),
        cmocka_unit_test(test_a_small_step_back_is_waited_out),
        cmocka_unit_test(test_a_large_step_back_is_a_new_series_once_it_lasted),
        cmocka_unit_test(test_what_lasts_but_is_seldom_seen_is_not_believed),
        cmocka_unit_test(test_what_leaps_about_is_never_believed),
        cmocka_unit_test(test_a_jump_is_more_than_the_connection_can_carry),
        cmocka_unit_test(test_telegrams_that_come_all_at_once_are_good),
        cmocka_unit_test(test_a_jump_that_lasts_is_a_new_series),
        cmocka_unit_test(test_without_a_limit_nothing_is_a_jump),
        cmocka_unit_test(test_the_last_digit_may_be_coarse),
        cmocka_unit_test(test_a_computer_that_slept),
        cmocka_unit_test(test_a_level_from_before_the_start),
        cmocka_unit_test(test_a_level_from_before_the_start_and_a_clock_that_is_not_set),
        cmocka_unit_test(test_zero_is_good_where_it_always_was),
        cmocka_unit_test(test_a_meter_that_is_all_zero_may_be_starting),
        cmocka_unit_test(test_below_zero_is_never_good),
        cmocka_unit_test(test_values_with_their_own_time),
        cmocka_unit_test(test_an_own_time_that_runs_backwards),
        cmocka_unit_test(test_a_zero_that_telegrams_repeat_is_seen_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
