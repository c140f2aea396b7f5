/* SPDX-License-Identifier: MIT */
/* The quarter hour that runs, from telegrams alone. */
#include "core/json_writer.h"
#include "history/store.h"
#include "http/running.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

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

/* A file with telegrams of a steady 4 kW up to the gap and behind it. */
static struct history_reader *file_with_a_gap(const char *path, int64_t begin, int64_t end)
{
    char *error = NULL, *notice = NULL;
    bool damaged;
    struct dsmr_reading reading = {.item = item_of("eDeliveryTariff1"), .type = DSMR_TYPE_NUMBER};
    struct store *store = store_open(path, STORE_FAST, &notice, &error);
    assert_non_null(store);
    struct recorder *recorder = recorder_new(&recorder_rules_default, NULL);
    struct recorder_meter *meter = recorder_meter(recorder, "main", dsmr_zone_default);
    for (int64_t second = -2000; second <= 300; second += 10) {
        reading.number = (struct dsmr_number){100000 + second * 4000 / 3600, 3};
        if (second <= begin || second >= end)
            recorder_take(recorder, meter,
                          &(struct readings){.at = &reading,
                                             .count = 1,
                                             .has_time = true,
                                             .time = {.unix_s = QUARTER + second},
                                             .received_ms = (QUARTER + second) * 1000},
                          second * 1000);
    }
    recorder_flush(recorder);
    assert_true(store_write(store, &recorder->batch, &damaged, &error));
    recorder_free(recorder);
    store_close(store);
    struct history_reader *reader = history_reader_open(path, &error);
    assert_non_null(reader);
    return reader;
}

/* After a start: what the telegrams do not tell, the file does, if it was read near the edge. */
static void test_the_file_knows_the_start_unless_there_is_a_gap(void **state)
{
    (void)state;
    static const struct {
        int64_t begin, end;
        const char *start;
    } cases[] = {
        {0, 0, "{\"start\":\"2026-11-22T00:00:00+01:00\",\"mean\":3.996"},
        {-600, 30, "null"},
        {-600, 0, "{\"start\":\"2026-11-22T00:00:00+01:00\",\"mean\":3.996"},
        {-10, 200, "{\"start\":\"2026-11-22T00:00:00+01:00\",\"mean\":4.128"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char folder[] = "/tmp/dsmr-running-XXXXXX";
        char path[64];
        assert_non_null(mkdtemp(folder));
        snprintf(path, sizeof path, "%s/h.db", folder);
        struct history_reader *reader = file_with_a_gap(path, cases[i].begin, cases[i].end);
        struct world world = {0};
        telegram(&world, QUARTER + 300, 100000 + 300 * 4000 / 3600, 0, 4000);
        struct buffer out = {0};
        struct json json = {.out = &out};
        struct running running;
        running_take(&running, &world.now, &world.mark, dsmr_zone_default);
        running_quarter_json(&json, &running, "main", reader);
        assert_memory_equal(out.at, cases[i].start, strlen(cases[i].start));
        buffer_free(&out);
        history_reader_close(reader);
        for (const char *const *ending = (const char *const[]){"", "-wal", "-shm", ".lock", NULL};
             *ending; ending++) {
            char name[80];
            snprintf(name, sizeof name, "%s%s", path, *ending);
            remove(name);
        }
        assert_int_equal(rmdir(folder), 0);
    }
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
        cmocka_unit_test(test_the_file_knows_the_start_unless_there_is_a_gap),
        cmocka_unit_test(test_the_meters_own_mean_goes_first),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
