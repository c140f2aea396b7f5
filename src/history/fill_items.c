/* SPDX-License-Identifier: MIT */
/* Items of an import and their counterparts in the file; where their totals meet. */
#include "core/fixed_point.h"
#include "core/memory.h"
#include "history/fill_state.h"

#include <stdlib.h>
#include <string.h>

bool fill_run(struct filling *filling, const char *sql, const int64_t *numbers, int count,
              const char *text)
{
    sqlite3_stmt *statement = reader_prepare(&filling->reader, sql, &filling->error);
    if (!statement)
        return false;
    for (int i = 0; i < count; i++)
        sqlite3_bind_int64(statement, i + 1, numbers[i]);
    if (text)
        sqlite3_bind_text(statement, count + 1, text, -1, SQLITE_STATIC);
    bool good = sqlite3_step(statement) == SQLITE_DONE;
    if (!good)
        filling->error =
            memory_print("%s: %s", filling->reader.path, sqlite3_errmsg(filling->reader.database));
    sqlite3_finalize(statement);
    return good;
}

bool fill_fixed(int64_t mantissa, unsigned decimals, int64_t *billionths)
{
    *billionths = mantissa;
    return decimals <= FIXED_DECIMALS && row_scale(billionths, decimals, FIXED_DECIMALS);
}

/* ------------------------------------------------------------------------------------------------
 * Series
 */

static void add_series(struct series_row *row, const struct series_at *series)
{
    row->at = memory_grow(row->at, row->count + 1, sizeof *row->at);
    row->at[row->count++] = *series;
}

static void copy_equipment(struct series_at *series, const char *text, size_t size)
{
    memset(series->equipment, 0, sizeof series->equipment);
    if (size >= sizeof series->equipment)
        size = sizeof series->equipment - 1;
    if (size > 0)
        memcpy(series->equipment, text, size);
}

static bool read_file_series(struct filling *filling, struct fill_item *item)
{
    sqlite3_stmt *statement =
        reader_prepare(&filling->reader,
                       "SELECT since, reading, total, decimals, equipment FROM series WHERE item = "
                       "?1 ORDER BY since",
                       &filling->error);
    if (!statement)
        return false;
    sqlite3_bind_int64(statement, 1, item->key);
    while (sqlite3_step(statement) == SQLITE_ROW) {
        struct series_at series = {.since = sqlite3_column_int64(statement, 0)};
        unsigned decimals = (unsigned)sqlite3_column_int(statement, 3);
        const char *equipment = (const char *)sqlite3_column_text(statement, 4);
        copy_equipment(&series, equipment, equipment ? strlen(equipment) : 0);
        if (fill_fixed(sqlite3_column_int64(statement, 1), decimals, &series.reading) &&
            fill_fixed(sqlite3_column_int64(statement, 2), decimals, &series.total))
            add_series(&item->file, &series);
    }
    sqlite3_finalize(statement);
    return true;
}

/* A series is noted again when its equipment id becomes known: the last word counts. */
static void take_import_series(struct filling *filling, const struct change *change)
{
    struct fill_item *item = fill_item(filling, (uint32_t)change->numbers[0]);
    struct series_at series = {.since = change->numbers[1]};
    unsigned decimals = (unsigned)change->numbers[4];
    if (!item || !fill_fixed(change->numbers[2], decimals, &series.reading) ||
        !fill_fixed(change->numbers[3], decimals, &series.total))
        return;
    copy_equipment(&series, filling->batch->texts.at + change->text, change->text_size);
    if (item->import.count > 0 && item->import.at[item->import.count - 1].since == series.since)
        item->import.at[item->import.count - 1] = series;
    else
        add_series(&item->import, &series);
}

int64_t fill_began_with(const struct fill_item *item, const struct stretch *stretch)
{
    for (size_t i = 0; i < item->import.count; i++)
        if (item->import.at[i].since >= stretch->begin && item->import.at[i].since < stretch->end &&
            item->import.at[i].total <= stretch->first)
            return item->import.at[i].total;
    return stretch->first;
}

/* The series that holds at that moment; NULL when there is none. */
static const struct series_at *series_of(const struct series_row *row, int64_t at)
{
    const struct series_at *found = row->count > 0 ? &row->at[0] : NULL;
    for (size_t i = 0; i < row->count && row->at[i].since <= at; i++)
        found = &row->at[i];
    return found;
}

/* ------------------------------------------------------------------------------------------------
 * Items
 */

struct fill_item *fill_item(const struct filling *filling, uint32_t import_key)
{
    for (size_t i = 0; i < filling->item_count; i++)
        if (filling->items[i].import_key == import_key)
            return &filling->items[i];
    return NULL;
}

