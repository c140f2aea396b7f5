/* SPDX-License-Identifier: MIT */
/*
 * How a recorder goes on from a file. What had not become part of a longer step when the last batch was
 * written is taken from the shorter ones, so nothing but the last batch is lost however dsmr ended.
 */
#include "core/memory.h"
#include "history/calendar.h"
#include "history/reader.h"
#include "history/store.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct restore {
    struct history_reader reader;
    struct recorder *recorder;
    struct recorder_meter *meter;
    struct meter_facts facts;
    uint16_t *places; /* by key of the item: slot plus 1 */
    uint32_t places_count;
    struct row_entry *entries; /* of a row, by slot */
    bool *filled;
    char *error;
};

static void copy_text(char *to, size_t size, const unsigned char *text)
{
    memset(to, 0, size);
    snprintf(to, size, "%s", text ? (const char *)text : "");
}

/* ------------------------------------------------------------------------------------------------
 * Items
 */

/* The id as the catalogue or this file has it, static; NULL for one that this dsmr does not know. */
static const char *static_id(const char *id, dsmr_item *item)
{
    static const char *const sums[SUMS] = {"eDelivery", "eProduction"};
    *item = dsmr_item_find((struct dsmr_text){id, strlen(id)});
    if (*item != DSMR_ITEM_NONE)
        return dsmr_item_id(*item);
    for (size_t i = 0; i < SUMS; i++)
        if (strcmp(id, sums[i]) == 0)
            return sums[i];
    return NULL;
}

static void restore_item(struct restore *restore, sqlite3_stmt *statement)
{
    const char *id = (const char *)sqlite3_column_text(statement, 1);
    int64_t key = sqlite3_column_int64(statement, 0);
    struct slot slot = {
        .key = (uint32_t)key,
        .counter = sqlite3_column_int(statement, 2) != 0,
        .own_time = sqlite3_column_int(statement, 3) != 0,
    };
    if (key < 1 || key > UINT16_MAX || !id || !(slot.id = static_id(id, &slot.item)))
        return;
    if (slot.item != DSMR_ITEM_NONE && restore->meter->places[slot.item] != 0)
        return;
    const struct dsmr_item_info *info = dsmr_item_info(slot.item);
    slot.unit = info ? info->unit : DSMR_UNIT_KWH;
    size_t place = recorder_add_slot(restore->meter, &slot);
    restore->places[key] = (uint16_t)(place + 1);
}

static void restore_items(struct restore *restore)
{
    sqlite3_stmt *statement =
        reader_prepare(&restore->reader,
                       "SELECT key, id, counter, own_time FROM item WHERE meter = ?1 ORDER BY key",
                       &restore->error);
    if (!statement)
        return;
    sqlite3_bind_int64(statement, 1, restore->meter->key);
    while (sqlite3_step(statement) == SQLITE_ROW)
        restore_item(restore, statement);
    sqlite3_finalize(statement);
}

/* ------------------------------------------------------------------------------------------------
 * Counters
 */

/* Sets the slot to a total; what it read follows from its series. */
static void set_total(struct slot *slot, int64_t total, uint8_t decimals, int64_t at)
{
    struct slot set = *slot;
    if (!slot->known)
        return;
    uint8_t most = decimals > slot->decimals ? decimals : slot->decimals;
    if (!row_scale(&total, decimals, most) || !row_scale(&set.base, slot->decimals, most) ||
        !row_scale(&set.origin, slot->decimals, most) ||
        __builtin_sub_overflow(total, set.base, &set.reading) ||
        __builtin_add_overflow(set.reading, set.origin, &set.reading))
        return;
    set.decimals = most;
    set.total = total;
    set.read_at = at;
    *slot = set;
}

static void restore_series(struct restore *restore, struct slot *slot)
{
    sqlite3_stmt *statement =
        reader_prepare(&restore->reader,
                       "SELECT since, reading, total, decimals, equipment FROM series WHERE item = "
                       "?1 ORDER BY since DESC LIMIT 1",
                       &restore->error);
    if (!statement)
        return;
    sqlite3_bind_int64(statement, 1, slot->key);
    if (sqlite3_step(statement) == SQLITE_ROW) {
        slot->known = true;
        slot->since = slot->read_at = sqlite3_column_int64(statement, 0);
        slot->origin = slot->reading = sqlite3_column_int64(statement, 1);
        slot->base = slot->total = sqlite3_column_int64(statement, 2);
        slot->decimals = (uint8_t)(sqlite3_column_int(statement, 3) & 15);
        copy_text(slot->equipment, sizeof slot->equipment, sqlite3_column_text(statement, 4));
    }
    sqlite3_finalize(statement);
}

