/* SPDX-License-Identifier: MIT */
#include "history/reader.h"

#include "core/buffer.h"
#include "core/memory.h"
#include "history/calendar.h"
#include "history/schema.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { BUSY_MS = 2000 };

/* The path as an URI that says that nobody writes: on a disk that is read-only there can be no file to
 * share locks in. */
static char *immutable_uri(const char *path)
{
    struct buffer uri = {0};
    buffer_add_text(&uri, path[0] == '/' ? "file://" : "file:");
    for (const char *at = path; *at != '\0'; at++) {
        if (strchr("%?#", *at))
            buffer_print(&uri, "%%%02X", (unsigned)(unsigned char)*at);
        else
            buffer_add(&uri, at, 1);
    }
    buffer_add_text(&uri, "?immutable=1");
    return uri.at;
}

static bool open_as(struct history_reader *reader, const char *name, int flags, char **error)
{
    if (sqlite3_open_v2(name, &reader->database, SQLITE_OPEN_READONLY | flags, NULL) == SQLITE_OK) {
        sqlite3_busy_timeout(reader->database, BUSY_MS);
        if (schema_check(reader->database, error))
            return true;
    } else {
        *error = schema_error(reader->database, "it cannot be opened");
    }
    return false;
}

static bool open_database(struct history_reader *reader, const char *path, char **error)
{
    if (open_as(reader, path, 0, error))
        return true;
    int code = sqlite3_errcode(reader->database) & 0xFF;
    bool locked_out = code == SQLITE_CANTOPEN || code == SQLITE_READONLY;
    if (!locked_out || access(path, R_OK) != 0)
        return false;
    char *uri = immutable_uri(path);
    free(*error);
    *error = NULL;
    sqlite3_close(reader->database);
    bool good = open_as(reader, uri, SQLITE_OPEN_URI, error);
    free(uri);
    return good;
}

struct history_reader *history_reader_open(const char *path, char **error)
{
    struct history_reader *reader = memory_new(1, sizeof *reader);
    char *why = NULL;
    reader->path = memory_text(path);
    if (open_database(reader, path, &why))
        return reader;
    *error = memory_print("%s: %s", path, why);
    free(why);
    history_reader_close(reader);
    return NULL;
}

void history_reader_close(struct history_reader *reader)
{
    if (!reader)
        return;
    sqlite3_close(reader->database);
    free(reader->path);
    free(reader);
}

sqlite3_stmt *reader_prepare(const struct history_reader *reader, const char *sql, char **error)
{
    sqlite3_stmt *statement = NULL;
    if (sqlite3_prepare_v2(reader->database, sql, -1, &statement, NULL) != SQLITE_OK)
        *error = memory_print("%s: %s", reader->path, sqlite3_errmsg(reader->database));
    return statement;
}

/* ------------------------------------------------------------------------------------------------
 * Meters and items
 */

/* The lengths of the meter's steps; each is found from the one before, without looking at the rows. */
static bool read_lengths(const struct history_reader *reader, struct meter_facts *facts,
                         char **error)
{
    sqlite3_stmt *statement = reader_prepare(
        reader, "SELECT max(length) FROM step WHERE meter = ?1 AND length < ?2", error);
    if (!statement)
        return false;
    int64_t below = INT64_MAX;
    while (facts->length_count < LENGTHS_MAX) {
        sqlite3_bind_int64(statement, 1, facts->key);
        sqlite3_bind_int64(statement, 2, below);
        if (sqlite3_step(statement) != SQLITE_ROW ||
            sqlite3_column_type(statement, 0) == SQLITE_NULL)
            break;
        below = sqlite3_column_int64(statement, 0);
        if (below <= 0)
            break;
        facts->lengths[facts->length_count++] = below;
        sqlite3_reset(statement);
    }
    sqlite3_finalize(statement);
    return true;
}

bool reader_find_meter(const struct history_reader *reader, const char *name,
                       struct meter_facts *facts, char **error)
{
    *facts = (struct meter_facts){0};
    sqlite3_stmt *statement =
        reader_prepare(reader,
                       "SELECT key, zone_offset, zone_summer FROM meter WHERE "
                       "?1 IS NULL OR name = ?1 ORDER BY key LIMIT 1",
                       error);
    if (!statement)
        return false;
    sqlite3_bind_text(statement, 1, name, -1, SQLITE_STATIC);
    int found = sqlite3_step(statement);
    if (found == SQLITE_ROW) {
        facts->key = sqlite3_column_int64(statement, 0);
        facts->zone.offset = (int16_t)sqlite3_column_int(statement, 1);
        facts->zone.summer = sqlite3_column_int(statement, 2) != 0;
    } else if (found == SQLITE_DONE) {
        *error = name ? memory_print("%s: there is no meter '%s' in it", reader->path, name)
                      : memory_print("%s: there is no meter in it yet", reader->path);
    } else {
        *error = memory_print("%s: %s", reader->path, sqlite3_errmsg(reader->database));
    }
    sqlite3_finalize(statement);
    return found == SQLITE_ROW && read_lengths(reader, facts, error);
}

bool reader_find_meter_by_key(const struct history_reader *reader, int64_t key,
                              struct meter_facts *facts, char **error)
{
    sqlite3_stmt *statement =
        reader_prepare(reader, "SELECT name FROM meter WHERE key = ?1", error);
    if (!statement)
        return false;
    sqlite3_bind_int64(statement, 1, key);
    bool found = sqlite3_step(statement) == SQLITE_ROW;
    char *name = found ? memory_text((const char *)sqlite3_column_text(statement, 0)) : NULL;
    sqlite3_finalize(statement);
    if (!found)
        *error = memory_print("%s: there is no such meter in it", reader->path);
    found = found && reader_find_meter(reader, name, facts, error);
    free(name);
    return found;
}

