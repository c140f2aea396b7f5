/* SPDX-License-Identifier: MIT */
#include "history/query.h"

#include "core/memory.h"
#include "history/calendar.h"
#include "history/reader.h"

#include <stdlib.h>
#include <string.h>

enum { ITEMS_MAX = 256, KEYS_MAX = 65536 };

#define MOMENT_MAX INT64_C(7258118400) /* the year 2200 */

/* One item of a query while it is answered. */
struct column {
    struct history_series *series;
    struct item_facts facts;
    struct series_list list;
    struct dsmr_number total;  /* of a counter, where reading has come to */
    struct dsmr_number before; /* … at the start of the present point */
    bool begun;                /* total was found in a row, not taken from where the series began */
    bool filled;               /* entry holds what the present point has so far */
    struct row_entry entry;
};

struct question {
    struct history_reader *reader;
    const struct history_query *query;
    struct meter_facts meter;
    struct column *columns;
    uint16_t *places; /* by key of the item: its column plus 1 */
    uint32_t most;    /* highest key in places */
    size_t count;     /* of points */
    int64_t from, to; /* whole steps */
};

/* ------------------------------------------------------------------------------------------------
 * Steps
 */

static bool step_makes_sense(struct history_step step)
{
    if (step.count < 1)
        return false;
    switch (step.unit) {
    case HISTORY_SECOND:
        return step.count <= STEP_DAY;
    case HISTORY_DAY:
    case HISTORY_MONTH:
    case HISTORY_YEAR:
        return step.count <= 1000;
    }
    return false;
}

static bool makes_sense(const struct history_query *query)
{
    return step_makes_sense(query->step) && query->from >= 0 && query->from < query->to &&
           query->to <= MOMENT_MAX && query->item_count <= ITEMS_MAX;
}

static size_t count_points(struct dsmr_zone zone, const struct history_query *query)
{
    int64_t start = calendar_floor(zone, query->step, query->from);
    if (query->step.unit == HISTORY_SECOND)
        return (size_t)((query->to - start + query->step.count - 1) / query->step.count);
    size_t count = 0;
    for (; start < query->to; count++)
        start = calendar_next(zone, query->step, start);
    return count;
}

size_t history_points(const struct history_query *query)
{
    return makes_sense(query) ? count_points(dsmr_zone_default, query) : 0;
}

static void make_points(const struct question *question, struct history_series *series)
{
    int64_t start = question->from;
    series->count = question->count;
    series->at = memory_new(question->count + 1, sizeof *series->at);
    for (size_t i = 0; i < question->count; i++) {
        int64_t end = calendar_next(question->meter.zone, question->query->step, start);
        series->at[i] = (struct history_point){.start = start, .end = end};
        start = end;
    }
}

/* ------------------------------------------------------------------------------------------------
 * Columns
 */

static bool open_column(const struct question *question, size_t place, char **error)
{
    struct column *column = &question->columns[place];
    const char *id = question->query->items[place];
    char *why = NULL;
    column->series->item = id;
    column->series->known =
        reader_find_item(question->reader, question->meter.key, id, &column->facts, &why);
    if (why) {
        *error = why;
        return false;
    }
    make_points(question, column->series);
    column->series->kind = column->facts.counter ? HISTORY_COUNTER : HISTORY_FLUCTUATING;
    column->series->unit = column->facts.unit;
    if (!column->series->known || !column->facts.counter)
        return true;
    if (!series_read(question->reader, column->facts.key, &column->list, error))
        return false;
    if (column->list.count > 0)
        column->total = (struct dsmr_number){column->list.at[0].total, column->list.at[0].decimals};
    return true;
}

static bool in_rows(const struct column *column)
{
    return column->series->known && !column->facts.own_time;
}

static void index_columns(struct question *question)
{
    question->places = memory_new(KEYS_MAX, sizeof *question->places);
    for (size_t i = 0; i < question->query->item_count; i++) {
        const struct column *column = &question->columns[i];
        if (!in_rows(column) || column->facts.key < 0 || column->facts.key >= KEYS_MAX)
            continue;
        question->places[column->facts.key] = (uint16_t)(i + 1);
        if (column->facts.key > question->most)
            question->most = (uint32_t)column->facts.key;
    }
}

