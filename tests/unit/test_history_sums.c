/* SPDX-License-Identifier: MIT */
/*
 * The sum over tariffs where a meter has both a register of all tariffs and one of each, and not always in
 * the same telegram, as states that Home Assistant kept come: nothing counts twice, nothing is left out.
 */
#include "history/recorder.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { ALL = 1, FIRST = 2, SECOND = 4, EACH = FIRST | SECOND, PARTS = 3, START = 1750000000 };

struct meter {
    struct recorder *recorder;
    struct recorder_meter *of;
    int64_t at;
    int64_t shows[PARTS]; /* Wh: of all tariffs, the first, the second */
    const char *equipment;
};

static int set_up(void **state)
{
    struct meter *meter = calloc(1, sizeof *meter);
    meter->recorder = recorder_new(&recorder_rules_default, NULL);
    meter->of = recorder_meter(meter->recorder, "main", dsmr_zone_default);
    meter->at = START;
    meter->shows[0] = 9000000;
    meter->shows[1] = 5000000;
    meter->shows[2] = 4000000;
    meter->equipment = "E1";
    *state = meter;
    return 0;
}

static int tear_down(void **state)
{
    struct meter *meter = *state;
    recorder_free(meter->recorder);
    free(meter);
    return 0;
}

static dsmr_item item_of(const char *id)
{
    return dsmr_item_find((struct dsmr_text){id, strlen(id)});
}

/* A telegram with some of the registers, a minute after the last one. */
static void tell(struct meter *meter, unsigned which)
{
    static const char *const ids[PARTS] = {"eDeliveryTariff0", "eDeliveryTariff1",
                                           "eDeliveryTariff2"};
    struct dsmr_reading readings[PARTS + 1] = {
        {.item = item_of("eEquipmentId"),
         .type = DSMR_TYPE_TEXT,
         .text = {meter->equipment, strlen(meter->equipment)}}};
    size_t count = 1;
    meter->at += 60;
    for (size_t i = 0; i < PARTS; i++)
        if (which & 1u << i)
            readings[count++] = (struct dsmr_reading){
                .item = item_of(ids[i]), .type = DSMR_TYPE_NUMBER, .number = {meter->shows[i], 3}};
    recorder_take_at(meter->recorder, meter->of, &(struct readings){.at = readings, .count = count},
                     meter->at);
}

static void use(struct meter *meter, int64_t first, int64_t second)
{
    meter->shows[0] += first + second;
    meter->shows[1] += first;
    meter->shows[2] += second;
}

static int64_t sum_of(const struct meter *meter)
{
    assert_int_not_equal(meter->of->sums[0].slot, 0);
    return meter->of->slots[meter->of->sums[0].slot - 1].total;
}

static size_t series_begun(const struct meter *meter)
{
    uint32_t key = meter->of->slots[meter->of->sums[0].slot - 1].key;
    size_t count = 0;
    for (size_t i = 0; i < meter->recorder->batch.count; i++)
        count += meter->recorder->batch.at[i].kind == CHANGE_SERIES &&
                 meter->recorder->batch.at[i].numbers[0] == key;
    return count;
}

static void test_in_turns_nothing_counts_twice(void **state)
{
    static const unsigned orders[][3] = {{ALL, EACH, 0},
                                         {EACH, ALL, 0},
                                         {ALL, FIRST, SECOND},
                                         {SECOND, ALL, FIRST},
                                         {ALL | FIRST, SECOND, 0}};
    struct meter *meter = *state;
    for (size_t order = 0; order < sizeof orders / sizeof orders[0]; order++) {
        tell(meter, ALL | EACH);
        int64_t before = sum_of(meter);
        int64_t shown = meter->shows[0];
        for (int i = 0; i < 500; i++) {
            use(meter, i % 7, i % 3);
            for (size_t k = 0; k < 3 && orders[order][k] != 0; k++)
                tell(meter, orders[order][k]);
            assert_int_equal(sum_of(meter) - before, meter->shows[0] - shown);
        }
    }
}

/* A row of the series for each telegram would fill the disk. */
static void test_in_turns_one_series_goes_on(void **state)
{
    struct meter *meter = *state;
    tell(meter, ALL | EACH);
    for (int i = 0; i < 500; i++) {
        use(meter, i % 7, i % 3);
        tell(meter, ALL);
        tell(meter, EACH);
    }
    assert_int_equal(series_begun(meter), 1);
}

static void test_a_register_that_is_missing_for_a_while(void **state)
{
    static const unsigned missing[] = {ALL, EACH, FIRST};
    struct meter *meter = *state;
    tell(meter, ALL | EACH);
    int64_t before = sum_of(meter);
    int64_t shown = meter->shows[0];
    for (int i = 0; i < 600; i++) {
        unsigned without = i / 20 % 2 == 0 ? 0 : missing[i / 40 % 3];
        use(meter, i % 7, i % 3);
        tell(meter, (ALL | EACH) & ~without);
        assert_int_equal(sum_of(meter) - before, meter->shows[0] - shown);
    }
}

/* The one that goes on counts from where the other ended. */
static void test_a_register_that_comes_no_more(void **state)
{
    static const unsigned kept[] = {EACH, ALL, EACH, ALL};
    struct meter *meter = *state;
    tell(meter, ALL | EACH);
    int64_t before = sum_of(meter);
    int64_t shown = meter->shows[0];
    for (size_t i = 0; i < 4; i++)
        for (int k = 0; k < 2000; k++) {
            use(meter, 2, 1);
            tell(meter, kept[i]);
            assert_int_equal(sum_of(meter) - before, meter->shows[0] - shown);
        }
}

static void test_another_meter_owes_nothing_to_the_one_before(void **state)
{
    struct meter *meter = *state;
    tell(meter, ALL | EACH);
    use(meter, 500, 500);
    tell(meter, EACH); /* the register of all tariffs was not heard of these */
    int64_t before = sum_of(meter);
    meter->equipment = "E2";
    meter->shows[0] = 30;
    meter->shows[1] = 20;
    meter->shows[2] = 10;
    tell(meter, ALL);
    assert_int_equal(sum_of(meter), before);
    for (int i = 0; i < 100; i++) {
        use(meter, 5, 1);
        tell(meter, ALL);
        assert_int_equal(sum_of(meter) - before, meter->shows[0] - 30);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_in_turns_nothing_counts_twice, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_in_turns_one_series_goes_on, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_register_that_is_missing_for_a_while, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_a_register_that_comes_no_more, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_another_meter_owes_nothing_to_the_one_before, set_up,
                                        tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