static enum dsmr_unit unit_of(const char *name)
{
    for (int unit = 0; name && unit < DSMR_UNIT_COUNT; unit++)
        if (strcmp(dsmr_unit_name((enum dsmr_unit)unit), name) == 0)
            return (enum dsmr_unit)unit;
    return DSMR_UNIT_NONE;
}

bool reader_find_item(const struct history_reader *reader, int64_t meter, const char *id,
                      struct item_facts *facts, char **error)
{
    sqlite3_stmt *statement = reader_prepare(
        reader, "SELECT key, counter, own_time, unit FROM item WHERE meter = ?1 AND id = ?2",
        error);
    if (!statement)
        return false;
    sqlite3_bind_int64(statement, 1, meter);
    sqlite3_bind_text(statement, 2, id, -1, SQLITE_STATIC);
    bool found = sqlite3_step(statement) == SQLITE_ROW;
    if (found) {
        facts->key = sqlite3_column_int64(statement, 0);
        facts->counter = sqlite3_column_int(statement, 1) != 0;
        facts->own_time = sqlite3_column_int(statement, 2) != 0;
        facts->unit = unit_of((const char *)sqlite3_column_text(statement, 3));
    }
    sqlite3_finalize(statement);
    return found;
}

/* ------------------------------------------------------------------------------------------------
 * Extent
 */

static int64_t ask(const struct history_reader *reader, const char *sql, int64_t meter,
                   int64_t length, char **error)
{
    sqlite3_stmt *statement = reader_prepare(reader, sql, error);
    if (!statement)
        return 0;
    sqlite3_bind_int64(statement, 1, meter);
    sqlite3_bind_int64(statement, 2, length);
    int64_t value = sqlite3_step(statement) == SQLITE_ROW ? sqlite3_column_int64(statement, 0) : 0;
    sqlite3_finalize(statement);
    return value;
}

/* The first and the last moment of what was kept. */
static void read_span(const struct history_reader *reader, struct history_meter *meter,
                      char **error)
{
    struct meter_facts facts;
    if (!reader_find_meter(reader, meter->name, &facts, error))
        return;
    /* The shortest first: the end of a longer one is only guessed while shorter ones are in it. */
    for (size_t i = facts.length_count; i-- > 0;) {
        int64_t length = facts.lengths[i];
        int64_t begin = ask(reader, "SELECT min(start) FROM step WHERE meter = ?1 AND length = ?2",
                            facts.key, length, error);
        int64_t last = ask(reader, "SELECT max(start) FROM step WHERE meter = ?1 AND length = ?2",
                           facts.key, length, error);
        if (meter->last == 0 || begin < meter->first)
            meter->first = begin;
        if (last >= meter->last)
            meter->last = calendar_row_end(facts.zone, length, last);
    }
}

static bool read_items(const struct history_reader *reader, struct history_meter *meter,
                       char **error)
{
    sqlite3_stmt *statement =
        reader_prepare(reader,
                       "SELECT item.id, counter, unit FROM item JOIN meter ON meter.key = "
                       "item.meter WHERE meter.name = ?1 ORDER BY item.key",
                       error);
    if (!statement)
        return false;
    sqlite3_bind_text(statement, 1, meter->name, -1, SQLITE_STATIC);
    while (sqlite3_step(statement) == SQLITE_ROW) {
        meter->items = memory_grow(meter->items, meter->item_count + 1, sizeof *meter->items);
        meter->items[meter->item_count++] = (struct history_item){
            .id = memory_text((const char *)sqlite3_column_text(statement, 0)),
            .kind = sqlite3_column_int(statement, 1) ? HISTORY_COUNTER : HISTORY_FLUCTUATING,
            .unit = unit_of((const char *)sqlite3_column_text(statement, 2)),
        };
    }
    sqlite3_finalize(statement);
    return true;
}

static bool read_meters(const struct history_reader *reader, struct history_extent *extent,
                        char **error)
{
    sqlite3_stmt *statement = reader_prepare(
        reader, "SELECT name, zone_offset, zone_summer FROM meter ORDER BY key", error);
    if (!statement)
        return false;
    while (sqlite3_step(statement) == SQLITE_ROW) {
        extent->meters =
            memory_grow(extent->meters, extent->meter_count + 1, sizeof *extent->meters);
        extent->meters[extent->meter_count++] = (struct history_meter){
            .name = memory_text((const char *)sqlite3_column_text(statement, 0)),
            .zone = {(int16_t)sqlite3_column_int(statement, 1),
                     sqlite3_column_int(statement, 2) != 0},
        };
    }
    sqlite3_finalize(statement);
    return true;
}

bool history_extent_read(struct history_reader *reader, struct history_extent *extent, char **error)
{
    char *why = NULL;
    *extent = (struct history_extent){0};
    extent->bytes =
        ask(reader, "SELECT page_count * page_size FROM pragma_page_count, pragma_page_size", 0, 0,
            &why);
    bool good = read_meters(reader, extent, &why);
    for (size_t i = 0; good && i < extent->meter_count; i++) {
        read_span(reader, &extent->meters[i], &why);
        good = !why && read_items(reader, &extent->meters[i], &why);
    }
    if (good)
        return true;
    *error = why;
    history_extent_free(extent);
    return false;
}

void history_extent_free(struct history_extent *extent)
{
    for (size_t i = 0; i < extent->meter_count; i++) {
        struct history_meter *meter = &extent->meters[i];
        for (size_t k = 0; k < meter->item_count; k++)
            free(meter->items[k].id);
        free(meter->items);
        free(meter->name);
    }
    free(extent->meters);
    *extent = (struct history_extent){0};
}
