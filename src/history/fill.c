/* SPDX-License-Identifier: MIT */
#include "core/memory.h"
#include "history/calendar.h"
#include "history/fill_state.h"

#include <stdlib.h>
#include <string.h>

/* ------------------------------------------------------------------------------------------------
 * What the file has
 */

static bool has_shorter(const struct filling *filling, int64_t length, int64_t from, int64_t to)
{
    for (size_t i = 0; i < filling->meter.length_count; i++)
        if (filling->meter.lengths[i] < length &&
            fill_has_row(filling, filling->meter.lengths[i], from, to))
            return true;
    return false;
}

/* True when the file knows of this unit: by steps as short, or by a longer one that nothing shorter
 * stands behind. */
static bool is_there(const struct filling *filling, int64_t start)
{
    int64_t end = calendar_row_end(filling->meter.zone, filling->unit, start);
    for (size_t i = 0; i < filling->meter.length_count; i++) {
        int64_t length = filling->meter.lengths[i];
        int64_t from = length <= filling->unit
                           ? start
                           : calendar_row_start(filling->meter.zone, length, start);
        int64_t to =
            length <= filling->unit ? end : calendar_row_end(filling->meter.zone, length, from);
        if (!fill_has_row(filling, length, from, length <= filling->unit ? to : from + 1))
            continue;
        if (length <= filling->unit || !has_shorter(filling, length, from, to))
            return true;
    }
    return false;
}

/* The total of an item in a row; false when it is not in it. */
static bool total_in(struct row_cursor cursor, int64_t item, int64_t *total)
{
    struct row_entry entry;
    while (row_next(&cursor, &entry))
        if (entry.item == item && entry.counter)
            return fill_fixed(entry.total, entry.decimals, total);
    return false;
}

/* The item's total in the last row before a moment that has it. */
static bool total_before(struct filling *filling, int64_t item, int64_t at, int64_t *total)
{
    struct rows_back back;
    struct merged_row row;
    bool found = false;
    if (!rows_back_open(&back, &filling->reader, &filling->meter, at, &filling->error))
        return false;
    while (!found && rows_back_next(&back, &row, &filling->error))
        found = total_in(row.entries, item, total);
    rows_back_close(&back);
    return found;
}

/* … and at the beginning of what follows: where its series began, or else the first row that has it. */
static bool total_behind(struct filling *filling, const struct fill_item *item, int64_t at,
                         bool has_before, int64_t *total)
{
    if (!has_before) {
        if (item->file.count > 0)
            *total = item->file.at[0].total;
        return item->file.count > 0;
    }
    struct merge merge;
    struct merged_row row;
    bool found = false;
    if (!merge_open(&merge, &filling->reader, &filling->meter,
                    (struct history_step){HISTORY_DAY, 1}, at, INT64_MAX, &filling->error))
        return false;
    while (!found && merge_next(&merge, &row, &filling->error))
        found = total_in(row.entries, item->key, total);
    merge_close(&merge);
    return found;
}

/* ------------------------------------------------------------------------------------------------
 * Steps
 */

/* A step of the import. */
struct unit {
    const struct change *change;
    int64_t start, end;
    bool there;
};

static struct row_cursor entries_of(const struct filling *filling, const struct change *change)
{
    const uint8_t *at = (const uint8_t *)filling->batch->texts.at + change->text;
    return (struct row_cursor){at, at + change->text_size};
}

/* The import's total at the begin of a stretch: of the step before, or of where its series began. */
static int64_t total_from(const struct filling *filling, const struct fill_item *item,
                          const struct unit *before, const struct stretch *stretch)
{
    int64_t total;
    if (before && total_in(entries_of(filling, before->change), item->import_key, &total))
        return total;
    return fill_began_with(item, stretch);
}

/* Finds one counter in a stretch of steps, and what the file has around it. */
static void find_counter(struct filling *filling, struct fill_item *item, const struct unit *before,
                         const struct unit *units, size_t count)
{
    struct stretch stretch = {.begin = units[0].start, .end = units[count - 1].end};
    bool found = false;
    for (size_t i = 0; i < count; i++) {
        int64_t total;
        if (!total_in(entries_of(filling, units[i].change), item->import_key, &total))
            continue;
        if (!found)
            stretch.first = total;
        found = true;
        stretch.last = total;
    }
    item->in_stretch = found;
    if (!found)
        return;
    stretch.from = total_from(filling, item, before, &stretch);
    stretch.has_before = total_before(filling, item->key, stretch.begin, &stretch.before);
    stretch.has_after =
        total_behind(filling, item, stretch.end, stretch.has_before, &stretch.after);
    item->stretch = stretch;
}

/* Fits the counters of a stretch into the file: first all but sums, or those. */
static bool fit_counters(struct filling *filling, const struct unit *before,
                         const struct unit *units, size_t count, bool sums)
{
    for (size_t i = 0; i < filling->item_count; i++) {
        struct fill_item *item = &filling->items[i];
        if (!item->counter || item->own_time || (item->sum != 0) != sums)
            continue;
        find_counter(filling, item, before, units, count);
        if (filling->error || (item->in_stretch && !fill_fit(filling, item, &item->stretch)))
            return false;
    }
    return true;
}

