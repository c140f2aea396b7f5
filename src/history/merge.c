/* SPDX-License-Identifier: MIT */
/*
 * Long steps are made of short ones and begin where one of them does, so whichever row starts first is
 * next, and of two that start together the longer one stands for both. While long steps follow each other
 * without a gap, nothing shorter has to be looked for between them.
 */
#include "history/reader.h"

#include "core/memory.h"
#include "history/calendar.h"

static bool fits(struct history_step step, int64_t length)
{
    if (step.unit != HISTORY_SECOND)
        return true;
    return length <= step.count && step.count % length == 0 && length != STEP_DAY;
}

static bool add_source(struct merge *merge, const struct history_reader *reader,
                       const struct meter_facts *meter, int64_t length, char **error)
{
    struct merge_source *source = &merge->sources[merge->count];
    source->length = length;
    source->statement = reader_prepare(reader,
                                       "SELECT start, entries FROM step WHERE meter = ?1 AND "
                                       "length = ?2 AND start >= ?3 AND start < ?4 ORDER BY start",
                                       error);
    if (!source->statement) {
        merge_close(merge);
        return false;
    }
    merge->count++;
    sqlite3_bind_int64(source->statement, 1, meter->key);
    sqlite3_bind_int64(source->statement, 2, source->length);
    sqlite3_bind_int64(source->statement, 4, merge->end);
    return true;
}

bool merge_open(struct merge *merge, const struct history_reader *reader,
                const struct meter_facts *meter, struct history_step step, int64_t from, int64_t to,
                char **error)
{
    *merge = (struct merge){.zone = meter->zone, .at = from, .end = to};
    for (size_t i = 0; i < meter->length_count; i++)
        if (fits(step, meter->lengths[i]) &&
            !add_source(merge, reader, meter, meter->lengths[i], error))
            return false;
    return true;
}

bool merge_open_shorter(struct merge *merge, const struct history_reader *reader,
                        const struct meter_facts *meter, int64_t length, int64_t from, int64_t to,
                        char **error)
{
    *merge = (struct merge){.zone = meter->zone, .at = from, .end = to};
    for (size_t i = 0; i < meter->length_count; i++)
        if (meter->lengths[i] < length && length % meter->lengths[i] == 0 &&
            !add_source(merge, reader, meter, meter->lengths[i], error))
            return false;
    return true;
}

void merge_close(struct merge *merge)
{
    for (size_t i = 0; i < merge->count; i++)
        sqlite3_finalize(merge->sources[i].statement);
    merge->count = 0;
}

static bool step_on(struct merge_source *source, char **error)
{
    int result = sqlite3_step(source->statement);
    source->start = result == SQLITE_ROW ? sqlite3_column_int64(source->statement, 0) : INT64_MAX;
    source->placed = true;
    if (result == SQLITE_ROW || result == SQLITE_DONE)
        return true;
    *error =
        memory_print("it cannot be read: %s", sqlite3_errmsg(sqlite3_db_handle(source->statement)));
    return false;
}

/* Moves on to the first row at that moment or later. */
static bool place(struct merge_source *source, int64_t at, char **error)
{
    if (source->placed && source->start < at && !step_on(source, error))
        return false;
    if (source->placed && source->start >= at)
        return true;
    sqlite3_reset(source->statement);
    sqlite3_bind_int64(source->statement, 3, at);
    return step_on(source, error);
}

struct row_cursor merge_entries(sqlite3_stmt *statement, int column)
{
    const uint8_t *at = sqlite3_column_blob(statement, column);
    int size = sqlite3_column_bytes(statement, column);
    return (struct row_cursor){at, at ? at + size : at};
}

bool merge_next(struct merge *merge, struct merged_row *row, char **error)
{
    struct merge_source *next = NULL;
    for (size_t i = 0; i < merge->count; i++) {
        struct merge_source *source = &merge->sources[i];
        if (!place(source, merge->at, error))
            return false;
        if (source->start != INT64_MAX && (!next || source->start < next->start))
            next = source;
        if (next && next->start == merge->at)
            break;
    }
    if (!next)
        return false;
    row->start = next->start;
    row->end = calendar_row_end(merge->zone, next->length, next->start);
    row->entries = merge_entries(next->statement, 1);
    merge->at = row->end;
    return true;
}

/* ------------------------------------------------------------------------------------------------
 * Back in time
 */

bool rows_back_open(struct rows_back *back, const struct history_reader *reader,
                    const struct meter_facts *meter, int64_t at, char **error)
{
    *back = (struct rows_back){.meter = meter, .at = at};
    for (size_t i = 0; i < meter->length_count; i++) {
        bool day = meter->lengths[i] == STEP_DAY;
        sqlite3_stmt *statement = reader_prepare(
            reader,
            day ? "SELECT start, entries FROM step WHERE meter = ?1 AND length = ?2 AND start < ?3 "
                  "ORDER BY start DESC"
                : "SELECT start, entries FROM step WHERE meter = ?1 AND length = ?2 AND start < ?3 "
                  "ORDER BY start DESC LIMIT 1",
            error);
        if (!statement) {
            rows_back_close(back);
            return false;
        }
        sqlite3_bind_int64(statement, 1, meter->key);
        sqlite3_bind_int64(statement, 2, meter->lengths[i]);
        back->sources[i] = (struct merge_source){meter->lengths[i], statement, false, 0};
        back->count = i + 1;
    }
    return true;
}

void rows_back_close(struct rows_back *back)
{
    for (size_t i = 0; i < back->count; i++)
        sqlite3_finalize(back->sources[i].statement);
    back->count = 0;
}

/* Moves on to the last row that ends at that moment or before: the step that holds it is not over then.
 * Start is INT64_MAX without one. */
static bool place_back(struct rows_back *back, struct merge_source *source, char **error)
{
    int64_t limit = calendar_row_start(back->meter->zone, source->length, back->at);
    while (source->placed && source->length == STEP_DAY && source->start != INT64_MAX &&
           source->start >= limit)
        if (!step_on(source, error))
            return false;
    if (source->placed && (source->start == INT64_MAX || source->start < limit))
        return true;
    sqlite3_reset(source->statement);
    sqlite3_bind_int64(source->statement, 3, limit);
    return step_on(source, error);
}

bool rows_back_next(struct rows_back *back, struct merged_row *row, char **error)
{
    struct merge_source *last = NULL;
    for (size_t i = 0; i < back->count; i++) {
        struct merge_source *source = &back->sources[i];
        if (!place_back(back, source, error))
            return false;
        if (source->start == INT64_MAX)
            continue;
        int64_t end = calendar_row_end(back->meter->zone, source->length, source->start);
        if (!last || end > row->end) {
            last = source;
            row->end = end;
        }
        if (row->end == back->at)
            break;
    }
    if (!last)
        return false;
    row->start = last->start;
    row->entries = merge_entries(last->statement, 1);
    back->at = row->start;
    return true;
}
