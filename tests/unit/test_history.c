/* SPDX-License-Identifier: MIT */
/* The history from readings to answers, without a program around it: clocks, steps, series, sums. */
#include "history/calendar.h"
#include "history/moment.h"
#include "history/query.h"
#include "history/store.h"

#include "history_house.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

struct world {
    char *folder;
    char *path;
    struct store *store;
    struct recorder *recorder;
    struct recorder_meter *meter;
    struct house house;
};

static void open_world(struct world *world)
{
    char *notice = NULL;
    char *error = NULL;
    world->store = store_open(world->path, STORE_FAST, &notice, &error);
    assert_null(error);
    assert_null(notice);
    world->recorder = store_restore(world->store, &recorder_rules_default, NULL, &error);
    assert_null(error);
    world->meter = recorder_meter(world->recorder, "main", dsmr_zone_default);
}

static void write_world(struct world *world)
{
    bool damaged;
    char *error = NULL;
    assert_true(store_write(world->store, &world->recorder->batch, &damaged, &error));
    batch_clear(&world->recorder->batch);
}

static void close_world(struct world *world)
{
    recorder_free(world->recorder);
    store_close(world->store);
}

static int set_up(void **state)
{
    struct world *world = calloc(1, sizeof *world);
    char name[] = "/tmp/dsmr-history-XXXXXX";
    assert_non_null(mkdtemp(name));
    world->folder = strdup(name);
    world->path = malloc(64);
    snprintf(world->path, 64, "%s/h.db", name);
    open_world(world);
    *state = world;
    return 0;
}

static int tear_down(void **state)
{
    static const char *const endings[] = {"", "-wal", "-shm", ".lock"};
    struct world *world = *state;
    char path[80];
    close_world(world);
    house_end(&world->house);
    for (size_t i = 0; i < sizeof endings / sizeof endings[0]; i++) {
        snprintf(path, sizeof path, "%s%s", world->path, endings[i]);
        remove(path);
    }
    remove(world->folder);
    free(world->folder);
    free(world->path);
    free(world);
    return 0;
}

static struct history_answer ask(struct world *world, const char *const *items, size_t count,
                                 int64_t from, int64_t to, struct history_step step)
{
    char *error = NULL;
    struct history_reader *reader = history_reader_open(world->path, &error);
    assert_null(error);
    struct history_query query = {
        .items = items, .item_count = count, .from = from, .to = to, .step = step};
    struct history_answer answer;
    assert_true(history_read(reader, &query, &answer, &error));
    history_reader_close(reader);
    return answer;
}

static void take(struct world *world)
{
    const struct readings *readings = house_readings(&world->house);
    recorder_take(world->recorder, world->meter, readings, readings->received_ms);
}

/* Lives on, a telegram each step, and closes and opens the file again every so often. */
static void live(struct world *world, int64_t until, int64_t step, int64_t reopen)
{
    int64_t next = world->house.household.unix_s + reopen;
    while (world->house.household.unix_s < until) {
        household_advance(&world->house.household, step);
        take(world);
        if (reopen == 0 || world->house.household.unix_s < next)
            continue;
        write_world(world);
        close_world(world);
        open_world(world);
        next += reopen;
    }
}

/* Every length of steps adds up to what the registers went up by. */
static void assert_adds_up(struct world *world, const struct truth *begun, int64_t from, int64_t to)
{
    static const struct history_step steps[] = {
        {HISTORY_SECOND, 10}, {HISTORY_SECOND, 60}, {HISTORY_SECOND, 900}, {HISTORY_SECOND, 3600},
        {HISTORY_DAY, 1},     {HISTORY_MONTH, 1},   {HISTORY_YEAR, 1},
    };
    struct truth now;
    truth_read(&now, &world->house.household);
    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
        struct history_answer answer = ask(world, truth_ids, TRUTH_PARTS, from, to, steps[i]);
        for (size_t k = 0; k < TRUTH_PARTS; k++) {
            int64_t sum = 0;
            for (size_t n = 0; n < answer.series[k].count; n++)
                if (answer.series[k].at[n].present)
                    sum += answer.series[k].at[n].used.mantissa;
            assert_int_equal(sum, now.at[k] - begun->at[k]);
        }
        history_answer_free(&answer);
    }
}

