/* SPDX-License-Identifier: MIT */
/* Readings that have times of their own, of an import. A quarter hour in which the file has one has
 * enough. */
#include "core/memory.h"
#include "history/calendar.h"
#include "history/fill_state.h"

#include <stdlib.h>

struct own_reading {
    int64_t at, total;
    uint8_t decimals;
    bool there;
};

/* The file's reading that the rest of sql picks; false when there is none. */
static bool look(struct filling *filling, const char *sql, int64_t item, int64_t a, int64_t b,
                 int64_t *at, int64_t *total)
{
    sqlite3_stmt *statement = reader_prepare(&filling->reader, sql, &filling->error);
    if (!statement)
        return false;
    sqlite3_bind_int64(statement, 1, item);
    sqlite3_bind_int64(statement, 2, a);
    if (sqlite3_bind_parameter_count(statement) > 2)
        sqlite3_bind_int64(statement, 3, b);
    bool found = sqlite3_step(statement) == SQLITE_ROW &&
                 fill_fixed(sqlite3_column_int64(statement, 1),
                            (unsigned)sqlite3_column_int(statement, 2), total);
    if (found)
        *at = sqlite3_column_int64(statement, 0);
    sqlite3_finalize(statement);
    return found;
}

static bool is_there(struct filling *filling, int64_t item, int64_t at)
{
    int64_t end = (at + STEP_QUARTER - 1) / STEP_QUARTER * STEP_QUARTER;
    int64_t found;
    int64_t total;
    return look(filling,
                "SELECT at, total, decimals FROM reading WHERE item = ?1 AND at > ?2 AND at <= ?3 "
                "LIMIT 1",
                item, end - STEP_QUARTER, end, &found, &total);
}

static bool look_before(struct filling *filling, int64_t item, int64_t at, int64_t *found,
                        int64_t *total)
{
    return look(filling,
                "SELECT at, total, decimals FROM reading WHERE item = ?1 AND at < ?2 ORDER BY at "
                "DESC LIMIT 1",
                item, at, 0, found, total);
}

static bool look_behind(struct filling *filling, int64_t item, int64_t at, int64_t *found,
                        int64_t *total)
{
    return look(filling,
                "SELECT at, total, decimals FROM reading WHERE item = ?1 AND at > ?2 ORDER BY at "
                "LIMIT 1",
                item, at, 0, found, total);
}

/* before, next: readings of the import around it, which the file has; NULL when there are none. */
static bool write_stretch(struct filling *filling, struct fill_item *item,
                          const struct own_reading *before, const struct own_reading *readings,
                          size_t count, const struct own_reading *next)
{
    struct stretch stretch = {.begin = readings[0].at, .end = readings[count - 1].at};
    int64_t at;
    if (!fill_fixed(readings[0].total, readings[0].decimals, &stretch.first) ||
        !fill_fixed(readings[count - 1].total, readings[count - 1].decimals, &stretch.last))
        return true;
    if (!before || !fill_fixed(before->total, before->decimals, &stretch.from))
        stretch.from = fill_began_with(item, &stretch);
    stretch.has_before = look_before(filling, item->key, stretch.begin, &at, &stretch.before);
    stretch.has_after = look_behind(filling, item->key, stretch.end, &at, &stretch.after);
    if (stretch.has_after && next && next->at == at)
        fill_fixed(next->total, next->decimals, &stretch.last);
    if (filling->error || !fill_fit(filling, item, &stretch))
        return false;
    for (size_t i = 0; !item->refused && i < count; i++) {
        struct dsmr_number moved = fill_moved(item, readings[i].total, readings[i].decimals);
        int64_t numbers[] = {item->key, readings[i].at, moved.mantissa, moved.decimals};
        if (!fill_run(filling,
                      "INSERT INTO reading (item, at, total, decimals) VALUES (?1, ?2, ?3, ?4)",
                      numbers, 4, NULL))
            return false;
        filling->counts->readings++;
    }
    return true;
}

/* Up to the next one that the file has something in front of. */
static size_t stretch_at(struct filling *filling, const struct fill_item *item,
                         const struct own_reading *readings, size_t count)
{
    size_t length = 1;
    int64_t next = INT64_MAX;
    int64_t total;
    look_behind(filling, item->key, readings[0].at, &next, &total);
    while (length < count && !readings[length].there && readings[length].at < next)
        length++;
    return length;
}

/* Readings of one item: those of its own times, or, where only the file has them apart, those at the end
 * of each step. */
static size_t list_readings(struct filling *filling, const struct fill_item *item,
                            struct own_reading *readings)
{
    size_t count = 0;
    for (size_t i = 0; i < filling->batch->count; i++) {
        const struct change *change = &filling->batch->at[i];
        struct own_reading *reading = &readings[count];
        if (change->kind == CHANGE_READING && change->numbers[0] == item->import_key) {
            *reading = (struct own_reading){change->numbers[1], change->numbers[2],
                                            (uint8_t)change->numbers[3], false};
        } else if (change->kind == CHANGE_ROW && change->numbers[1] == filling->unit) {
            const uint8_t *at = (const uint8_t *)filling->batch->texts.at + change->text;
            struct row_cursor cursor = {at, at + change->text_size};
            struct row_entry entry;
            bool found = false;
            while (!found && row_next(&cursor, &entry))
                found = entry.item == item->import_key && entry.counter && entry.fresh;
            if (!found)
                continue;
            *reading = (struct own_reading){
                calendar_row_end(filling->meter.zone, filling->unit, change->numbers[2]),
                entry.total, entry.decimals, false};
        } else {
            continue;
        }
        reading->there = is_there(filling, item->key, reading->at);
        count++;
    }
    return count;
}

static bool fill_item_readings(struct filling *filling, struct fill_item *item)
{
    struct own_reading *readings = memory_new(filling->batch->count + 1, sizeof *readings);
    size_t count = list_readings(filling, item, readings);
    bool good = true;
    for (size_t i = 0; good && i < count;) {
        if (readings[i].there) {
            filling->counts->there++;
            i++;
            continue;
        }
        size_t length = stretch_at(filling, item, &readings[i], count - i);
        good = write_stretch(filling, item, i > 0 ? &readings[i - 1] : NULL, &readings[i], length,
                             i + length < count ? &readings[i + length] : NULL);
        i += length;
    }
    free(readings);
    return good;
}

bool fill_readings(struct filling *filling)
{
    for (size_t i = 0; i < filling->item_count; i++) {
        struct fill_item *item = &filling->items[i];
        if (item->counter && item->own_time && !item->refused && !fill_item_readings(filling, item))
            return false;
    }
    return filling->error == NULL;
}
