/* SPDX-License-Identifier: MIT */
#include "history/schema.h"

#include "core/memory.h"

#include <stdint.h>
#include <stdlib.h>

/* What each version added. A line never changes once it was published. */
static const char *const versions[SCHEMA_VERSION] = {
    "CREATE TABLE meter (key INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE,"
    " zone_offset INTEGER NOT NULL, zone_summer INTEGER NOT NULL, series INTEGER NOT NULL);"
    "CREATE TABLE item (key INTEGER PRIMARY KEY, meter INTEGER NOT NULL, id TEXT NOT NULL,"
    " counter INTEGER NOT NULL, unit TEXT NOT NULL, own_time INTEGER NOT NULL,"
    " UNIQUE (meter, id));"
    "CREATE TABLE series (item INTEGER NOT NULL, since INTEGER NOT NULL, reading INTEGER NOT NULL,"
    " total INTEGER NOT NULL, decimals INTEGER NOT NULL, equipment TEXT NOT NULL,"
    " PRIMARY KEY (item, since)) WITHOUT ROWID;"
    "CREATE TABLE step (meter INTEGER NOT NULL, length INTEGER NOT NULL, start INTEGER NOT NULL,"
    " entries BLOB NOT NULL, PRIMARY KEY (meter, length, start)) WITHOUT ROWID;"
    "CREATE TABLE reading (item INTEGER NOT NULL, at INTEGER NOT NULL, total INTEGER NOT NULL,"
    " decimals INTEGER NOT NULL, PRIMARY KEY (item, at)) WITHOUT ROWID;",

    "CREATE TABLE peak (meter INTEGER NOT NULL, month INTEGER NOT NULL, start INTEGER NOT NULL,"
    " used INTEGER NOT NULL, decimals INTEGER NOT NULL, PRIMARY KEY (meter, month)) WITHOUT ROWID;"
    "CREATE TABLE failure (meter INTEGER NOT NULL, until INTEGER NOT NULL,"
    " seconds INTEGER NOT NULL, PRIMARY KEY (meter, until)) WITHOUT ROWID;",
};

char *schema_error(sqlite3 *database, const char *doing)
{
    return memory_print("%s: %s", doing, sqlite3_errmsg(database));
}

static bool ask(sqlite3 *database, const char *sql, int64_t *value, char **error)
{
    sqlite3_stmt *statement = NULL;
    bool good = sqlite3_prepare_v2(database, sql, -1, &statement, NULL) == SQLITE_OK &&
                sqlite3_step(statement) == SQLITE_ROW;
    if (good)
        *value = sqlite3_column_int64(statement, 0);
    else
        *error = schema_error(database, "it cannot be read");
    sqlite3_finalize(statement);
    return good;
}

/* *version is 0 for a file without tables. */
static bool find_version(sqlite3 *database, int64_t *version, char **error)
{
    int64_t application;
    int64_t tables;
    if (!ask(database, "PRAGMA application_id", &application, error) ||
        !ask(database, "PRAGMA user_version", version, error) ||
        !ask(database, "SELECT count(*) FROM sqlite_master", &tables, error))
        return false;
    if (application != SCHEMA_APPLICATION && (tables > 0 || *version != 0)) {
        *error = memory_text("it is a database of another program");
        return false;
    }
    if (*version > SCHEMA_VERSION) {
        *error = memory_print("it was written by a newer dsmr (version %lld of the file, this one "
                              "knows %d)",
                              (long long)*version, SCHEMA_VERSION);
        return false;
    }
    return true;
}

static bool run(sqlite3 *database, const char *sql, char **error)
{
    if (sqlite3_exec(database, sql, NULL, NULL, NULL) == SQLITE_OK)
        return true;
    *error = schema_error(database, "it cannot be written");
    return false;
}

static bool upgrade(sqlite3 *database, int64_t version, char **error)
{
    for (int64_t i = version; i < SCHEMA_VERSION; i++)
        if (!run(database, versions[i], error))
            return false;
    char *marks = memory_print("PRAGMA application_id = %d; PRAGMA user_version = %d",
                               SCHEMA_APPLICATION, SCHEMA_VERSION);
    bool good = run(database, marks, error);
    free(marks);
    return good;
}

bool schema_prepare(sqlite3 *database, char **error)
{
    int64_t version;
    /* A file of another program stays as it is. Small pages: a minute's rows touch a handful, and an SD
     * card writes each of them. */
    if (!find_version(database, &version, error) ||
        !run(database, "PRAGMA page_size = 2048; PRAGMA journal_mode = WAL", error))
        return false;
    if (version == SCHEMA_VERSION)
        return true;
    if (!run(database, "BEGIN IMMEDIATE", error))
        return false;
    if (upgrade(database, version, error) && run(database, "COMMIT", error))
        return true;
    sqlite3_exec(database, "ROLLBACK", NULL, NULL, NULL);
    return false;
}

bool schema_check(sqlite3 *database, char **error)
{
    int64_t version;
    if (!find_version(database, &version, error))
        return false;
    if (version == SCHEMA_VERSION)
        return true;
    *error = version == 0 ? memory_text("there is nothing in it yet")
                          : memory_print("it is of an older version (%lld): dsmr run brings it up "
                                         "to date",
                                         (long long)version);
    return false;
}