static void test_both_changes_of_the_clock_to_the_last_digit(void **state)
{
    struct world *world = *state;
    static const int months[] = {3, 10};
    static const int days[] = {30, 26};
    static const int64_t hours[] = {23, 25};
    for (size_t i = 0; i < 2; i++) {
        int64_t day = calendar_midnight(dsmr_zone_default, 2025, months[i], days[i]);
        int64_t start = day - 7200;
        if (i == 0)
            house_begin(&world->house, 1, start);
        world->house.household.unix_s = start;
        int64_t end = calendar_row_end(dsmr_zone_default, STEP_DAY, day);
        assert_int_equal(end - day, hours[i] * 3600);
        take(world);
        live(world, day, 1, 0);
        struct truth before;
        truth_read(&before, &world->house.household);
        live(world, end, 1, 0);
        struct truth after;
        truth_read(&after, &world->house.household);
        live(world, end + 60, 1, 0);
        recorder_flush(world->recorder);
        write_world(world);
        struct history_answer answer =
            ask(world, truth_ids, TRUTH_PARTS, day, end, (struct history_step){HISTORY_DAY, 1});
        for (size_t k = 0; k < TRUTH_PARTS; k++) {
            assert_int_equal(answer.series[k].count, 1);
            assert_int_equal(answer.series[k].at[0].used.mantissa, after.at[k] - before.at[k]);
            assert_int_equal(answer.series[k].at[0].first.mantissa, before.at[k]);
            assert_int_equal(answer.series[k].at[0].last.mantissa, after.at[k]);
        }
        history_answer_free(&answer);
        live(world, end + 90000, 300, 0);
    }
}

static void test_closing_and_opening_at_any_time_loses_nothing(void **state)
{
    struct world *world = *state;
    int64_t start = calendar_midnight(dsmr_zone_default, 2025, 6, 30) - 4321;
    struct truth begun;
    house_begin(&world->house, 3, start);
    truth_read(&begun, &world->house.household);
    take(world);
    live(world, start + 90000, 3, 1337);
    recorder_flush(world->recorder);
    write_world(world);
    assert_adds_up(world, &begun, start, world->house.household.unix_s + 1);
}

static void test_other_meters_go_on_with_the_totals(void **state)
{
    struct world *world = *state;
    int64_t start = calendar_midnight(dsmr_zone_default, 2025, 6, 30);
    struct truth sum = {0};
    house_begin(&world->house, 1, start);
    for (uint64_t seed = 1; seed <= 4; seed++) {
        struct truth before;
        struct truth after;
        if (seed > 1)
            house_swap(&world->house, seed);
        household_advance(&world->house.household, 1);
        truth_read(&before, &world->house.household);
        take(world);
        live(world, start + (int64_t)seed * 30000, 5, 11000);
        truth_read(&after, &world->house.household);
        for (size_t i = 0; i < TRUTH_PARTS; i++)
            sum.at[i] += after.at[i] - before.at[i];
    }
    recorder_flush(world->recorder);
    write_world(world);
    struct history_answer answer = ask(world, truth_ids, TRUTH_PARTS, start, start + 130000,
                                       (struct history_step){HISTORY_YEAR, 1});
    for (size_t i = 0; i < TRUTH_PARTS; i++)
        assert_int_equal(answer.series[i].at[0].used.mantissa, sum.at[i]);
    history_answer_free(&answer);
}

static void test_means_and_extremes_of_every_length_agree(void **state)
{
    struct world *world = *state;
    int64_t start = calendar_midnight(dsmr_zone_default, 2025, 6, 30);
    static const char *const items[] = {"eActualDelivery", "eInstantVoltageL2"};
    int64_t sum = 0;
    int64_t least = INT64_MAX;
    int64_t greatest = 0;
    house_begin(&world->house, 1, start - 1);
    for (int i = 0; i < 86400; i++) {
        household_advance(&world->house.household, 1);
        take(world);
        int64_t power = household_delivery_w(&world->house.household);
        sum += power;
        least = power < least ? power : least;
        greatest = power > greatest ? power : greatest;
    }
    recorder_flush(world->recorder);
    write_world(world);
    struct history_answer answer =
        ask(world, items, 2, start, start + 86400, (struct history_step){HISTORY_DAY, 1});
    assert_int_equal(answer.series[0].at[0].mean.mantissa, (sum + 43200) / 86400);
    assert_int_equal(answer.series[0].at[0].least.mantissa, least);
    assert_int_equal(answer.series[0].at[0].greatest.mantissa, greatest);
    assert_int_equal(answer.series[0].unit, DSMR_UNIT_KW);
    assert_int_equal(answer.series[1].unit, DSMR_UNIT_V);
    history_answer_free(&answer);
}

