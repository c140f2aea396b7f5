/* SPDX-License-Identifier: MIT */
/* Counters that readers see: series of several meters, and readings that have times of their own. */
#include "core/memory.h"
#include "history/calendar.h"
#include "history/reader.h"

#include <stdlib.h>

static bool align(struct dsmr_number *a, struct dsmr_number *b)
{
    uint8_t decimals = a->decimals > b->decimals ? a->decimals : b->decimals;
    if (!row_scale(&a->mantissa, a->decimals, decimals) ||
        !row_scale(&b->mantissa, b->decimals, decimals))
        return false;
    a->decimals = b->decimals = decimals;
    return true;
}

struct dsmr_number number_minus(struct dsmr_number a, struct dsmr_number b)
{
    struct dsmr_number result = a;
    if (align(&result, &b) &&
        !__builtin_sub_overflow(result.mantissa, b.mantissa, &result.mantissa))
        return result;
    return a;
}

/* ------------------------------------------------------------------------------------------------
 * Series
 */

bool series_read(const struct history_reader *reader, int64_t item, struct series_list *list,
                 char **error)
{
    *list = (struct series_list){0};
    sqlite3_stmt *statement = reader_prepare(
        reader, "SELECT since, reading, total, decimals FROM series WHERE item = ?1 ORDER BY since",
        error);
    if (!statement)
        return false;
    sqlite3_bind_int64(statement, 1, item);
    while (sqlite3_step(statement) == SQLITE_ROW) {
        list->at = memory_grow(list->at, list->count + 1, sizeof *list->at);
        list->at[list->count++] = (struct series_facts){
            .since = sqlite3_column_int64(statement, 0),
            .reading = sqlite3_column_int64(statement, 1),
            .total = sqlite3_column_int64(statement, 2),
            .decimals = (uint8_t)(sqlite3_column_int(statement, 3) & 15),
        };
    }
    sqlite3_finalize(statement);
    return true;
}

struct dsmr_number series_reading(const struct series_list *list, int64_t at,
                                  struct dsmr_number total)
{
    if (list->count == 0)
        return total;
    size_t i = list->count - 1;
    while (i > 0 && list->at[i].since > at)
        i--;
    const struct series_facts *series = &list->at[i];
    struct dsmr_number base = {0, series->decimals};
    if (__builtin_sub_overflow(series->total, series->reading, &base.mantissa))
        return total;
    return number_minus(total, base);
}

void point_set_counter(struct history_point *point, const struct series_list *list,
                       struct dsmr_number before, struct dsmr_number after)
{
    point->first = series_reading(list, point->start, before);
    point->last = series_reading(list, point->end, after);
    point->used = number_minus(after, before);
    if (point->used.decimals < after.decimals)
        point->used.decimals = after.decimals;
}

/* ------------------------------------------------------------------------------------------------
 * Readings with times of their own
 */

struct own_readings {
    sqlite3_stmt *last; /* the last one at a moment or before */
    sqlite3_stmt *next; /* from a moment to another, in order */
};

static bool open_readings(struct own_readings *own, const struct history_reader *reader,
                          int64_t item, char **error)
{
    own->last = reader_prepare(reader,
                               "SELECT at, total, decimals FROM reading WHERE item = ?1 AND at <= "
                               "?2 ORDER BY at DESC LIMIT 1",
                               error);
    own->next = own->last ? reader_prepare(reader,
                                           "SELECT at, total, decimals FROM reading WHERE item = "
                                           "?1 AND at > ?2 AND at <= ?3 ORDER BY at",
                                           error)
                          : NULL;
    if (!own->next)
        return false;
    sqlite3_bind_int64(own->last, 1, item);
    sqlite3_bind_int64(own->next, 1, item);
    return true;
}

static struct dsmr_number total_in(sqlite3_stmt *statement)
{
    return (struct dsmr_number){sqlite3_column_int64(statement, 1),
                                (uint8_t)(sqlite3_column_int(statement, 2) & 15)};
}

/* False when there is none; *at and *total are then as they were. */
static bool look_back(const struct own_readings *own, int64_t moment, int64_t *at,
                      struct dsmr_number *total)
{
    sqlite3_reset(own->last);
    sqlite3_bind_int64(own->last, 2, moment);
    bool found = sqlite3_step(own->last) == SQLITE_ROW;
    if (found) {
        *at = sqlite3_column_int64(own->last, 0);
        *total = total_in(own->last);
    }
    return found;
}

/* Few, long steps: only their edges are looked up. */
static void fill_by_edges(const struct own_readings *own, const struct series_list *list,
                          struct dsmr_number total, struct history_point *points, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct dsmr_number before = total;
        int64_t at = INT64_MIN;
        look_back(own, points[i].end, &at, &total);
        points[i].present = at > points[i].start;
        point_set_counter(&points[i], list, before, total);
    }
}

static void fill_in_order(const struct own_readings *own, const struct series_list *list,
                          struct dsmr_number total, struct history_point *points, size_t count)
{
    sqlite3_bind_int64(own->next, 2, points[0].start);
    sqlite3_bind_int64(own->next, 3, points[count - 1].end);
    bool more = sqlite3_step(own->next) == SQLITE_ROW;
    for (size_t i = 0; i < count; i++) {
        struct dsmr_number before = total;
        while (more && sqlite3_column_int64(own->next, 0) <= points[i].end) {
            total = total_in(own->next);
            points[i].present = true;
            more = sqlite3_step(own->next) == SQLITE_ROW;
        }
        point_set_counter(&points[i], list, before, total);
    }
}

bool readings_fill(const struct history_reader *reader, int64_t item,
                   const struct series_list *list, struct history_step step,
                   struct history_point *points, size_t count, char **error)
{
    struct own_readings own = {0};
    bool good = open_readings(&own, reader, item, error);
    if (good && count > 0) {
        struct dsmr_number total = {0};
        int64_t at;
        if (list->count > 0)
            total = (struct dsmr_number){list->at[0].total, list->at[0].decimals};
        look_back(&own, points[0].start, &at, &total);
        if (step.unit != HISTORY_SECOND || step.count >= STEP_DAY)
            fill_by_edges(&own, list, total, points, count);
        else
            fill_in_order(&own, list, total, points, count);
    }
    sqlite3_finalize(own.last);
    sqlite3_finalize(own.next);
    return good;
}
