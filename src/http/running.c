/* SPDX-License-Identifier: MIT */
#include "http/running.h"

#include "core/fixed_point.h"
#include "core/json_writer.h"
#include "history/calendar.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    HOUR_S = 3600,
    TARIFFS = 5,
    QUARTERS_OF_HOUR = 4,
    GAP_S = 60, /* between two telegrams, and still the counter is known in between */
    DECIMALS = 3,
    SOON_S = 10, /* a mean of less says nothing */
};

#define BELIEVABLE (100 * FIXED_ONE) /* that can come on within a few minutes */

static bool value_of(const struct snapshot *now, const char *id, int64_t *value)
{
    const struct dsmr_reading *reading = snapshot_named(now, id);
    return reading && reading->type == DSMR_TYPE_NUMBER &&
           fixed_from_number(reading->number, value);
}

/* Tariff 0 where the meter sends it, else all others together. */
static bool sum_of(const struct snapshot *now, const char *start, int64_t *sum)
{
    bool any = false;
    *sum = 0;
    for (int tariff = 0; tariff < TARIFFS; tariff++) {
        char id[32];
        int64_t value;
        snprintf(id, sizeof id, "%s%d", start, tariff);
        if (!value_of(now, id, &value) || __builtin_add_overflow(*sum, value, sum))
            continue;
        any = true;
        if (tariff == 0)
            break;
    }
    return any;
}

void quarter_follow(struct quarter_mark *mark, const struct snapshot *now)
{
    int64_t total, time = now->has_time ? now->time.unix_s : now->received_ms / 1000;
    int64_t start = time - time % RUNNING_QUARTER_S;
    if (!sum_of(now, "eDeliveryTariff", &total))
        return;
    if (start != mark->start) {
        bool near =
            mark->last_time > 0 && time >= mark->last_time && time - mark->last_time <= GAP_S;
        mark->known = near || time == start;
        mark->total = time == start ? total : mark->last;
        mark->start = start;
    }
    mark->last = total;
    mark->last_time = time;
}

void running_take(struct running *running, const struct snapshot *now,
                  const struct quarter_mark *mark, struct dsmr_zone zone)
{
    static const char *const ids[RUNNING_COUNTERS] = {"eDelivery", "eProduction", "gValue",
                                                      "wValue",    "hValue",      "cValue"};
    dsmr_item peak = dsmr_item_find((struct dsmr_text){"eDeliveryPeakMonth", 18});
    const struct dsmr_reading *peak_reading = snapshot_find(now, peak);
    *running = (struct running){.zone = zone, .mark = *mark};
    running->now_s = now->has_time ? now->time.unix_s : now->received_ms / 1000;
    running->has_power = value_of(now, "eActualDelivery", &running->power);
    running->has_demand = value_of(now, "eDemandDelivery", &running->demand);
    running->has_peak = value_of(now, "eDeliveryPeakMonth", &running->peak);
    if (running->has_peak && peak_reading->has_time) {
        running->has_peak_time = true;
        running->peak_time = peak_reading->time;
    }
    for (size_t i = 0; i < RUNNING_COUNTERS; i++) {
        struct running_counter *counter = &running->counters[i];
        counter->id = ids[i];
        if (i < 2)
            counter->known =
                sum_of(now, i == 0 ? "eDeliveryTariff" : "eProductionTariff", &counter->value);
        else
            counter->known = value_of(now, ids[i], &counter->value);
    }
}

static void write_fixed(struct json *json, int64_t value)
{
    json_number(json, fixed_to_number(value, DECIMALS));
}

/* ------------------------------------------------------------------------------------------------
 * Today
 */

/* What came on since the file was written to, as long as it can be true. */
static int64_t fresh(const struct running_counter *counter, struct dsmr_number last)
{
    int64_t before, more;
    if (!fixed_from_number(last, &before) ||
        __builtin_sub_overflow(counter->value, before, &more) || more < 0 || more > BELIEVABLE)
        return 0;
    return more;
}

static void write_counter(struct json *json, const struct running_counter *counter,
                          const struct history_series *series)
{
    const struct history_point *point = series->count > 0 ? &series->at[0] : NULL;
    int64_t used;
    if (!counter->known)
        return;
    json_name(json, counter->id);
    if (point && point->present && fixed_from_number(point->used, &used))
        write_fixed(json, used + fresh(counter, point->last));
    else
        json_null(json);
}