/* Telegrams of 1970, of yesterday, and of an hour that is still to come. */
static void test_telegrams_of_another_time_never_change_a_total(void **state)
{
    struct world *world = *state;
    int64_t start = calendar_midnight(dsmr_zone_default, 2025, 6, 30);
    struct truth begun;
    house_begin(&world->house, 1, start);
    truth_read(&begun, &world->house.household);
    take(world);
    static const int64_t others[] = {1000, -86400, -3, 0, 90 * 86400, -5, INT64_C(9000000000)};
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        live(world, world->house.household.unix_s + 600, 1, 0);
        struct readings strange = *house_readings(&world->house);
        int64_t now = strange.time.unix_s;
        strange.time.unix_s = i == 0 || i == 6 ? others[i] : now + others[i];
        uint64_t taken = world->recorder->taken;
        recorder_take(world->recorder, world->meter, &strange, now * 1000);
        assert_int_equal(world->recorder->taken, taken);
    }
    live(world, world->house.household.unix_s + 600, 1, 0);
    recorder_flush(world->recorder);
    write_world(world);
    assert_adds_up(world, &begun, start, world->house.household.unix_s + 1);
}

static void test_a_gap_counts_where_reading_goes_on(void **state)
{
    struct world *world = *state;
    int64_t start = calendar_midnight(dsmr_zone_default, 2025, 6, 30);
    static const char *const items[] = {"eDelivery"};
    struct truth begun;
    house_begin(&world->house, 1, start);
    truth_read(&begun, &world->house.household);
    take(world);
    live(world, start + 7200, 10, 0);
    household_advance(&world->house.household, 3 * 86400);
    take(world);
    live(world, world->house.household.unix_s + 7200, 10, 0);
    recorder_flush(world->recorder);
    write_world(world);
    struct history_answer answer =
        ask(world, items, 1, start, start + 4 * 86400, (struct history_step){HISTORY_DAY, 1});
    assert_true(answer.series[0].at[0].present);
    assert_false(answer.series[0].at[1].present);
    assert_false(answer.series[0].at[2].present);
    assert_true(answer.series[0].at[3].present);
    history_answer_free(&answer);
    assert_adds_up(world, &begun, start, world->house.household.unix_s + 1);
}

static void test_quarter_hours_with_the_most_are_kept_by_month(void **state)
{
    struct world *world = *state;
    int64_t start = calendar_midnight(dsmr_zone_default, 2025, 6, 30);
    static const char *const items[] = {"eDelivery"};
    struct history_peak *peaks;
    size_t count;
    char *error = NULL;
    house_begin(&world->house, 1, start);
    take(world);
    live(world, start + 2 * 86400, 5, 40000);
    recorder_flush(world->recorder);
    write_world(world);
    struct history_reader *reader = history_reader_open(world->path, &error);
    assert_true(history_peaks(reader, "main", &peaks, &count, &error));
    assert_int_equal(count, 2);
    assert_int_equal(peaks[0].month, calendar_midnight(dsmr_zone_default, 2025, 6, 1));
    struct history_answer answer = ask(world, items, 1, start, start + 86400,
                                       (struct history_step){HISTORY_SECOND, STEP_QUARTER});
    int64_t most = 0;
    for (size_t i = 0; i < answer.series[0].count; i++)
        if (answer.series[0].at[i].used.mantissa > most)
            most = answer.series[0].at[i].used.mantissa;
    assert_true(most > 0);
    assert_int_equal(peaks[0].power.mantissa, most * 4);
    history_answer_free(&answer);
    free(peaks);
    struct history_failure *failures;
    assert_true(history_failures(reader, NULL, &failures, &count, &error));
    assert_int_equal(count, FAILURE_LOG);
    free(failures);
    history_reader_close(reader);
}

/* 4 kW all the time, read every ten seconds but for two gaps; the file is opened anew in the first one. */
static void test_a_gap_across_an_edge_makes_no_quarter_hour_with_the_most(void **state)
{
    struct world *world = *state;
    static const int64_t gaps[][2] = {{960, 2640}, {4200, 4600}};
    int64_t start = calendar_midnight(dsmr_zone_default, 2025, 6, 30);
    struct dsmr_reading reading = {.item =
                                       dsmr_item_find((struct dsmr_text){"eDeliveryTariff1", 16}),
                                   .type = DSMR_TYPE_NUMBER};
    for (int64_t second = 0; second <= 8000; second += 10) {
        int64_t wh = second * 4000 / 3600;
        if (second == 2000) {
            write_world(world);
            close_world(world);
            open_world(world);
        }
        if ((second > gaps[0][0] && second < gaps[0][1]) ||
            (second > gaps[1][0] && second < gaps[1][1]))
            continue;
        reading.number = (struct dsmr_number){1000000 + wh, 3};
        recorder_take(world->recorder, world->meter,
                      &(struct readings){.at = &reading,
                                         .count = 1,
                                         .has_time = true,
                                         .time = {.unix_s = start + second},
                                         .received_ms = (start + second) * 1000},
                      second * 1000);
    }
    recorder_flush(world->recorder);
    write_world(world);
    struct history_peak *peaks;
    size_t count;
    char *error = NULL;
    struct history_reader *reader = history_reader_open(world->path, &error);
    assert_true(history_peaks(reader, "main", &peaks, &count, &error));
    assert_int_equal(count, 1);
    assert_in_range(peaks[0].power.mantissa, 3996, 4004);
    free(peaks);
    history_reader_close(reader);
}