static struct column *column_of(const struct question *question, uint32_t item)
{
    if (item > question->most || question->places[item] == 0)
        return NULL;
    return &question->columns[question->places[item] - 1];
}

/* ------------------------------------------------------------------------------------------------
 * Rows
 */

static struct dsmr_number mean_of(const struct row_entry *entry)
{
    int64_t half = entry->count / 2;
    int64_t sum = entry->sum;
    int64_t mean = (sum >= 0 ? sum + half : sum - half) / entry->count;
    return (struct dsmr_number){mean, entry->decimals};
}

static void take_totals(const struct question *question, struct row_cursor cursor)
{
    struct row_entry entry;
    while (row_next(&cursor, &entry)) {
        struct column *column = column_of(question, entry.item);
        if (!column || !entry.counter || column->begun)
            continue;
        column->total = (struct dsmr_number){entry.total, entry.decimals};
        column->begun = true;
    }
}

static bool some_are_missing(const struct question *question)
{
    for (size_t i = 0; i < question->query->item_count; i++) {
        const struct column *column = &question->columns[i];
        if (in_rows(column) && column->facts.counter && !column->begun)
            return true;
    }
    return false;
}

/* The counters as they stood at that moment. Nearly always the last row has them all; one that the meter
 * does not send any more, or that is not in an import, stands further back. */
static bool set_totals(const struct question *question, int64_t at, char **error)
{
    struct rows_back back;
    struct merged_row row;
    char *why = NULL;
    for (size_t i = 0; i < question->query->item_count; i++)
        question->columns[i].begun = false;
    if (rows_back_open(&back, question->reader, &question->meter, at, &why)) {
        while (some_are_missing(question) && rows_back_next(&back, &row, &why))
            take_totals(question, row.entries);
        rows_back_close(&back);
    }
    *error = why;
    return why == NULL;
}

static void take_entry(struct column *column, const struct row_entry *entry)
{
    if (entry->counter != column->facts.counter)
        return;
    if (!column->filled)
        column->entry = *entry;
    else
        row_merge(&column->entry, entry);
    column->filled = true;
    if (entry->counter)
        column->total = (struct dsmr_number){entry->total, entry->decimals};
}

static void begin_point(const struct question *question)
{
    for (size_t i = 0; i < question->query->item_count; i++) {
        question->columns[i].before = question->columns[i].total;
        question->columns[i].filled = false;
    }
}

static void end_point(const struct question *question, size_t place)
{
    for (size_t i = 0; i < question->query->item_count; i++) {
        struct column *column = &question->columns[i];
        if (!in_rows(column))
            continue;
        struct history_point *point = &column->series->at[place];
        const struct row_entry *entry = &column->entry;
        if (column->facts.counter) {
            point->present = column->filled && entry->fresh;
            point_set_counter(point, &column->list, column->before, column->total);
        } else if (column->filled) {
            point->present = true;
            point->mean = mean_of(entry);
            point->least = (struct dsmr_number){entry->least, entry->decimals};
            point->greatest = (struct dsmr_number){entry->greatest, entry->decimals};
        }
    }
}

/* Where steps are shorter than some rows, what such rows know of a gap is no use of the next step. */
static bool skip_gap(const struct question *question, const struct merge *merge, int64_t from,
                     int64_t start, char **error)
{
    if (start == from || merge->count == question->meter.length_count)
        return true;
    return set_totals(question, start, error);
}

static void take_row(const struct question *question, const struct merged_row *row)
{
    struct row_cursor cursor = row->entries;
    struct row_entry entry;
    while (row_next(&cursor, &entry)) {
        struct column *column = column_of(question, entry.item);
        if (column)
            take_entry(column, &entry);
    }
}