static void write_today(struct json *json, const struct running *running, const char *meter,
                        struct history_reader *reader)
{
    const char *ids[RUNNING_COUNTERS];
    struct history_step day = {HISTORY_DAY, 1};
    struct history_answer answer;
    char *error = NULL;
    for (size_t i = 0; i < RUNNING_COUNTERS; i++)
        ids[i] = running->counters[i].id;
    struct history_query query = {.meter = meter,
                                  .items = ids,
                                  .item_count = RUNNING_COUNTERS,
                                  .from = calendar_floor(running->zone, day, running->now_s),
                                  .to = running->now_s + 1,
                                  .step = day};
    json_name(json, "today");
    if (!reader || !history_read(reader, &query, &answer, &error)) {
        json_null(json);
        free(error);
        return;
    }
    json_open(json, '{');
    for (size_t i = 0; i < RUNNING_COUNTERS; i++)
        write_counter(json, &running->counters[i], &answer.series[i]);
    json_close(json, '}');
    history_answer_free(&answer);
}

/* ------------------------------------------------------------------------------------------------
 * The quarter hour
 */

/* Where the counter stood at the edge, as the file has it: read in the minute before. What a later step begins
 * with may be of before a gap. */
static bool find_edge(const struct history_series *series, int64_t edge, int64_t *total)
{
    for (size_t i = 0; i < series->count; i++) {
        const struct history_point *point = &series->at[i];
        if (point->present && point->end == edge)
            return fixed_from_number(point->last, total);
    }
    return false;
}

static bool ask_edge(const struct running *running, const char *meter,
                     struct history_reader *reader, int64_t start, int64_t *total)
{
    const char *id = running->counters[0].id;
    struct history_query query = {.meter = meter,
                                  .items = &id,
                                  .item_count = 1,
                                  .from = start - GAP_S,
                                  .to = running->now_s + 1,
                                  .step = {HISTORY_SECOND, GAP_S}};
    struct history_answer answer;
    char *error = NULL;
    if (!reader || !history_read(reader, &query, &answer, &error)) {
        free(error);
        return false;
    }
    bool found = find_edge(&answer.series[0], start, total);
    history_answer_free(&answer);
    return found;
}

/* The energy of the quarter hour so far: from the meter's own mean, or the counter. */
static bool energy_so_far(const struct running *running, const char *meter,
                          struct history_reader *reader, int64_t start, int64_t *energy)
{
    int64_t total = running->mark.total;
    *energy = running->demand / QUARTERS_OF_HOUR;
    if (running->has_demand)
        return true;
    bool known = running->mark.known && running->mark.start == start;
    if (!running->counters[0].known || (!known && !ask_edge(running, meter, reader, start, &total)))
        return false;
    return !__builtin_sub_overflow(running->counters[0].value, total, energy) && *energy >= 0 &&
           *energy < BELIEVABLE;
}

static void write_peak(struct json *json, int64_t value, const struct dsmr_time *time)
{
    json_open(json, '{');
    json_name(json, "value");
    write_fixed(json, value);
    json_name(json, "time");
    if (time)
        json_time(json, time);
    else
        json_null(json);
    json_close(json, '}');
}

/* The meter's own, else the history's of this month. */
static void write_month_peak(struct json *json, const struct running *running, const char *meter,
                             struct history_reader *reader)
{
    struct history_peak *peaks = NULL;
    struct dsmr_time time;
    size_t count = 0;
    char *error = NULL;
    int64_t value;
    json_name(json, "month_peak");
    if (running->has_peak) {
        write_peak(json, running->peak, running->has_peak_time ? &running->peak_time : NULL);
        return;
    }
    int64_t month =
        calendar_floor(running->zone, (struct history_step){HISTORY_MONTH, 1}, running->now_s);
    bool good = reader && history_peaks(reader, meter, &peaks, &count, &error) && count > 0 &&
                peaks[count - 1].month == month &&
                fixed_from_number(peaks[count - 1].power, &value);
    if (good) {
        dsmr_time_from_unix(peaks[count - 1].start, running->zone, &time);
        write_peak(json, value, &time);
    } else {
        json_null(json);
    }
    free(peaks);
    free(error);
}

void running_quarter_json(struct json *json, const struct running *running, const char *meter,
                          struct history_reader *reader)
{
    int64_t start = running->now_s - running->now_s % RUNNING_QUARTER_S;
    int64_t past = running->now_s - start, energy;
    struct dsmr_time time;
    if (!running->has_power || !energy_so_far(running, meter, reader, start, &energy)) {
        json_null(json);
        return;
    }
    dsmr_time_from_unix(start, running->zone, &time);
    json_open(json, '{');
    json_name(json, "start");
    json_time(json, &time);
    json_name(json, "mean");
    write_fixed(json, past >= SOON_S ? energy * HOUR_S / past : running->power);
    json_name(json, "expected");
    write_fixed(json, energy * QUARTERS_OF_HOUR +
                          running->power / RUNNING_QUARTER_S * (RUNNING_QUARTER_S - past));
    write_month_peak(json, running, meter, reader);
    json_close(json, '}');
}

void running_json(struct json *json, const struct running *running, const char *meter,
                  struct history_reader *reader)
{
    write_today(json, running, meter, reader);
    json_name(json, "quarter");
    running_quarter_json(json, running, meter, reader);
}