static bool write_unit(struct filling *filling, const struct unit *unit, struct buffer *row)
{
    struct row_cursor cursor = entries_of(filling, unit->change);
    struct row_entry entry;
    buffer_clear(row);
    while (row_next(&cursor, &entry)) {
        const struct fill_item *item = fill_item(filling, entry.item);
        if (!item || item->refused || item->own_time)
            continue;
        entry.item = (uint32_t)item->key;
        if (entry.counter) {
            struct dsmr_number moved = fill_moved(item, entry.total, entry.decimals);
            entry.total = moved.mantissa;
            entry.decimals = moved.decimals;
        }
        row_put(row, &entry);
    }
    if (row->size == 0)
        return true;
    sqlite3_stmt *insert =
        reader_prepare(&filling->reader,
                       "INSERT INTO step (meter, length, start, entries) VALUES (?1, ?2, ?3, ?4)",
                       &filling->error);
    if (!insert)
        return false;
    sqlite3_bind_int64(insert, 1, filling->meter.key);
    sqlite3_bind_int64(insert, 2, filling->unit);
    sqlite3_bind_int64(insert, 3, unit->start);
    sqlite3_bind_blob(insert, 4, row->at, (int)row->size, SQLITE_STATIC);
    bool good = sqlite3_step(insert) == SQLITE_DONE;
    if (!good)
        filling->error =
            memory_print("%s: %s", filling->reader.path, sqlite3_errmsg(filling->reader.database));
    sqlite3_finalize(insert);
    filling->touched[filling->touched_count++] = unit->start;
    filling->counts->steps++;
    return good;
}

/* before: the step of the import before it, which the file has; NULL when there is none. */
static bool write_stretch(struct filling *filling, const struct unit *before,
                          const struct unit *units, size_t count)
{
    struct buffer row = {0};
    filling->begins[filling->begin_count++] = units[0].start;
    bool good = fit_counters(filling, before, units, count, false) &&
                fit_counters(filling, before, units, count, true);
    for (size_t i = 0; good && i < count; i++)
        good = write_unit(filling, &units[i], &row);
    buffer_free(&row);
    return good;
}

/* The steps of the import up to the next one that the file knows, or has something in front of. */
static size_t stretch_at(const struct filling *filling, const struct unit *units, size_t count)
{
    size_t length = 1;
    while (length < count && !units[length].there &&
           !fill_has_row(filling, filling->unit, units[length - 1].end, units[length].start) &&
           !has_shorter(filling, INT64_MAX, units[length - 1].end, units[length].start))
        length++;
    return length;
}

static struct unit *list_units(struct filling *filling, size_t *count)
{
    struct unit *units = memory_new(filling->batch->count + 1, sizeof *units);
    *count = 0;
    for (size_t i = 0; i < filling->batch->count; i++) {
        const struct change *change = &filling->batch->at[i];
        if (change->kind != CHANGE_ROW || change->numbers[1] != filling->unit)
            continue;
        struct unit *unit = &units[(*count)++];
        unit->change = change;
        unit->start = change->numbers[2];
        unit->end = calendar_row_end(filling->meter.zone, filling->unit, unit->start);
        unit->there = is_there(filling, unit->start);
    }
    return units;
}

static bool fill_steps(struct filling *filling)
{
    size_t count;
    bool good = true;
    struct unit *units = list_units(filling, &count);
    filling->touched = memory_new(count + 1, sizeof *filling->touched);
    filling->begins = memory_new(count + 1, sizeof *filling->begins);
    for (size_t i = 0; good && i < count;) {
        if (units[i].there) {
            filling->counts->there++;
            i++;
            continue;
        }
        size_t length = stretch_at(filling, &units[i], count - i);
        good = write_stretch(filling, i > 0 ? &units[i - 1] : NULL, &units[i], length);
        i += length;
    }
    free(units);
    return good && (count == 0 || reader_find_meter_by_key(&filling->reader, filling->meter.key,
                                                           &filling->meter, &filling->error));
}

/* ------------------------------------------------------------------------------------------------
 * The whole
 */

static bool fill_events(struct filling *filling)
{
    for (size_t i = 0; i < filling->batch->count; i++) {
        const struct change *change = &filling->batch->at[i];
        int64_t numbers[CHANGE_NUMBERS];
        memcpy(numbers, change->numbers, sizeof numbers);
        numbers[0] = filling->meter.key;
        if (change->kind == CHANGE_FAILURE) {
            filling->counts->failures++;
            if (!fill_run(filling,
                          "INSERT OR IGNORE INTO failure (meter, until, seconds) VALUES (?1, ?2, "
                          "?3)",
                          numbers, 3, NULL))
                return false;
        }
        if (change->kind == CHANGE_PEAK &&
            !fill_run(filling,
                      "INSERT INTO peak (meter, month, start, used, decimals) VALUES (?1, ?2, ?3, "
                      "?4, ?5) ON CONFLICT (meter, month) DO UPDATE SET start = ?3, used = ?4, "
                      "decimals = ?5 WHERE used < ?4 AND decimals = ?5",
                      numbers, 5, NULL))
            return false;
    }
    return true;
}

bool history_fill(struct store *store, const struct batch *batch, int64_t unit, const char *meter,
                  struct dsmr_zone zone, struct fill_counts *counts, char **error)
{
    struct filling filling = {
        .reader = {.database = store_database(store), .path = memory_text(store_path(store))},
        .batch = batch,
        .unit = unit,
        .counts = counts,
    };
    sqlite3 *database = filling.reader.database;
    bool good = sqlite3_exec(database, "BEGIN IMMEDIATE", NULL, NULL, NULL) == SQLITE_OK &&
                fill_items_open(&filling, meter, zone) && fill_steps(&filling) &&
                fill_readings(&filling) && fill_longer(&filling) && fill_events(&filling) &&
                sqlite3_exec(database, "COMMIT", NULL, NULL, NULL) == SQLITE_OK;
    if (!good) {
        *error = filling.error
                     ? filling.error
                     : memory_print("%s: %s", store_path(store), sqlite3_errmsg(database));
        sqlite3_exec(database, "ROLLBACK", NULL, NULL, NULL);
    }
    fill_items_close(&filling);
    free(filling.touched);
    free(filling.begins);
    free(filling.reader.path);
    return good;
}
