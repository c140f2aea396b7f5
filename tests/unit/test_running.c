/* SPDX-License-Identifier: MIT */
/* The quarter hour that runs, from telegrams alone. */
#include "core/json_writer.h"
#include "http/running.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define QUARTER INT64_C(1795302000)

static dsmr_item item_of(const char *id)
{
    return dsmr_item_find((struct dsmr_text){id, strlen(id)});
}

/* A telegram of that moment: Wh of both tariffs, and W. */
struct world {
    struct dsmr_reading readings[4];
    struct snapshot now;
    struct quarter_mark mark;
};

static void set(struct dsmr_reading *reading, const char *id, int64_t thousandths)
{
    *reading = (struct dsmr_reading){
        .item = item_of(id), .type = DSMR_TYPE_NUMBER, .number = {thousandths, 3}};
}

static void telegram(struct world *world, int64_t at, int64_t low, int64_t high, int64_t power)
{
    set(&world->readings[0], "eDeliveryTariff1", low);
    set(&world->readings[1], "eDeliveryTariff2", high);
    set(&world->readings[2], "eActualDelivery", power);
    world->now =
        (struct snapshot){.present = true, .at = world->readings, .count = 3, .has_time = true};
    dsmr_time_from_unix(at, dsmr_zone_default, &world->now.time);
    quarter_follow(&world->mark, &world->now);
}

static void assert_quarter(struct world *world, const char *wanted)
{
    struct buffer out = {0};
    struct json json = {.out = &out};
    struct running running;
    running_take(&running, &world->now, &world->mark, dsmr_zone_default);
    running_quarter_json(&json, &running, "main", NULL);
    assert_string_equal(out.at, wanted);
    buffer_free(&out);
}

static void test_a_quarter_that_was_not_seen_from_its_start_is_not_known(void **state)
{
    (void)state;
    struct world world = {0};
    telegram(&world, QUARTER + 300, 1000, 2000, 500);
    assert_quarter(&world, "null");
    telegram(&world, QUARTER + 310, 1001, 2000, 500);
    assert_quarter(&world, "null");
}

static void test_mean_and_expected(void **state)
{
    (void)state;
    struct world world = {0};
    telegram(&world, QUARTER - 1, 1000, 2000, 500);
    telegram(&world, QUARTER + 1, 1000, 2000, 500);
    /* 100 Wh in 450 s are 0.8 kW; the other half with 2 kW makes 250 Wh more. */
    telegram(&world, QUARTER + 450, 1040, 2060, 2000);
    assert_quarter(&world,
                   "{\"start\":\"2026-11-22T00:00:00+01:00\",\"mean\":0.800,\"expected\":1.400,"
                   "\"month_peak\":null}");
    /* The next one begins where this ended. */
    telegram(&world, QUARTER + 900, 1040, 2310, 2000);
    telegram(&world, QUARTER + 1350, 1040, 2310, 0);
    assert_quarter(&world,
                   "{\"start\":\"2026-11-22T00:15:00+01:00\",\"mean\":0.000,\"expected\":0.000,"
                   "\"month_peak\":null}");
}

static void test_a_gap_over_the_start_is_not_bridged(void **state)
{
    (void)state;
    struct world world = {0};
    telegram(&world, QUARTER - 100, 1000, 2000, 500);
    telegram(&world, QUARTER + 10, 1100, 2000, 500);
    assert_quarter(&world, "null");
}

static void test_a_counter_that_goes_back_is_no_energy(void **state)
{
    (void)state;
    struct world world = {0};
    telegram(&world, QUARTER, 1000, 2000, 500);
    telegram(&world, QUARTER + 100, 500, 2000, 500);
    assert_quarter(&world, "null");
}

static void test_the_meters_own_mean_goes_first(void **state)
{
    (void)state;
    struct world world = {0};
    telegram(&world, QUARTER + 450, 1000, 2000, 2000);
    set(&world.readings[3], "eDemandDelivery", 400); /* 100 Wh so far */
    world.now.count = 4;
    assert_quarter(&world,
                   "{\"start\":\"2026-11-22T00:00:00+01:00\",\"mean\":0.800,\"expected\":1.400,"
                   "\"month_peak\":null}");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_quarter_that_was_not_seen_from_its_start_is_not_known),
        cmocka_unit_test(test_mean_and_expected),
        cmocka_unit_test(test_a_gap_over_the_start_is_not_bridged),
        cmocka_unit_test(test_a_counter_that_goes_back_is_no_energy),
        cmocka_unit_test(test_the_meters_own_mean_goes_first),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