/* Which sum an item is, or is a part of. */
static void note_sum(struct fill_item *item, const char *id)
{
    static const char *const sums[SUMS] = {"eDelivery", "eProduction"};
    static const char tariff[] = "Tariff";
    for (unsigned i = 0; i < SUMS; i++) {
        size_t size = strlen(sums[i]);
        if (strncmp(id, sums[i], size) != 0)
            continue;
        if (id[size] == '\0')
            item->sum = i + 1;
        else if (strncmp(id + size, tariff, sizeof tariff - 1) == 0)
            item->part = i + 1;
        item->whole = item->part != 0 && strcmp(id + size, "Tariff0") == 0;
    }
}

static bool open_item(struct filling *filling, const struct change *change)
{
    char *id = memory_copy(filling->batch->texts.at + change->text, change->text_size);
    struct item_facts facts;
    bool counter = change->numbers[2] != 0;
    bool own_time = change->numbers[3] != 0;
    bool found =
        reader_find_item(&filling->reader, filling->meter.key, id, &facts, &filling->error);
    if (!found && !filling->error) {
        sqlite3_stmt *insert = reader_prepare(&filling->reader,
                                              "INSERT INTO item (meter, id, counter, own_time, "
                                              "unit) VALUES (?1, ?2, ?3, ?4, ?5)",
                                              &filling->error);
        if (insert) {
            sqlite3_bind_int64(insert, 1, filling->meter.key);
            sqlite3_bind_text(insert, 2, id, -1, SQLITE_STATIC);
            sqlite3_bind_int64(insert, 3, counter);
            sqlite3_bind_int64(insert, 4, own_time);
            sqlite3_bind_text(insert, 5, change->word, -1, SQLITE_STATIC);
            sqlite3_step(insert);
            sqlite3_finalize(insert);
            facts = (struct item_facts){.counter = counter, .own_time = own_time};
            facts.key = sqlite3_last_insert_rowid(filling->reader.database);
            found = true;
        }
    }
    if (!found) {
        free(id);
        return false;
    }
    filling->items = memory_grow(filling->items, filling->item_count + 1, sizeof *filling->items);
    struct fill_item *item = &filling->items[filling->item_count++];
    *item = (struct fill_item){
        .import_key = (uint32_t)change->numbers[0],
        .key = facts.key,
        .counter = counter,
        .own_time = facts.own_time,
        .refused = facts.counter != counter,
    };
    note_sum(item, id);
    free(id);
    return read_file_series(filling, item);
}

bool fill_items_open(struct filling *filling, const char *meter, struct dsmr_zone zone)
{
    int64_t numbers[] = {zone.offset, zone.summer};
    if (!fill_run(
            filling,
            "INSERT OR IGNORE INTO meter (zone_offset, zone_summer, series, name) VALUES (?1, "
            "?2, 0, ?3)",
            numbers, 2, meter) ||
        !reader_find_meter(&filling->reader, meter, &filling->meter, &filling->error))
        return false;
    for (size_t i = 0; i < filling->batch->count; i++) {
        const struct change *change = &filling->batch->at[i];
        if (change->kind == CHANGE_ITEM && !open_item(filling, change))
            return false;
        if (change->kind == CHANGE_SERIES)
            take_import_series(filling, change);
    }
    return true;
}

void fill_items_close(struct filling *filling)
{
    for (size_t i = 0; i < filling->item_count; i++) {
        free(filling->items[i].import.at);
        free(filling->items[i].file.at);
    }
    free(filling->items);
}

/* ------------------------------------------------------------------------------------------------
 * Where totals meet
 */

/* Sums of amounts are of no meter: not even two of them have the same beginning. */
static bool same_equipment(const struct series_at *a, const struct series_at *b)
{
    if (strcmp(a->equipment, EQUIPMENT_AMOUNTS) == 0 ||
        strcmp(b->equipment, EQUIPMENT_AMOUNTS) == 0)
        return false;
    return a->equipment[0] == '\0' || b->equipment[0] == '\0' ||
           strcmp(a->equipment, b->equipment) == 0;
}

static bool lies_between(const struct stretch *stretch, int64_t shift)
{
    return (!stretch->has_before || stretch->first + shift >= stretch->before) &&
           (!stretch->has_after || stretch->last + shift <= stretch->after);
}

/* By which totals of the import become those that the file has at the same readings. */
static bool shift_by_readings(const struct fill_item *item, const struct stretch *stretch,
                              int64_t *shift)
{
    int64_t at = stretch->has_before ? stretch->begin : stretch->end;
    const struct series_at *import = series_of(&item->import, at);
    const struct series_at *file = series_of(&item->file, at);
    if (!import || !file || !same_equipment(import, file))
        return false;
    *shift = (file->total - file->reading) - (import->total - import->reading);
    return lies_between(stretch, *shift);
}

