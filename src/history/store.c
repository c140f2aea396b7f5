/* SPDX-License-Identifier: MIT */
#include "history/store.h"

#include "core/memory.h"
#include "history/calendar.h"
#include "history/reader.h"
#include "history/schema.h"

#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum {
    BUSY_MS = 5000,
    CLOSE_MS = 1000,
    FILE_MODE = 0640,
    ENTRY_BYTES = 8,
    ROW_BYTES = 24,
    USUAL_ITEMS = 40
};

struct store {
    char *path;
    sqlite3 *database;
    int lock; /* a descriptor of a file beside it: closing one of the file itself would take the locks of
                 readers in this process away */
    bool ours;            /* it is a history */
    bool made, made_lock; /* by this opening: the file, the file beside it */
    sqlite3_stmt *statements[CHANGE_KINDS];
};

static const char *const statements[CHANGE_KINDS] = {
    [CHANGE_METER] = "INSERT INTO meter (key, zone_offset, zone_summer, series, name) VALUES (?1, "
                     "?2, ?3, ?4, ?6) ON CONFLICT (key) DO UPDATE SET zone_offset = ?2, "
                     "zone_summer = ?3, series = ?4",
    [CHANGE_ITEM] = "INSERT OR REPLACE INTO item (key, meter, counter, own_time, id, unit) VALUES "
                    "(?1, ?2, ?3, ?4, ?6, ?7)",
    [CHANGE_SERIES] = "INSERT OR REPLACE INTO series (item, since, reading, total, decimals, "
                      "equipment) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
    [CHANGE_ROW] = "INSERT OR REPLACE INTO step (meter, length, start, entries) VALUES (?1, ?2, "
                   "?3, CAST(?6 AS BLOB))",
    [CHANGE_READING] = "INSERT OR REPLACE INTO reading (item, at, total, decimals) VALUES (?1, ?2, "
                       "?3, ?4)",
    [CHANGE_PEAK] = "INSERT OR REPLACE INTO peak (meter, month, start, used, decimals) VALUES (?1, "
                    "?2, ?3, ?4, ?5)",
    [CHANGE_FAILURE] = "INSERT OR IGNORE INTO failure (meter, until, seconds) VALUES (?1, ?2, ?3)",
    [CHANGE_PRUNE] = "DELETE FROM step WHERE meter = ?1 AND length = ?2 AND start < ?3",
    [CHANGE_REGROUP] = "DELETE FROM step WHERE meter = ?1 AND length < ?2 AND start >= ?3",
    [CHANGE_THIN] = "DELETE FROM reading WHERE item = ?1 AND at > ?2 AND at <= ?3 AND EXISTS "
                    "(SELECT 1 FROM reading AS later WHERE later.item = ?1 AND later.at > "
                    "reading.at AND later.at <= (reading.at + 899) / 900 * 900)",
};

/* ------------------------------------------------------------------------------------------------
 * Opening
 */

static bool is_damage(int code)
{
    return (code & 0xFF) == SQLITE_CORRUPT || (code & 0xFF) == SQLITE_NOTADB;
}

static bool lock_file(struct store *store, char **error)
{
    char *path = memory_print("%s.lock", store->path);
    store->lock = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, FILE_MODE);
    store->made_lock = store->lock >= 0;
    if (!store->made_lock)
        store->lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC, FILE_MODE);
    free(path);
    if (store->lock < 0) {
        *error = memory_print("%s: %s", store->path, strerror(errno));
        return false;
    }
    if (flock(store->lock, LOCK_EX | LOCK_NB) == 0)
        return true;
    *error = memory_print("%s: another dsmr writes to it", store->path);
    return false;
}

