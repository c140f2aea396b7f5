/* SPDX-License-Identifier: MIT */
/*
 * The history over ten years, at a telegram a second: a house with gas, solar panels and water, both
 * changes of the clock each year, and another set of meters half way. It is written as dsmr run writes
 * it, only faster; then totals of every day, month and year are held against what the household truly
 * used, and questions are timed. The last lines are one JSON object for each figure.
 *
 *   bench_history [YEARS [FILE [SECONDS FROM ONE TELEGRAM TO THE NEXT]]]
 */
#include "../tests/unit/history_house.h"

#include "history/calendar.h"
#include "history/query.h"
#include "history/store.h"

#include <stdio.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { TRIALS = 200, BATCH_S = 3600, WEEK_S = 7 * 86400 };

#define START INT64_C(1451602800) /* 2016-01-01 in Amsterdam */

/* What was truly used on each day. */
struct ledger {
    struct truth *days;
    int64_t *starts;
    size_t count;
};

static double seconds_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void fail(const char *what, const char *why)
{
    fprintf(stderr, "%s: %s\n", what, why ? why : "");
    exit(1);
}

static void write_batch(struct store *store, struct recorder *recorder)
{
    bool damaged;
    char *error = NULL;
    if (!store_write(store, &recorder->batch, &damaged, &error))
        fail("store_write", error);
    batch_clear(&recorder->batch);
}

/* Bytes that this process had written to disk. */
static long long written_bytes(void)
{
    char line[128];
    long long bytes = 0;
    FILE *file = fopen("/proc/self/io", "r");
    while (file && fgets(line, sizeof line, file))
        sscanf(line, "write_bytes: %lld", &bytes);
    if (file)
        fclose(file);
    return bytes;
}

/* ------------------------------------------------------------------------------------------------
 * Ten years
 */

static void note_day(struct ledger *ledger, const struct truth *before, const struct truth *after)
{
    for (size_t i = 0; i < TRUTH_PARTS; i++)
        ledger->days[ledger->count - 1].at[i] += after->at[i] - before->at[i];
}

static void live(struct house *house, struct store *store, struct recorder *recorder, int64_t end,
                 int64_t interval, struct ledger *ledger)
{
    struct recorder_meter *meter = recorder_meter(recorder, "main", dsmr_zone_default);
    int64_t swap = START + (end - START) / 2 + 12345;
    struct truth before;
    int64_t midnight = 0;
    bool swapped = false;
    truth_read(&before, &house->household);
    while (house->household.unix_s <= end) {
        int64_t now = house->household.unix_s;
        struct truth after;
        if (now >= midnight) {
            truth_read(&after, &house->household);
            if (ledger->count > 0)
                note_day(ledger, &before, &after);
            before = after;
            ledger->starts[ledger->count++] = now;
            midnight = calendar_row_end(dsmr_zone_default, STEP_DAY, now);
        }
        recorder_take(recorder, meter, house_readings(house), now * 1000);
        if (now % BATCH_S == 0)
            write_batch(store, recorder);
        if (now >= swap && !swapped) {
            swapped = true;
            truth_read(&after, &house->household);
            note_day(ledger, &before, &after);
            house_swap(house, 2);
            household_advance(&house->household, interval);
            truth_read(&before, &house->household); /* what it stands at when it is first read */
            continue;
        }
        household_advance(&house->household, interval);
    }
    recorder_flush(recorder);
    write_batch(store, recorder);
}

/* ------------------------------------------------------------------------------------------------
 * Against the truth
 */

static struct history_answer ask(struct history_reader *reader, const char *const *items,
                                 size_t count, int64_t from, int64_t to, struct history_step step)
{
    struct history_query query = {
        .items = items, .item_count = count, .from = from, .to = to, .step = step};
    struct history_answer answer;
    char *error = NULL;
    if (!history_read(reader, &query, &answer, &error))
        fail("history_read", error);
    return answer;
}

/* True when each step has what the days in it used. */
static size_t count_wrong(struct history_reader *reader, const struct ledger *ledger, int64_t end,
                          struct history_step step)
{
    struct history_answer answer = ask(reader, truth_ids, TRUTH_PARTS, START, end, step);
    size_t wrong = 0;
    for (size_t i = 0; i < TRUTH_PARTS; i++) {
        size_t day = 0;
        for (size_t k = 0; k < answer.series[i].count; k++) {
            const struct history_point *point = &answer.series[i].at[k];
            int64_t sum = 0;
            while (day + 1 < ledger->count && ledger->starts[day] < point->end)
                sum += ledger->days[day++].at[i];
            struct dsmr_number used = point->used;
            if (!point->present || used.decimals != 3 || used.mantissa != sum) {
                if (wrong++ < 5)
                    fprintf(stderr, "%s at %lld: %lld, truly %lld\n", answer.series[i].item,
                            (long long)point->start, (long long)used.mantissa, (long long)sum);
            }
        }
    }
    printf("%zu steps, %zu wrong\n", answer.series[0].count * TRUTH_PARTS, wrong);
    history_answer_free(&answer);
    return wrong;
}

/* ------------------------------------------------------------------------------------------------
 * How long questions take
 */

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a;
    double y = *(const double *)b;
    return (x > y) - (x < y);
}