static void restore_own_reading(struct restore *restore, struct slot *slot)
{
    sqlite3_stmt *statement = reader_prepare(
        &restore->reader,
        "SELECT at, total, decimals FROM reading WHERE item = ?1 ORDER BY at DESC LIMIT 1",
        &restore->error);
    if (!statement)
        return;
    sqlite3_bind_int64(statement, 1, slot->key);
    if (sqlite3_step(statement) == SQLITE_ROW)
        set_total(slot, sqlite3_column_int64(statement, 1),
                  (uint8_t)(sqlite3_column_int(statement, 2) & 15),
                  sqlite3_column_int64(statement, 0));
    sqlite3_finalize(statement);
}

/* Spreads a row over the slots. */
static void spread(struct restore *restore, struct row_cursor cursor)
{
    struct row_entry entry;
    memset(restore->filled, 0, restore->meter->slot_count * sizeof *restore->filled);
    while (row_next(&cursor, &entry)) {
        size_t place = entry.item < restore->places_count ? restore->places[entry.item] : 0;
        if (place == 0 || restore->meter->slots[place - 1].counter != entry.counter)
            continue;
        restore->entries[place - 1] = entry;
        restore->filled[place - 1] = true;
    }
}

/* Counters that the last row does not have: the meter sends them no more. */
static void look_further_back(struct restore *restore, int64_t at)
{
    struct recorder_meter *meter = restore->meter;
    size_t missing = 0;
    bool *found = memory_new(meter->slot_count + 1, sizeof *found);
    for (size_t i = 0; i < meter->slot_count; i++) {
        const struct slot *slot = &meter->slots[i];
        found[i] = !slot->counter || slot->own_time || restore->filled[i];
        missing += found[i] ? 0 : 1;
    }
    sqlite3_stmt *day =
        missing > 0 ? merge_days_back(&restore->reader, &restore->facts, at, &restore->error)
                    : NULL;
    while (day && missing > 0 && sqlite3_step(day) == SQLITE_ROW) {
        spread(restore, merge_entries(day, 1));
        for (size_t i = 0; i < meter->slot_count; i++) {
            if (found[i] || !restore->filled[i])
                continue;
            set_total(&meter->slots[i], restore->entries[i].total, restore->entries[i].decimals,
                      sqlite3_column_int64(day, 0));
            found[i] = true;
            missing--;
        }
    }
    sqlite3_finalize(day);
    free(found);
}

static void restore_counters(struct restore *restore)
{
    struct recorder_meter *meter = restore->meter;
    for (size_t i = 0; i < meter->slot_count; i++) {
        if (!meter->slots[i].counter)
            continue;
        restore_series(restore, &meter->slots[i]);
        if (meter->slots[i].own_time)
            restore_own_reading(restore, &meter->slots[i]);
    }
    sqlite3_stmt *last =
        merge_last_row(&restore->reader, &restore->facts, INT64_MAX / 4, &restore->error);
    if (!last)
        return;
    spread(restore, merge_entries(last, 1));
    int64_t at = sqlite3_column_int64(last, 0);
    for (size_t i = 0; i < meter->slot_count; i++)
        if (restore->filled[i] && meter->slots[i].counter && !meter->slots[i].own_time)
            set_total(&meter->slots[i], restore->entries[i].total, restore->entries[i].decimals,
                      at);
    meter->last_at = at;
    sqlite3_finalize(last);
    look_further_back(restore, at);
}

/* ------------------------------------------------------------------------------------------------
 * Steps that are not over
 */

static int64_t end_of_last(struct restore *restore, int64_t length)
{
    int64_t end = INT64_MIN;
    sqlite3_stmt *statement = reader_prepare(
        &restore->reader, "SELECT max(start) FROM step WHERE meter = ?1 AND length = ?2",
        &restore->error);
    if (!statement)
        return end;
    sqlite3_bind_int64(statement, 1, restore->meter->key);
    sqlite3_bind_int64(statement, 2, length);
    if (sqlite3_step(statement) == SQLITE_ROW && sqlite3_column_type(statement, 0) != SQLITE_NULL)
        end = calendar_row_end(restore->meter->zone, length, sqlite3_column_int64(statement, 0));
    sqlite3_finalize(statement);
    return end;
}

/* The last row of the finest length goes on where it stopped. */
static int64_t reopen_finest(struct restore *restore)
{
    struct recorder_meter *meter = restore->meter;
    int64_t length = restore->recorder->rules.tiers[0].length;
    int64_t end = end_of_last(restore, length);
    struct merge merge;
    struct merged_row row;
    int64_t start = INT64_MAX;
    if (end == INT64_MIN || !merge_open(&merge, &restore->reader, &restore->facts,
                                        (struct history_step){HISTORY_SECOND, length}, end - length,
                                        INT64_MAX, &restore->error))
        return start;
    if (merge_next(&merge, &row, &restore->error) && row.end - row.start == length) {
        start = row.start;
        spread(restore, row.entries);
        recorder_open_step(meter, &restore->recorder->rules, 0, start);
        for (size_t i = 0; i < meter->slot_count; i++)
            if (restore->filled[i])
                meter->steps[0].entries[i] = restore->entries[i];
        memcpy(meter->steps[0].filled, restore->filled, meter->slot_count * sizeof(bool));
    }
    merge_close(&merge);
    return start;
}

