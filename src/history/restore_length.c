/* SPDX-License-Identifier: MIT */
/*
 * Rows of another finest step, of before that was set anew. A longer row stands for the shorter ones in
 * it, so one that was not over would hide what came behind it. What no minute has gathered yet is put
 * into steps of the new length.
 */
#include "history/calendar.h"
#include "history/restore_state.h"

#include <stdlib.h>
#include <string.h>

static bool has_another(struct restore *restore, int64_t from)
{
    const struct tier_rule *tiers = restore->recorder->rules.tiers;
    bool found = false;
    sqlite3_stmt *statement = reader_prepare(
        &restore->reader,
        "SELECT 1 FROM step WHERE meter = ?1 AND length = ?2 AND start >= ?3 LIMIT 1",
        &restore->error);
    for (size_t i = 0; statement && i < restore->facts.length_count; i++) {
        int64_t length = restore->facts.lengths[i];
        if (length >= tiers[TIER_MINUTE].length || length == tiers[0].length)
            continue;
        sqlite3_bind_int64(statement, 1, restore->meter->key);
        sqlite3_bind_int64(statement, 2, length);
        sqlite3_bind_int64(statement, 3, from);
        found |= sqlite3_step(statement) == SQLITE_ROW;
        sqlite3_reset(statement);
    }
    sqlite3_finalize(statement);
    return found;
}

/* A total never goes back: of two the greater one is the later one. */
static void add(struct open_step *step, size_t place, struct row_entry entry)
{
    struct row_entry *into = &step->entries[place];
    bool filled = step->filled[place];
    if (filled && entry.counter && into->decimals == entry.decimals && into->total > entry.total)
        entry.total = into->total;
    if (!filled || !row_merge(into, &entry))
        *into = entry;
    step->filled[place] = true;
}

static void add_row(struct restore *restore, int64_t start, struct row_cursor entries)
{
    struct recorder_meter *meter = restore->meter;
    struct open_step *step = &meter->steps[0];
    if (step->open && start >= step->end)
        recorder_write_step(restore->recorder, meter, 0);
    if (!step->open || start >= step->end)
        recorder_open_step(meter, &restore->recorder->rules, 0, start);
    restore_spread(restore, entries);
    for (size_t i = 0; i < meter->slot_count; i++)
        if (restore->filled[i])
            add(step, i, restore->entries[i]);
}

/* Puts what the file has from then on into the batch, in steps of the new length. */
static void regroup(struct restore *restore, int64_t from)
{
    int64_t minute = restore->recorder->rules.tiers[TIER_MINUTE].length;
    sqlite3_stmt *rows =
        reader_prepare(&restore->reader,
                       "SELECT start, entries FROM step WHERE meter = ?1 AND length < ?2 AND "
                       "start >= ?3 ORDER BY start, length DESC",
                       &restore->error);
    if (!rows)
        return;
    batch_add(
        &restore->recorder->batch,
        &(struct change){.kind = CHANGE_REGROUP, .numbers = {restore->meter->key, minute, from}},
        "", 0);
    sqlite3_bind_int64(rows, 1, restore->meter->key);
    sqlite3_bind_int64(rows, 2, minute);
    sqlite3_bind_int64(rows, 3, from);
    while (sqlite3_step(rows) == SQLITE_ROW)
        add_row(restore, sqlite3_column_int64(rows, 0), merge_entries(rows, 1));
    sqlite3_finalize(rows);
    if (restore->meter->steps[0].open)
        recorder_write_step(restore->recorder, restore->meter, 0);
    restore->meter->steps[0].open = false;
}

void restore_length(struct restore *restore, struct store *store)
{
    struct batch before = restore->recorder->batch;
    int64_t from = restore_end_of_last(restore, restore->recorder->rules.tiers[TIER_MINUTE].length);
    char *error = NULL;
    bool damaged;
    if (!has_another(restore, from))
        return;
    restore->recorder->batch = (struct batch){0};
    regroup(restore, from);
    /* A file that cannot be written now stays as it is; the next batch tells of it. */
    if (!restore->error)
        store_write(store, &restore->recorder->batch, &damaged, &error);
    free(error);
    batch_free(&restore->recorder->batch);
    restore->recorder->batch = before;
    reader_find_meter_by_key(&restore->reader, restore->meter->key, &restore->facts,
                             &restore->error);
}
