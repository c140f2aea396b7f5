/* SPDX-License-Identifier: MIT */
/* What the history knows of single events: the quarter hours that are billed, and power failures. */
#include "core/memory.h"
#include "history/reader.h"

#include <stdlib.h>

enum { QUARTERS_AN_HOUR = 4 };

static bool open_list(struct history_reader *reader, const char *meter, const char *sql,
                      sqlite3_stmt **statement, char **error)
{
    struct meter_facts facts;
    *statement = NULL;
    if (!reader_find_meter(reader, meter, &facts, error))
        return false;
    *statement = reader_prepare(reader, sql, error);
    if (!*statement)
        return false;
    sqlite3_bind_int64(*statement, 1, facts.key);
    return true;
}

bool history_peaks(struct history_reader *reader, const char *meter, struct history_peak **peaks,
                   size_t *count, char **error)
{
    sqlite3_stmt *statement;
    *peaks = NULL;
    *count = 0;
    if (!open_list(reader, meter,
                   "SELECT month, start, used, decimals FROM peak WHERE meter = ?1 ORDER BY month",
                   &statement, error))
        return false;
    while (sqlite3_step(statement) == SQLITE_ROW) {
        *peaks = memory_grow(*peaks, *count + 1, sizeof **peaks);
        (*peaks)[(*count)++] = (struct history_peak){
            .month = sqlite3_column_int64(statement, 0),
            .start = sqlite3_column_int64(statement, 1),
            .power = {sqlite3_column_int64(statement, 2) * QUARTERS_AN_HOUR,
                      (uint8_t)(sqlite3_column_int(statement, 3) & 15)},
        };
    }
    sqlite3_finalize(statement);
    return true;
}

bool history_failures(struct history_reader *reader, const char *meter,
                      struct history_failure **failures, size_t *count, char **error)
{
    sqlite3_stmt *statement;
    *failures = NULL;
    *count = 0;
    if (!open_list(reader, meter,
                   "SELECT until, seconds FROM failure WHERE meter = ?1 ORDER BY until", &statement,
                   error))
        return false;
    while (sqlite3_step(statement) == SQLITE_ROW) {
        *failures = memory_grow(*failures, *count + 1, sizeof **failures);
        (*failures)[(*count)++] = (struct history_failure){
            .end = sqlite3_column_int64(statement, 0),
            .seconds = sqlite3_column_int64(statement, 1),
        };
    }
    sqlite3_finalize(statement);
    return true;
}
