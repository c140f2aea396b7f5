/* SPDX-License-Identifier: MIT */
/*
 * Home Assistant's own database, home-assistant_v2.db: the table statistics has a row an hour for each
 * sensor, with the state of a counter at the end of that hour, or mean, min and max.
 */
#include "core/memory.h"
#include "history/calendar.h"
#include "history/importer.h"

#include <math.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

enum { COUNTERS_MAX = 64 };

struct statistics {
    const struct import_setup *setup;
    struct import_counts *counts;
    struct importer *importer;
    int64_t hour;                               /* that is being read; 0 before the first */
    struct dsmr_reading counters[COUNTERS_MAX]; /* of its end */
    size_t count;
};

static const char newer[] =
    "SELECT meta.statistic_id, meta.unit_of_measurement, CAST(s.start_ts AS INTEGER), s.state, "
    "s.sum, s.mean, s.min, s.max FROM statistics AS s JOIN statistics_meta AS meta ON meta.id = "
    "s.metadata_id ORDER BY s.start_ts";

/* Before 2023.3 the time was text, in UTC. */
static const char older[] =
    "SELECT meta.statistic_id, meta.unit_of_measurement, CAST(strftime('%s', s.start) AS INTEGER), "
    "s.state, s.sum, s.mean, s.min, s.max FROM statistics AS s JOIN statistics_meta AS meta ON "
    "meta.id = s.metadata_id ORDER BY s.start";

/* Numbers there are floating-point: what three decimals make of them is what the meter said. */
static bool number_in(sqlite3_stmt *row, int column, dsmr_item item, struct dsmr_number *number)
{
    char text[64];
    double value = sqlite3_column_double(row, column);
    if (sqlite3_column_type(row, column) == SQLITE_NULL || !isfinite(value) || fabs(value) > 1e12)
        return false;
    snprintf(text, sizeof text, "%.3f", value);
    return import_number(text, (const char *)sqlite3_column_text(row, 1), item, number);
}

/* The counters that the hour before ended with. */
static bool end_hour(struct statistics *statistics, char **error)
{
    if (statistics->hour == 0)
        return true;
    int64_t at = statistics->hour + STEP_HOUR;
    for (size_t i = 0; i < statistics->count; i++)
        statistics->counters[i].time.unix_s = at;
    struct readings readings = {.at = statistics->counters, .count = statistics->count};
    statistics->count = 0;
    return importer_take(statistics->importer, &readings, at, error);
}

static bool begin_hour(struct statistics *statistics, int64_t hour, char **error)
{
    if (hour == statistics->hour)
        return true;
    bool follows = statistics->hour + STEP_HOUR == hour;
    if (!end_hour(statistics, error))
        return false;
    statistics->hour = hour;
    return follows || importer_take(statistics->importer, &(struct readings){0}, hour, error);
}

static void take_counter(struct statistics *statistics, const struct dsmr_item_info *info,
                         dsmr_item item, struct dsmr_number number)
{
    if (statistics->count == COUNTERS_MAX || number.mantissa < 0)
        return;
    statistics->counters[statistics->count++] = (struct dsmr_reading){
        .item = item,
        .type = DSMR_TYPE_NUMBER,
        .number = number,
        .has_time = info->kind != DSMR_KIND_ELECTRICITY,
    };
}

static bool take_range(struct statistics *statistics, sqlite3_stmt *row, dsmr_item item)
{
    struct dsmr_number mean;
    struct dsmr_number least;
    struct dsmr_number greatest;
    if (!number_in(row, 5, item, &mean))
        return false;
    if (!number_in(row, 6, item, &least))
        least = mean;
    if (!number_in(row, 7, item, &greatest))
        greatest = mean;
    importer_value(
        statistics->importer, item,
        &(struct row_entry){
            .decimals = mean.decimals,
            .count = 1,
            .sum = mean.mantissa,
            .least = least.mantissa < mean.mantissa ? least.mantissa : mean.mantissa,
            .greatest = greatest.mantissa > mean.mantissa ? greatest.mantissa : mean.mantissa,
        });
    return true;
}

static bool take_row(struct statistics *statistics, sqlite3_stmt *row, char **error)
{
    const char *sensor = (const char *)sqlite3_column_text(row, 0);
    int64_t hour = sqlite3_column_int64(row, 2);
    dsmr_item item = sensor ? import_item_of(statistics->setup, sensor) : DSMR_ITEM_NONE;
    const struct dsmr_item_info *info = dsmr_item_info(item);
    struct dsmr_number number;
    if (!info) {
        statistics->counts->unknown++;
        return true;
    }
    if (hour <= 0 || hour > INT64_C(7258118400) || hour % STEP_HOUR != 0) {
        statistics->counts->unusable++;
        return true;
    }
    if (importer_is_future(statistics->counts, hour + STEP_HOUR))
        return true;
    if (!begin_hour(statistics, hour, error))
        return false;
    bool counter = strcmp(info->state_class, "total_increasing") == 0;
    bool good = counter ? number_in(row, 3, item, &number) || number_in(row, 4, item, &number)
                        : take_range(statistics, row, item);
    if (good && counter)
        take_counter(statistics, info, item, number);
    statistics->counts->unusable += good ? 0 : 1;
    return true;
}

static bool read_rows(struct statistics *statistics, sqlite3 *database, char **error)
{
    sqlite3_stmt *row = NULL;
    bool good = true;
    if (sqlite3_prepare_v2(database, newer, -1, &row, NULL) != SQLITE_OK &&
        sqlite3_prepare_v2(database, older, -1, &row, NULL) != SQLITE_OK) {
        *error =
            memory_print("it has no statistics of Home Assistant (%s)", sqlite3_errmsg(database));
        return false;
    }
    int result = SQLITE_DONE;
    while (good && (result = sqlite3_step(row)) == SQLITE_ROW)
        good = take_row(statistics, row, error);
    if (good && result != SQLITE_DONE) {
        *error = memory_print("it cannot be read: %s", sqlite3_errmsg(database));
        good = false;
    }
    sqlite3_finalize(row);
    return good && end_hour(statistics, error) && importer_finish(statistics->importer, error);
}

bool import_homeassistant(const struct import_setup *setup, const char *path,
                          struct import_counts *counts, char **error)
{
    struct statistics *statistics = memory_new(1, sizeof *statistics);
    sqlite3 *database = NULL;
    statistics->setup = setup;
    statistics->counts = counts;
    statistics->importer = importer_new(setup, STEP_HOUR, counts);
    bool good = sqlite3_open_v2(path, &database, SQLITE_OPEN_READONLY, NULL) == SQLITE_OK;
    if (!good)
        *error = memory_print("it cannot be opened: %s", sqlite3_errmsg(database));
    sqlite3_exec(database, "PRAGMA trusted_schema = OFF", NULL, NULL, NULL);
    good = good && read_rows(statistics, database, error);
    sqlite3_close(database);
    importer_free(statistics->importer);
    free(statistics);
    return good;
}