/* Another meter: what it began with is the last total before, or its last the first one behind. */
static bool shift_to_meet(const struct stretch *stretch, int64_t *shift)
{
    if (stretch->has_before && stretch->has_after)
        return false;
    if (stretch->has_before)
        *shift = stretch->before - stretch->from;
    else
        *shift = stretch->has_after ? stretch->after - stretch->last : 0;
    return true;
}

static bool write_series(struct filling *filling, struct fill_item *item,
                         const struct series_at *series)
{
    int64_t numbers[] = {item->key, series->since, series->reading, series->total, FIXED_DECIMALS};
    /* Three decimals say the same in fewer digits, as a rule. */
    if (series->reading % 1000000 == 0 && series->total % 1000000 == 0) {
        numbers[2] /= 1000000;
        numbers[3] /= 1000000;
        numbers[4] = 3;
    }
    return fill_run(filling,
                    "INSERT OR IGNORE INTO series (item, since, reading, total, decimals, "
                    "equipment) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
                    numbers, 5, series->equipment);
}

/* The import's series that hold within the stretch, where the file would tell another reading. */
static bool note_series(struct filling *filling, struct fill_item *item,
                        const struct stretch *stretch)
{
    for (size_t i = 0; i < item->import.count; i++) {
        struct series_at series = item->import.at[i];
        bool next_begins =
            i + 1 < item->import.count && item->import.at[i + 1].since <= stretch->begin;
        if (series.since > stretch->end || next_begins)
            continue;
        if (series.since < stretch->begin && stretch->has_before)
            series.since = stretch->begin;
        series.total += item->shift;
        const struct series_at *file = series_of(&item->file, series.since);
        bool told = file && file->since <= series.since &&
                    file->total - file->reading == series.total - series.reading;
        if (!told && !write_series(filling, item, &series))
            return false;
    }
    free(item->file.at);
    item->file = (struct series_row){0};
    return read_file_series(filling, item);
}

/* True when the register of all tariffs is in the stretch: it alone is the sum. */
static bool has_whole(const struct filling *filling, unsigned sum)
{
    for (size_t i = 0; i < filling->item_count; i++)
        if (filling->items[i].part == sum && filling->items[i].whole &&
            filling->items[i].in_stretch)
            return true;
    return false;
}

/* A sum goes on by what its parts do, in front of the stretch and behind it too: the import may not have
 * all of those that the file has. */
static bool shift_by_parts(const struct filling *filling, const struct fill_item *item,
                           const struct stretch *stretch, int64_t *shift)
{
    bool whole = has_whole(filling, item->sum);
    bool any = false;
    int64_t in_front = 0;
    int64_t behind = 0;
    for (size_t i = 0; i < filling->item_count; i++) {
        const struct fill_item *part = &filling->items[i];
        if (part->part != item->sum || !part->in_stretch || part->whole != whole)
            continue;
        if (part->refused)
            return false;
        any = true;
        in_front +=
            part->stretch.first -
            (part->stretch.has_before ? part->stretch.before - part->shift : part->stretch.from);
        if (part->stretch.has_after)
            behind += part->stretch.after - part->stretch.last - part->shift;
    }
    if (stretch->has_before)
        *shift = stretch->before + in_front - stretch->first;
    else
        *shift = stretch->has_after ? stretch->after - behind - stretch->last : 0;
    return any && lies_between(stretch, *shift);
}

bool fill_fit(struct filling *filling, struct fill_item *item, const struct stretch *stretch)
{
    if (item->sum != 0)
        item->refused = !shift_by_parts(filling, item, stretch, &item->shift);
    else
        item->refused = !shift_by_readings(item, stretch, &item->shift) &&
                        !shift_to_meet(stretch, &item->shift);
    if (item->refused) {
        filling->counts->refused++;
        return true;
    }
    return note_series(filling, item, stretch);
}

struct dsmr_number fill_moved(const struct fill_item *item, int64_t total, uint8_t decimals)
{
    int64_t fixed;
    uint8_t wanted = FIXED_DECIMALS;
    int64_t power = 1;
    if (!fill_fixed(total, decimals, &fixed))
        return (struct dsmr_number){total, decimals};
    fixed += item->shift;
    while (wanted > decimals && fixed % (power * 10) == 0) {
        power *= 10;
        wanted--;
    }
    return (struct dsmr_number){fixed / power, wanted};
}
