/* SPDX-License-Identifier: MIT */
/* Steps that were not over when the file was written last. */
#include "core/memory.h"
#include "history/calendar.h"
#include "history/restore_state.h"

#include <string.h>

/* The start of the last row of that length; INT64_MIN without one. */
static int64_t start_of_last(struct restore *restore, int64_t length)
{
    int64_t start = INT64_MIN;
    sqlite3_stmt *statement = reader_prepare(
        &restore->reader, "SELECT max(start) FROM step WHERE meter = ?1 AND length = ?2",
        &restore->error);
    if (!statement)
        return start;
    sqlite3_bind_int64(statement, 1, restore->meter->key);
    sqlite3_bind_int64(statement, 2, length);
    if (sqlite3_step(statement) == SQLITE_ROW && sqlite3_column_type(statement, 0) != SQLITE_NULL)
        start = sqlite3_column_int64(statement, 0);
    sqlite3_finalize(statement);
    return start;
}

int64_t restore_end_of_last(struct restore *restore, int64_t length)
{
    int64_t start = start_of_last(restore, length);
    return start == INT64_MIN ? start : calendar_row_end(restore->meter->zone, length, start);
}

/* Makes the row that starts then the open step of its tier, as it stands; false when there is none. */
static bool reopen(struct restore *restore, size_t tier, int64_t start)
{
    struct recorder_meter *meter = restore->meter;
    int64_t length = restore->recorder->rules.tiers[tier].length;
    sqlite3_stmt *row = reader_prepare(
        &restore->reader,
        "SELECT start, entries FROM step WHERE meter = ?1 AND length = ?2 AND start = ?3",
        &restore->error);
    if (!row)
        return false;
    sqlite3_bind_int64(row, 1, meter->key);
    sqlite3_bind_int64(row, 2, length);
    sqlite3_bind_int64(row, 3, start);
    bool found = sqlite3_step(row) == SQLITE_ROW;
    if (found) {
        restore_spread(restore, merge_entries(row, 1));
        recorder_open_step(meter, &restore->recorder->rules, tier, start);
        for (size_t i = 0; i < meter->slot_count; i++)
            if (restore->filled[i])
                meter->steps[tier].entries[i] = restore->entries[i];
        memcpy(meter->steps[tier].filled, restore->filled, meter->slot_count * sizeof(bool));
    }
    sqlite3_finalize(row);
    return found;
}

/* Gathers what the next longer step has of the shorter ones of [from, before). */
static void refill(struct restore *restore, size_t tier, int64_t from, int64_t before)
{
    struct merge merge;
    struct merged_row row;
    const struct tier_rule *tiers = restore->recorder->rules.tiers;
    if (!merge_open_shorter(&merge, &restore->reader, &restore->facts, tiers[tier].length,
                            from == INT64_MIN ? 0 : from, before, &restore->error))
        return;
    while (merge_next(&merge, &row, &restore->error)) {
        /* Shorter ones that a step in between has not gathered yet come by way of that. */
        if (tier > 1 && row.end - row.start < tiers[tier - 1].length)
            continue;
        restore_spread(restore, row.entries);
        /* The last one may not be over, if the finest step was another length when it was written. */
        int64_t end = row.start == restore->meter->last_at ? row.start : row.end;
        recorder_feed(restore->recorder, restore->meter, tier, row.start, end, restore->entries,
                      restore->filled, restore->meter->slot_count);
    }
    merge_close(&merge);
}

/* How far the file goes: no telegram comes before that. A minute is written when it is over, shorter steps
 * may not be, and longer ones may be of an import. */
int64_t restore_reached(struct restore *restore)
{
    const int64_t minute = restore->recorder->rules.tiers[1].length;
    int64_t moment = INT64_MIN;
    for (size_t i = 0; i < restore->facts.length_count; i++) {
        int64_t length = restore->facts.lengths[i];
        int64_t at = length == minute ? restore_end_of_last(restore, length)
                                      : start_of_last(restore, length);
        if (at > moment)
            moment = at;
    }
    return moment;
}