static bool take_rows(const struct question *question, struct merge *merge, char **error)
{
    const struct history_point *points = question->columns[0].series->at;
    struct merged_row row;
    char *why = NULL;
    int64_t reached = question->from;
    bool more = merge_next(merge, &row, &why);
    for (size_t i = 0; i < question->count; i++) {
        bool gap = more && row.start < points[i].end && row.start != reached;
        if (gap && !skip_gap(question, merge, reached, row.start, &why))
            break;
        begin_point(question);
        while (more && row.start < points[i].end) {
            take_row(question, &row);
            reached = row.end;
            more = merge_next(merge, &row, &why);
        }
        end_point(question, i);
    }
    *error = why;
    return why == NULL;
}

static bool answer_rows(const struct question *question, char **error)
{
    struct merge merge;
    if (!set_totals(question, question->from, error) ||
        !merge_open(&merge, question->reader, &question->meter, question->query->step,
                    question->from, question->to, error))
        return false;
    bool good = take_rows(question, &merge, error);
    merge_close(&merge);
    return good;
}

/* ------------------------------------------------------------------------------------------------
 * The whole answer
 */

static bool asked_before(const struct history_query *query, size_t place)
{
    for (size_t i = 0; i < place; i++)
        if (strcmp(query->items[i], query->items[place]) == 0)
            return true;
    return false;
}

static bool answer(struct question *question, char **error)
{
    bool rows = false;
    for (size_t i = 0; i < question->query->item_count; i++) {
        if (asked_before(question->query, i)) {
            *error = memory_print("%s is asked for twice", question->query->items[i]);
            return false;
        }
        struct column *column = &question->columns[i];
        if (!open_column(question, i, error))
            return false;
        rows |= in_rows(column);
        if (column->series->known && column->facts.own_time && column->facts.counter &&
            !readings_fill(question->reader, column->facts.key, &column->list,
                           question->query->step, column->series->at, question->count, error))
            return false;
    }
    index_columns(question);
    return !rows || answer_rows(question, error);
}

static bool prepare(struct question *question, char **error)
{
    const struct history_query *query = question->query;
    if (!makes_sense(query)) {
        *error = memory_text("this period or step is none: from must be before to, and a step of "
                             "seconds at most a day");
        return false;
    }
    if (!reader_find_meter(question->reader, query->meter, &question->meter, error))
        return false;
    question->count = count_points(question->meter.zone, query);
    if (question->count > HISTORY_POINTS_MAX) {
        *error = memory_print("%zu steps are more than %d: take longer steps or a shorter period",
                              question->count, HISTORY_POINTS_MAX);
        return false;
    }
    question->from = calendar_floor(question->meter.zone, query->step, query->from);
    return true;
}

static void free_question(struct question *question)
{
    for (size_t i = 0; question->columns && i < question->query->item_count; i++)
        free(question->columns[i].list.at);
    free(question->columns);
    free(question->places);
}

bool history_read(struct history_reader *reader, const struct history_query *query,
                  struct history_answer *into, char **error)
{
    struct question question = {.reader = reader, .query = query};
    *into = (struct history_answer){0};
    if (!prepare(&question, error))
        return false;
    into->zone = question.meter.zone;
    into->count = query->item_count;
    into->series = memory_new(query->item_count + 1, sizeof *into->series);
    question.columns = memory_new(query->item_count + 1, sizeof *question.columns);
    for (size_t i = 0; i < query->item_count; i++)
        question.columns[i].series = &into->series[i];
    /* One transaction: what is written meanwhile is not seen in part. */
    sqlite3_exec(reader->database, "BEGIN", NULL, NULL, NULL);
    int64_t end = question.from;
    for (size_t i = 0; i < question.count; i++)
        end = calendar_next(question.meter.zone, query->step, end);
    question.to = end;
    bool good = answer(&question, error);
    sqlite3_exec(reader->database, "COMMIT", NULL, NULL, NULL);
    free_question(&question);
    if (!good)
        history_answer_free(into);
    return good;
}

void history_answer_free(struct history_answer *answered)
{
    for (size_t i = 0; i < answered->count; i++)
        free(answered->series[i].at);
    free(answered->series);
    *answered = (struct history_answer){0};
}
