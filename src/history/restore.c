/* SPDX-License-Identifier: MIT */
/*
 * How a recorder goes on from a file. What had not become part of a longer step when the last batch was
 * written is taken from the shorter ones, so nothing but the last batch is lost however dsmr ended.
 */
#include "core/memory.h"
#include "history/calendar.h"
#include "history/restore_state.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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

void restore_set_total(struct slot *slot, int64_t total, uint8_t decimals, int64_t at)
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
        restore_set_total(slot, sqlite3_column_int64(statement, 1),
                          (uint8_t)(sqlite3_column_int(statement, 2) & 15),
                          sqlite3_column_int64(statement, 0));
    sqlite3_finalize(statement);
}

void restore_spread(struct restore *restore, struct row_cursor cursor)
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

/* Sets those that the row has and no later one had; returns how many. */
static size_t set_totals(struct restore *restore, const struct merged_row *row, bool *found)
{
    struct recorder_meter *meter = restore->meter;
    size_t count = 0;
    restore_spread(restore, row->entries);
    for (size_t i = 0; i < meter->slot_count; i++) {
        if (found[i] || !restore->filled[i])
            continue;
        restore_set_total(&meter->slots[i], restore->entries[i].total, restore->entries[i].decimals,
                          row->start);
        found[i] = true;
        count++;
    }
    return count;
}

/* The last row has them all, but for those that the meter sends no more, and that of an import. */
static void restore_totals(struct restore *restore)
{
    struct recorder_meter *meter = restore->meter;
    struct rows_back back;
    struct merged_row row;
    size_t missing = 0;
    bool *found = memory_new(meter->slot_count + 1, sizeof *found);
    for (size_t i = 0; i < meter->slot_count; i++) {
        found[i] = !meter->slots[i].counter || meter->slots[i].own_time;
        missing += found[i] ? 0 : 1;
    }
    if (rows_back_open(&back, &restore->reader, &restore->facts, INT64_MAX / 4, &restore->error)) {
        while (missing > 0 && rows_back_next(&back, &row, &restore->error))
            missing -= set_totals(restore, &row, found);
        rows_back_close(&back);
    }
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
    restore_totals(restore);
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

static void restore_meter(struct restore *restore, struct store *store, sqlite3_stmt *statement)
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
    restore_length(restore, store);
    restore_counters(restore);
    int64_t moment = restore_reached(restore);
    meter->last_at = moment == INT64_MIN ? 0 : moment;
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
        restore_meter(&restore, store, meters);
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