static void time_query(struct history_reader *reader, const char *name, int64_t end, int64_t span,
                       struct history_step step)
{
    static const char *const items[] = {"eDelivery",         "eProduction", "eActualDelivery",
                                        "eActualProduction", "gValue",      "wValue"};
    double times[TRIALS];
    size_t points = 0;
    for (int i = 0; i < TRIALS; i++) {
        int64_t room = end - START - span;
        int64_t to = end - (room > 0 ? room / TRIALS * i : 0);
        if (step.unit == HISTORY_SECOND && step.count < STEP_QUARTER)
            to = end - i * 600; /* as fine as that only the last days are kept */
        double began = seconds_now();
        struct history_answer answer = ask(reader, items, 6, to - span, to, step);
        times[i] = (seconds_now() - began) * 1000;
        points = answer.series[0].count;
        history_answer_free(&answer);
    }
    qsort(times, TRIALS, sizeof times[0], compare);
    printf("{\"name\":\"history %s, %zu points of 6 items\",\"p50_ms\":%.2f,\"p99_ms\":%.2f}\n",
           name, points, times[TRIALS / 2], times[TRIALS * 99 / 100]);
}

/* ------------------------------------------------------------------------------------------------
 * What an SD card gets to write
 */

static void measure_writing(const char *path)
{
    char *error = NULL;
    char *notice = NULL;
    static struct house house;
    unlink(path);
    struct store *store = store_open(path, STORE_SAFE, &notice, &error);
    if (!store)
        fail("store_open", error);
    struct recorder *recorder = recorder_new(&recorder_rules_default, NULL);
    struct recorder_meter *meter = recorder_meter(recorder, "main", dsmr_zone_default);
    house_begin(&house, 1, START);
    long long before = written_bytes();
    for (int64_t i = 0; i < 86400; i++) {
        recorder_take(recorder, meter, house_readings(&house), i * 1000);
        if (i % 60 == 0)
            write_batch(store, recorder);
        household_advance(&house.household, 1);
    }
    store_close(store);
    printf("{\"name\":\"history bytes written a day, a batch a minute\",\"value\":%lld}\n",
           written_bytes() - before);
    recorder_free(recorder);
    house_end(&house);
}

int main(int argc, char **argv)
{
    int years = argc > 1 ? (int)strtol(argv[1], NULL, 10) : 10;
    const char *path = argc > 2 ? argv[2] : "bench_history.db";
    int64_t end = calendar_midnight(dsmr_zone_default, 2016 + years, 1, 1);
    struct ledger ledger = {.days = calloc(4000, sizeof *ledger.days),
                            .starts = calloc(4000, sizeof *ledger.starts)};
    char *error = NULL;
    char *notice = NULL;
    static struct house house;
    measure_writing(path);
    unlink(path);
    struct store *store = store_open(path, STORE_FAST, &notice, &error);
    if (!store)
        fail("store_open", error);
    struct recorder *recorder = recorder_new(&recorder_rules_default, NULL);
    double began = seconds_now();
    house_begin(&house, 1, START);
    live(&house, store, recorder, end, argc > 3 ? strtol(argv[3], NULL, 10) : 1, &ledger);
    double took = seconds_now() - began;
    store_close(store);
    printf(
        "{\"name\":\"history years written\",\"value\":%d,\"seconds\":%.1f,\"telegrams\":%llu}\n",
        years, took, (unsigned long long)recorder->taken);
    struct stat status;
    stat(path, &status);
    printf("{\"name\":\"history bytes of the file\",\"value\":%lld}\n", (long long)status.st_size);
    struct history_reader *reader = history_reader_open(path, &error);
    if (!reader)
        fail("history_reader_open", error);
    size_t wrong = count_wrong(reader, &ledger, end, (struct history_step){HISTORY_DAY, 1});
    wrong += count_wrong(reader, &ledger, end, (struct history_step){HISTORY_MONTH, 1});
    wrong += count_wrong(reader, &ledger, end, (struct history_step){HISTORY_YEAR, 1});
    time_query(reader, "day by 10 s", end, 86400, (struct history_step){HISTORY_SECOND, 10});
    time_query(reader, "day by minute", end, 86400, (struct history_step){HISTORY_SECOND, 60});
    time_query(reader, "month by quarter hour", end, 31 * 86400,
               (struct history_step){HISTORY_SECOND, 900});
    time_query(reader, "month by day", end, 31 * 86400, (struct history_step){HISTORY_DAY, 1});
    time_query(reader, "year by hour", end, 365 * 86400,
               (struct history_step){HISTORY_SECOND, 3600});
    time_query(reader, "year by day", end, 365 * 86400, (struct history_step){HISTORY_DAY, 1});
    time_query(reader, "ten years by day", end, end - START, (struct history_step){HISTORY_DAY, 1});
    time_query(reader, "ten years by month", end, end - START,
               (struct history_step){HISTORY_MONTH, 1});
    history_reader_close(reader);
    recorder_free(recorder);
    house_end(&house);
    free(ledger.days);
    free(ledger.starts);
    unlink(path);
    return wrong == 0 ? 0 : 1;
}