/* True when the file has something of the minute before. */
static bool was_read_to(struct restore *restore, int64_t end)
{
    struct merge merge;
    struct merged_row row;
    bool found = merge_open(&merge, &restore->reader, &restore->facts,
                            (struct history_step){HISTORY_SECOND, EDGE_NEAR_S}, end - EDGE_NEAR_S,
                            end, &restore->error) &&
                 merge_next(&merge, &row, &restore->error);
    merge_close(&merge);
    return found;
}

static void restore_quarter(struct restore *restore)
{
    struct recorder_meter *meter = restore->meter;
    int64_t end = restore_end_of_last(restore, STEP_QUARTER);
    struct merge merge;
    struct merged_row row;
    if (end == INT64_MIN || meter->sums[0].slot == 0 ||
        !merge_open(&merge, &restore->reader, &restore->facts,
                    (struct history_step){HISTORY_SECOND, STEP_QUARTER}, end - STEP_QUARTER, end,
                    &restore->error))
        return;
    if (merge_next(&merge, &row, &restore->error)) {
        restore_spread(restore, row.entries);
        size_t place = meter->sums[0].slot - 1;
        if (restore->filled[place]) {
            meter->quarter_end = was_read_to(restore, row.end) ? row.end : 0;
            meter->quarter_total = restore->entries[place].total;
            meter->quarter_decimals = restore->entries[place].decimals;
        }
    }
    merge_close(&merge);
}

static void restore_peak(struct restore *restore)
{
    sqlite3_stmt *statement = reader_prepare(
        &restore->reader,
        "SELECT month, used, decimals FROM peak WHERE meter = ?1 ORDER BY month DESC LIMIT 1",
        &restore->error);
    if (!statement)
        return;
    sqlite3_bind_int64(statement, 1, restore->meter->key);
    if (sqlite3_step(statement) == SQLITE_ROW) {
        restore->meter->peak_month = sqlite3_column_int64(statement, 0);
        restore->meter->peak_used = sqlite3_column_int64(statement, 1);
        restore->meter->peak_decimals = (uint8_t)(sqlite3_column_int(statement, 2) & 15);
    }
    sqlite3_finalize(statement);
}

/* True for a quarter hour that a clock which was ahead ended before its time: it goes on, and is made anew
 * of what was read in it. */
static bool was_cut_short(struct restore *restore, int64_t quarter, int64_t moment)
{
    struct merge merge;
    struct merged_row row;
    if (quarter == INT64_MIN || quarter + STEP_QUARTER <= moment)
        return false;
    bool read = merge_open_shorter(&merge, &restore->reader, &restore->facts, STEP_QUARTER, quarter,
                                   moment, &restore->error) &&
                merge_next(&merge, &row, &restore->error);
    merge_close(&merge);
    return read;
}

/* The hour may be of an import that ended in it: it is opened as it stands, and the day is made of those
 * before it. */
void restore_steps(struct restore *restore)
{
    const struct tier_rule *tiers = restore->recorder->rules.tiers;
    int64_t moment = restore->meter->last_at;
    int64_t last = start_of_last(restore, tiers[0].length);
    restore_quarter(restore);
    restore_peak(restore);
    int64_t open = INT64_MAX;
    if (last == moment && reopen(restore, 0, last))
        open = last;
    int64_t hour = start_of_last(restore, STEP_HOUR);
    int64_t day = start_of_last(restore, STEP_DAY);
    int64_t quarter = start_of_last(restore, STEP_QUARTER);
    bool in_hour = hour != INT64_MIN && hour + STEP_HOUR > moment;
    bool in_quarter = was_cut_short(restore, quarter, moment);
    int64_t day_end = restore_end_of_last(restore, STEP_DAY);
    refill(restore, TIERS - 1, day_end > moment ? day : day_end, in_hour ? hour : open);
    if (in_hour && !in_quarter)
        reopen(restore, TIER_HOUR, hour);
    else
        refill(restore, TIER_HOUR, in_hour ? hour : restore_end_of_last(restore, STEP_HOUR),
               in_quarter ? quarter : open);
    refill(restore, TIER_QUARTER, in_quarter ? quarter : restore_end_of_last(restore, STEP_QUARTER),
           open);
    refill(restore, TIER_MINUTE, restore_end_of_last(restore, tiers[TIER_MINUTE].length), open);
}