static void test_rows_of_any_bytes_are_read_without_harm(void **state)
{
    struct random random = {1};
    (void)state;
    for (int i = 0; i < 20000; i++) {
        uint8_t bytes[40];
        size_t size = (size_t)random_between(&random, 0, sizeof bytes);
        for (size_t k = 0; k < size; k++)
            bytes[k] = (uint8_t)random_next(&random);
        struct row_cursor cursor = {bytes, bytes + size};
        struct row_entry entry;
        struct row_entry sum = {0};
        while (row_next(&cursor, &entry))
            if (entry.counter == sum.counter)
                row_merge(&sum, &entry);
        assert_true(cursor.at >= bytes && cursor.at <= bytes + size);
    }
}

static void test_moments_and_steps_as_people_write_them(void **state)
{
    (void)state;
    int64_t at;
    struct history_step step;
    assert_true(moment_parse("2025-03-30 03:00", dsmr_zone_default, &at));
    assert_int_equal(at, 1743296400);
    assert_true(moment_parse("2025-10-26", dsmr_zone_default, &at));
    assert_int_equal(at, 1761429600);
    assert_true(moment_parse("2025-10-26T02:30:00+01:00", dsmr_zone_default, &at));
    assert_int_equal(at, 1761442200);
    assert_true(moment_parse("1761442200", dsmr_zone_default, &at));
    assert_false(moment_parse("2025-02-29", dsmr_zone_default, &at));
    assert_false(moment_parse("2025-10-26 25:00", dsmr_zone_default, &at));
    assert_false(moment_parse("yesterday", dsmr_zone_default, &at));
    assert_true(step_parse("15min", &step) && step.count == 900);
    assert_true(step_parse("month", &step) && step.unit == HISTORY_MONTH);
    assert_false(step_parse("7s", &step));
    assert_false(step_parse("0s", &step));
    assert_false(step_parse("99999h", &step));
}

static void test_questions_that_make_no_sense_are_refused(void **state)
{
    struct world *world = *state;
    static const char *const items[] = {"eDelivery", "eDelivery"};
    char *error = NULL;
    struct history_answer answer;
    write_world(world);
    struct history_reader *reader = history_reader_open(world->path, &error);
    assert_non_null(reader);
    struct history_query queries[] = {
        {.items = items, .item_count = 1, .from = 5, .to = 5, .step = {HISTORY_DAY, 1}},
        {.items = items, .item_count = 1, .from = 5, .to = 50, .step = {HISTORY_SECOND, 0}},
        {.items = items, .item_count = 1, .from = -5, .to = 50, .step = {HISTORY_DAY, 1}},
        {.items = items, .item_count = 1, .from = 0, .to = INT64_MAX, .step = {HISTORY_SECOND, 1}},
        {.items = items, .item_count = 2, .from = 0, .to = 86400, .step = {HISTORY_DAY, 1}},
        {.items = items, .item_count = 1, .from = 0, .to = 1900000000, .step = {HISTORY_SECOND, 1}},
        {.meter = "nobody",
         .items = items,
         .item_count = 1,
         .from = 0,
         .to = 5,
         .step = {HISTORY_DAY, 1}},
    };
    for (size_t i = 0; i < sizeof queries / sizeof queries[0]; i++) {
        assert_false(history_read(reader, &queries[i], &answer, &error));
        assert_non_null(error);
        free(error);
        error = NULL;
    }
    history_reader_close(reader);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_both_changes_of_the_clock_to_the_last_digit, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_closing_and_opening_at_any_time_loses_nothing, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_other_meters_go_on_with_the_totals, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_means_and_extremes_of_every_length_agree, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_telegrams_of_another_time_never_change_a_total, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_a_gap_counts_where_reading_goes_on, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_quarter_hours_with_the_most_are_kept_by_month, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(
            test_a_gap_across_an_edge_makes_no_quarter_hour_with_the_most, set_up, tear_down),
        cmocka_unit_test(test_rows_of_any_bytes_are_read_without_harm),
        cmocka_unit_test(test_moments_and_steps_as_people_write_them),
        cmocka_unit_test_setup_teardown(test_questions_that_make_no_sense_are_refused, set_up,
                                        tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