/* Gathers what the next longer step has of the shorter ones; before is where those are still open. */
static void refill(struct restore *restore, size_t tier, int64_t before)
{
    struct merge merge;
    struct merged_row row;
    int64_t length = restore->recorder->rules.tiers[tier].length;
    int64_t from = end_of_last(restore, length);
    if (!merge_open_shorter(&merge, &restore->reader, &restore->facts, length,
                            from == INT64_MIN ? 0 : from, INT64_MAX, &restore->error))
        return;
    while (merge_next(&merge, &row, &restore->error) && row.start < before) {
        /* Shorter ones that a step in between has not gathered yet come by way of that. */
        if (tier > 1 && row.end - row.start < restore->recorder->rules.tiers[tier - 1].length)
            break;
        spread(restore, row.entries);
        recorder_feed(restore->recorder, restore->meter, tier, row.start, row.end, restore->entries,
                      restore->filled, restore->meter->slot_count);
    }
    merge_close(&merge);
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
    int64_t end = end_of_last(restore, STEP_QUARTER);
    struct merge merge;
    struct merged_row row;
    if (end == INT64_MIN || meter->sums[0].slot == 0 ||
        !merge_open(&merge, &restore->reader, &restore->facts,
                    (struct history_step){HISTORY_SECOND, STEP_QUARTER}, end - STEP_QUARTER, end,
                    &restore->error))
        return;
    if (merge_next(&merge, &row, &restore->error)) {
        spread(restore, row.entries);
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

static void restore_steps(struct restore *restore)
{
    restore_quarter(restore);
    restore_peak(restore);
    int64_t open = reopen_finest(restore);
    for (size_t tier = TIERS - 1; tier > 0; tier--)
        refill(restore, tier, open);
}

static int64_t ask(struct restore *restore, const char *sql)
{
    int64_t value = 0;
    sqlite3_stmt *statement = reader_prepare(&restore->reader, sql, &restore->error);
    if (statement && sqlite3_step(statement) == SQLITE_ROW)
        value = sqlite3_column_int64(statement, 0);
    sqlite3_finalize(statement);
    return value;
}

static void restore_meter(struct restore *restore, sqlite3_stmt *statement)
{
    struct dsmr_zone zone = {(int16_t)sqlite3_column_int(statement, 2),
                             sqlite3_column_int(statement, 3) != 0};
    const char *name = (const char *)sqlite3_column_text(statement, 1);
    struct recorder_meter *meter = recorder_meter(restore->recorder, name ? name : "", zone);
    meter->key = sqlite3_column_int64(statement, 0);
    meter->series = (uint32_t)sqlite3_column_int64(statement, 4);
    restore->recorder->batch.count--; /* the meter: it is in the file */
    restore->meter = meter;
    if (!reader_find_meter_by_key(&restore->reader, meter->key, &restore->facts, &restore->error))
        return;
    restore_items(restore);
    restore->entries = memory_new(meter->slot_count + 1, sizeof *restore->entries);
    restore->filled = memory_new(meter->slot_count + 1, sizeof *restore->filled);
    restore_counters(restore);
    meter->thinned = meter->last_at - restore->recorder->rules.tiers[1].keep_s - 3 * STEP_DAY;
    restore_steps(restore);
    free(restore->entries);
    free(restore->filled);
}

struct recorder *store_restore(struct store *store, const struct recorder_rules *rules,
                               struct log *log, char **error)
{
    struct restore restore = {
        .reader = {.database = store_database(store), .path = memory_text(store_path(store))},
        .recorder = recorder_new(rules, log),
        .places_count = UINT16_MAX + 1,
    };
    restore.places = memory_new(restore.places_count, sizeof *restore.places);
    sqlite3_stmt *meters =
        reader_prepare(&restore.reader,
                       "SELECT key, name, zone_offset, zone_summer, series FROM meter ORDER BY key",
                       &restore.error);
    while (meters && !restore.error && sqlite3_step(meters) == SQLITE_ROW)
        restore_meter(&restore, meters);
    sqlite3_finalize(meters);
    restore.recorder->next_meter_key = ask(&restore, "SELECT ifnull(max(key), 0) + 1 FROM meter");
    restore.recorder->next_item_key =
        (uint32_t)ask(&restore, "SELECT ifnull(max(key), 0) + 1 FROM item");
    free(restore.places);
    free(restore.reader.path);
    if (!restore.error)
        return restore.recorder;
    *error = restore.error;
    recorder_free(restore.recorder);
    return NULL;
}