static bool open_database(struct store *store, enum store_pace pace, int *code, char **error)
{
    char *why = NULL;
    struct stat status;
    if (stat(store->path, &status) == 0 && !S_ISREG(status.st_mode)) {
        bool folder = S_ISDIR(status.st_mode);
        *error =
            memory_print("%s: it is %s, no file", store->path, folder ? "a folder" : "a device");
        return false;
    }
    int made = open(store->path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, FILE_MODE);
    store->made = made >= 0;
    if (store->made)
        close(made); /* the library would let everybody read it */
    *code = sqlite3_open_v2(store->path, &store->database, SQLITE_OPEN_READWRITE, NULL);
    bool good = *code == SQLITE_OK;
    if (good) {
        sqlite3_busy_timeout(store->database, BUSY_MS);
        /* Closing a database of another program is not to change it. */
        sqlite3_db_config(store->database, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
        good = schema_prepare(store->database, &why);
        *code = sqlite3_errcode(store->database);
        if (good)
            sqlite3_db_config(store->database, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 0, NULL);
        store->ours = good;
    } else {
        why = schema_error(store->database, "it cannot be opened");
    }
    if (!good)
        *error = memory_print("%s: %s", store->path, why);
    free(why);
    sqlite3_exec(store->database,
                 pace == STORE_SAFE ? "PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 4000"
                                    : "PRAGMA synchronous = OFF; PRAGMA wal_autocheckpoint = 8000",
                 NULL, NULL, NULL);
    return good;
}

static bool prepare_statements(struct store *store, int *code, char **error)
{
    for (size_t i = 0; i < CHANGE_KINDS; i++) {
        *code = sqlite3_prepare_v3(store->database, statements[i], -1, SQLITE_PREPARE_PERSISTENT,
                                   &store->statements[i], NULL);
        if (*code == SQLITE_OK)
            continue;
        *error = memory_print("%s: %s", store->path, sqlite3_errmsg(store->database));
        return false;
    }
    return true;
}

static void close_database(struct store *store)
{
    for (size_t i = 0; i < CHANGE_KINDS; i++) {
        sqlite3_finalize(store->statements[i]);
        store->statements[i] = NULL;
    }
    sqlite3_close(store->database);
    store->database = NULL;
}

/* Its name with the time behind; what belongs to it goes along. Returns the new name. */
static char *rename_files(const char *path)
{
    static const char *const endings[] = {"", "-wal", "-shm"};
    struct tm now;
    time_t seconds = time(NULL);
    char stamp[32];
    gmtime_r(&seconds, &now);
    strftime(stamp, sizeof stamp, "%Y%m%d-%H%M%S", &now);
    char *moved = memory_print("%s.damaged-%s", path, stamp);
    for (size_t i = 0; i < sizeof endings / sizeof endings[0]; i++) {
        char *from = memory_print("%s%s", path, endings[i]);
        char *to = memory_print("%s%s", moved, endings[i]);
        rename(from, to);
        free(from);
        free(to);
    }
    return moved;
}

/* Damaged or empty, it begins as a database does; what begins otherwise is somebody's notes, and stays. */
static bool was_database(const char *path)
{
    static const char header[16] = "SQLite format 3";
    static const char nothing[sizeof header];
    char begins[sizeof header];
    int file = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t size = file < 0 ? 0 : read(file, begins, sizeof begins);
    if (file >= 0)
        close(file);
    return size <= 0 || memcmp(begins, header, (size_t)size) == 0 ||
           memcmp(begins, nothing, (size_t)size) == 0;
}

static bool begin(struct store *store, enum store_pace pace, int *code, char **error)
{
    *code = SQLITE_OK;
    return lock_file(store, error) && open_database(store, pace, code, error) &&
           prepare_statements(store, code, error);
}

struct store *store_open(const char *path, enum store_pace pace, char **notice, char **error)
{
    struct store *store = memory_new(1, sizeof *store);
    int code;
    store->path = memory_text(path);
    store->lock = -1;
    *notice = NULL;
    *error = NULL;
    if (begin(store, pace, &code, error))
        return store;
    bool foreign = is_damage(code) && !was_database(path);
    if (foreign) {
        free(*error);
        *error = memory_print("%s: it is no database: it stays as it is; name another file", path);
    }
    if (foreign || !is_damage(code)) {
        store_withdraw(store);
        return NULL;
    }
    char *why = *error;
    *error = NULL;
    char *moved = store_move_aside(store);
    *notice = memory_print("%s; it is now %s, and a new one begins", why, moved);
    free(why);
    free(moved);
    store = memory_new(1, sizeof *store);
    store->path = memory_text(path);
    store->lock = -1;
    if (begin(store, pace, &code, error))
        return store;
    store_close(store);
    return NULL;
}

char *store_move_aside(struct store *store)
{
    close_database(store);
    char *moved = rename_files(store->path);
    store_close(store);
    return moved;
}

void store_close(struct store *store)
{
    if (!store)
        return;
    if (store->database &&
        store->ours) { /* readers may stay: the file alone is to be all of it even so */
        sqlite3_busy_timeout(store->database, CLOSE_MS);
        sqlite3_wal_checkpoint_v2(store->database, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);
    }
    close_database(store);
    if (store->lock >= 0)
        close(store->lock);
    free(store->path);
    free(store);
}

void store_withdraw(struct store *store)
{
    char *made = store->made ? memory_text(store->path) : NULL;
    char *lock = store->made_lock ? memory_print("%s.lock", store->path) : NULL;
    store_close(store);
    if (made)
        unlink(made);
    if (lock)
        unlink(lock);
    free(made);
    free(lock);
}

/* ------------------------------------------------------------------------------------------------
 * Writing
 */

static bool write_change(const struct store *store, const struct batch *batch,
                         const struct change *change)
{
    sqlite3_stmt *statement = store->statements[change->kind];
    int wanted = sqlite3_bind_parameter_count(statement);
    for (int i = 0; i < CHANGE_NUMBERS && i < wanted; i++)
        sqlite3_bind_int64(statement, i + 1, change->numbers[i]);
    if (wanted >= 6)
        sqlite3_bind_text(statement, 6, batch->texts.at + change->text, (int)change->text_size,
                          SQLITE_STATIC);
    if (wanted >= 7)
        sqlite3_bind_text(statement, 7, change->word, -1, SQLITE_STATIC);
    int result = sqlite3_step(statement);
    sqlite3_reset(statement);
    return result == SQLITE_DONE;
}

static bool write_all(const struct store *store, const struct batch *batch)
{
    if (sqlite3_exec(store->database, "BEGIN IMMEDIATE", NULL, NULL, NULL) != SQLITE_OK)
        return false;
    for (size_t i = 0; i < batch->count; i++)
        if (!write_change(store, batch, &batch->at[i]))
            return false;
    return sqlite3_exec(store->database, "COMMIT", NULL, NULL, NULL) == SQLITE_OK;
}

/* Tells what went wrong, and takes back what was begun. */
static bool give_up(const struct store *store, bool *damaged, char **error)
{
    *damaged = is_damage(sqlite3_errcode(store->database));
    *error = memory_print("%s: %s", store->path, sqlite3_errmsg(store->database));
    if (!sqlite3_get_autocommit(store->database))
        sqlite3_exec(store->database, "ROLLBACK", NULL, NULL, NULL);
    return false;
}

bool store_write(struct store *store, const struct batch *batch, bool *damaged, char **error)
{
    *damaged = false;
    return batch->count == 0 || write_all(store, batch) || give_up(store, damaged, error);
}

static bool run(const struct store *store, const char *sql, int64_t a, int64_t b, int64_t c)
{
    sqlite3_stmt *statement = NULL;
    bool good = sqlite3_prepare_v2(store->database, sql, -1, &statement, NULL) == SQLITE_OK;
    if (good) {
        sqlite3_bind_int64(statement, 1, a);
        sqlite3_bind_int64(statement, 2, b);
        if (sqlite3_bind_parameter_count(statement) > 2)
            sqlite3_bind_int64(statement, 3, c);
        good = sqlite3_step(statement) == SQLITE_DONE;
    }
    sqlite3_finalize(statement);
    return good;
}

static struct history_reader reader_of(const struct store *store)
{
    return (struct history_reader){.database = store->database, .path = store->path};
}

/* A step that ends behind the moment goes as a whole. */
static bool cut_rows(const struct store *store, int64_t meter, int64_t from)
{
    struct history_reader reader = reader_of(store);
    struct meter_facts facts;
    char *error = NULL;
    if (!reader_find_meter_by_key(&reader, meter, &facts, &error)) {
        free(error);
        return false;
    }
    for (size_t i = 0; i < facts.length_count; i++)
        if (!run(store, "DELETE FROM step WHERE meter = ?1 AND length = ?2 AND start >= ?3", meter,
                 facts.lengths[i], calendar_row_start(facts.zone, facts.lengths[i], from)))
            return false;
    return true;
}

bool store_cut(struct store *store, int64_t meter, int64_t from, char **error)
{
    static const char *const others[] = {
        "DELETE FROM reading WHERE at > ?2 AND item IN (SELECT key FROM item WHERE meter = ?1)",
        "DELETE FROM peak WHERE meter = ?1 AND start >= ?2 - 900",
        ("UPDATE OR REPLACE series SET since = ?2 WHERE since > ?2 AND item IN (SELECT key FROM "
         "item WHERE meter = ?1)"),
    };
    bool damaged;
    if (sqlite3_exec(store->database, "BEGIN IMMEDIATE", NULL, NULL, NULL) != SQLITE_OK ||
        !cut_rows(store, meter, from))
        return give_up(store, &damaged, error);
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
        if (!run(store, others[i], meter, from, 0))
            return give_up(store, &damaged, error);
    if (sqlite3_exec(store->database, "COMMIT", NULL, NULL, NULL) != SQLITE_OK)
        return give_up(store, &damaged, error);
    return true;
}

int64_t store_bytes(const struct store *store)
{
    static const char *const endings[] = {"", "-wal"};
    int64_t sum = 0;
    for (size_t i = 0; i < sizeof endings / sizeof endings[0]; i++) {
        struct stat status;
        char *path = memory_print("%s%s", store->path, endings[i]);
        if (stat(path, &status) == 0)
            sum += status.st_size;
        free(path);
    }
    return sum;
}

int64_t store_bytes_in(const struct store *store, const struct recorder *recorder, int years)
{
    int64_t span = (int64_t)years * 365 * STEP_DAY;
    int64_t items = 0;
    (void)store;
    for (size_t i = 0; i < recorder->meter_count; i++)
        items += (int64_t)recorder->meters[i]->slot_count;
    int64_t meters = recorder->meter_count > 0 ? (int64_t)recorder->meter_count : 1;
    int64_t row = ROW_BYTES + (items > 0 ? items / meters : USUAL_ITEMS) * ENTRY_BYTES;
    int64_t sum = 0;
    for (size_t i = 0; i < TIERS; i++) {
        const struct tier_rule *rule = &recorder->rules.tiers[i];
        int64_t kept = rule->keep_s > 0 && rule->keep_s < span ? rule->keep_s : span;
        sum += kept / rule->length * row * meters;
    }
    return sum;
}

const char *store_path(const struct store *store)
{
    return store->path;
}

struct sqlite3 *store_database(const struct store *store)
{
    return store->database;
}
