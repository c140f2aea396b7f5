/* SPDX-License-Identifier: MIT */
/* Hours and days that an import has put something into are made anew from what is shorter. */
#include "core/memory.h"
#include "history/calendar.h"
#include "history/fill_state.h"

#include <stdlib.h>

enum { ENTRIES_MAX = 512 };

bool fill_has_row(const struct filling *filling, int64_t length, int64_t from, int64_t to)
{
    char *error = NULL;
    sqlite3_stmt *statement = reader_prepare(&filling->reader,
                                             "SELECT 1 FROM step WHERE meter = ?1 AND length = ?2 "
                                             "AND start >= ?3 AND start < ?4 LIMIT 1",
                                             &error);
    free(error);
    sqlite3_bind_int64(statement, 1, filling->meter.key);
    sqlite3_bind_int64(statement, 2, length);
    sqlite3_bind_int64(statement, 3, from);
    sqlite3_bind_int64(statement, 4, to);
    bool found = statement && sqlite3_step(statement) == SQLITE_ROW;
    sqlite3_finalize(statement);
    return found;
}

static void add_entry(struct row_entry *entries, size_t *count, const struct row_entry *entry)
{
    for (size_t i = 0; i < *count; i++) {
        if (entries[i].item == entry->item) {
            row_merge(&entries[i], entry);
            return;
        }
    }
    if (*count < ENTRIES_MAX)
        entries[(*count)++] = *entry;
}

static bool make_row(struct filling *filling, int64_t length, int64_t start)
{
    struct row_entry entries[ENTRIES_MAX];
    size_t count = 0;
    struct merge merge;
    struct merged_row row;
    int64_t end = calendar_row_end(filling->meter.zone, length, start);
    if (!merge_open_shorter(&merge, &filling->reader, &filling->meter, length, start, end,
                            &filling->error))
        return false;
    while (merge_next(&merge, &row, &filling->error)) {
        struct row_entry entry;
        while (row_next(&row.entries, &entry))
            add_entry(entries, &count, &entry);
    }
    merge_close(&merge);
    struct buffer packed = {0};
    for (size_t i = 0; i < count; i++)
        row_put(&packed, &entries[i]);
    sqlite3_stmt *insert = reader_prepare(
        &filling->reader,
        "INSERT OR REPLACE INTO step (meter, length, start, entries) VALUES (?1, ?2, ?3, ?4)",
        &filling->error);
    if (insert && count > 0) {
        sqlite3_bind_int64(insert, 1, filling->meter.key);
        sqlite3_bind_int64(insert, 2, length);
        sqlite3_bind_int64(insert, 3, start);
        sqlite3_bind_blob(insert, 4, packed.at, (int)packed.size, SQLITE_STATIC);
        sqlite3_step(insert);
    }
    sqlite3_finalize(insert);
    buffer_free(&packed);
    return filling->error == NULL;
}

/* True when the step is over as far as the file knows, or has a row already. One that goes on has none:
 * it would stand for what is still to come. */
static bool is_over(const struct filling *filling, int64_t length, int64_t start)
{
    int64_t end = calendar_row_end(filling->meter.zone, length, start);
    if (fill_has_row(filling, length, start, start + 1))
        return true;
    for (size_t i = 0; i < filling->meter.length_count; i++)
        if (fill_has_row(filling, filling->meter.lengths[i], end - filling->meter.lengths[i],
                         INT64_MAX))
            return true;
    return false;
}

/* The end of the last row of that length that begins before a moment; 0 without one. */
static int64_t end_of_last(struct filling *filling, int64_t length, int64_t moment)
{
    int64_t end = 0;
    sqlite3_stmt *statement = reader_prepare(&filling->reader,
                                             "SELECT start FROM step WHERE meter = ?1 AND length = "
                                             "?2 AND start < ?3 ORDER BY start DESC LIMIT 1",
                                             &filling->error);
    if (!statement)
        return end;
    sqlite3_bind_int64(statement, 1, filling->meter.key);
    sqlite3_bind_int64(statement, 2, length);
    sqlite3_bind_int64(statement, 3, moment);
    if (sqlite3_step(statement) == SQLITE_ROW)
        end = calendar_row_end(filling->meter.zone, length, sqlite3_column_int64(statement, 0));
    sqlite3_finalize(statement);
    return end;
}

/* What stands in front of a stretch may not have become longer steps yet: a recorder that goes on from here
 * goes on behind the stretch. */
static bool make_in_front(struct filling *filling, int64_t length, int64_t begin)
{
    struct merge merge;
    struct merged_row row;
    int64_t *starts = NULL;
    size_t count = 0;
    int64_t from = end_of_last(filling, length, begin);
    if (!merge_open_shorter(&merge, &filling->reader, &filling->meter, length, from, begin,
                            &filling->error))
        return false;
    while (merge_next(&merge, &row, &filling->error)) {
        int64_t start = calendar_row_start(filling->meter.zone, length, row.start);
        if (count > 0 && starts[count - 1] == start)
            continue;
        starts = memory_grow(starts, count + 1, sizeof *starts);
        starts[count++] = start;
    }
    merge_close(&merge);
    for (size_t i = 0; i < count && !filling->error; i++)
        if (is_over(filling, length, starts[i]))
            make_row(filling, length, starts[i]);
    free(starts);
    return filling->error == NULL;
}

static bool make_length(struct filling *filling, int64_t length)
{
    int64_t made = INT64_MIN;
    for (size_t i = 0; i < filling->begin_count; i++)
        if (!make_in_front(filling, length, filling->begins[i]))
            return false;
    for (size_t i = 0; length > filling->unit && i < filling->touched_count; i++) {
        int64_t start = calendar_row_start(filling->meter.zone, length, filling->touched[i]);
        if (start != made && is_over(filling, length, start) && !make_row(filling, length, start))
            return false;
        made = start;
    }
    return reader_find_meter_by_key(&filling->reader, filling->meter.key, &filling->meter,
                                    &filling->error);
}

bool fill_longer(struct filling *filling)
{
    static const int64_t lengths[] = {60, STEP_QUARTER, STEP_HOUR, STEP_DAY};
    for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; i++)
        if (!make_length(filling, lengths[i]))
            return false;
    return true;
}
