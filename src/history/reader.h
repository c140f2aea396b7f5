/* SPDX-License-Identifier: MIT */
/* A reader from inside: reader.c opens it, merge.c and query*.c ask. */
#ifndef DSMR_HISTORY_READER_H
#define DSMR_HISTORY_READER_H

#include "history/query.h"
#include "history/row.h"

#include <sqlite3.h>

enum { LENGTHS_MAX = 16 };

struct history_reader {
    sqlite3 *database;
    char *path;
};

/* What the file says of a meter. */
struct meter_facts {
    int64_t key;
    struct dsmr_zone zone;
    int64_t lengths[LENGTHS_MAX]; /* of its steps, longest first */
    size_t length_count;
};

/* What the file says of an item. */
struct item_facts {
    int64_t key;
    bool counter;
    bool own_time; /* its readings stand in the table of their own */
    enum dsmr_unit unit;
};

/* NULL with *error when the file cannot be read. */
sqlite3_stmt *reader_prepare(const struct history_reader *reader, const char *sql, char **error);

/* False with *error when it cannot be read or there is no such meter; name NULL is the first one. */
bool reader_find_meter(const struct history_reader *reader, const char *name,
                       struct meter_facts *facts, char **error);

/* The same by its key. */
bool reader_find_meter_by_key(const struct history_reader *reader, int64_t key,
                              struct meter_facts *facts, char **error);

/* False with *error when it cannot be read, or without one when there is no such item. */
bool reader_find_item(const struct history_reader *reader, int64_t meter, const char *id,
                      struct item_facts *facts, char **error);

/* ------------------------------------------------------------------------------------------------
 * Rows of several lengths as one sequence: at each moment the longest step that fits, and shorter ones
 * where there is no longer one yet.
 */

struct merge_source {
    int64_t length;
    sqlite3_stmt *statement;
    bool placed; /* start is that of a row, or behind all rows */
    int64_t start;
};

struct merge {
    struct dsmr_zone zone;
    struct merge_source sources[LENGTHS_MAX];
    size_t count;
    int64_t at;
    int64_t end;
};

/* One row; entries are borrowed until the next call. */
struct merged_row {
    int64_t start, end;
    struct row_cursor entries;
};

/* Rows of the given meter that start within [from, to), of steps that step can be made of. */
bool merge_open(struct merge *merge, const struct history_reader *reader,
                const struct meter_facts *meter, struct history_step step, int64_t from, int64_t to,
                char **error);

/* The same of steps shorter than a step of the file. */
bool merge_open_shorter(struct merge *merge, const struct history_reader *reader,
                        const struct meter_facts *meter, int64_t length, int64_t from, int64_t to,
                        char **error);

/* The next row; false at the end, or with *error. */
bool merge_next(struct merge *merge, struct merged_row *row, char **error);
void merge_close(struct merge *merge);

/* Rows of any length from a moment back: each is the last, and of those the longest, that ends where the
 * one before began or earlier. */
struct rows_back {
    const struct meter_facts *meter;
    struct merge_source sources[LENGTHS_MAX];
    size_t count;
    int64_t at;
};

bool rows_back_open(struct rows_back *back, const struct history_reader *reader,
                    const struct meter_facts *meter, int64_t at, char **error);

/* The row before; false when there is none, or with *error. */
bool rows_back_next(struct rows_back *back, struct merged_row *row, char **error);
void rows_back_close(struct rows_back *back);

/* What stands in column of a row. */
struct row_cursor merge_entries(sqlite3_stmt *statement, int column);

/* ------------------------------------------------------------------------------------------------
 * Counters
 */

/* From since on, a total is the reading plus (total - reading). */
struct series_facts {
    int64_t since;
    int64_t reading, total;
    uint8_t decimals;
};

struct series_list {
    struct series_facts *at; /* in the order of time */
    size_t count;
};

bool series_read(const struct history_reader *reader, int64_t item, struct series_list *list,
                 char **error);

/* What the meter showed when its total was that much. */
struct dsmr_number series_reading(const struct series_list *list, int64_t at,
                                  struct dsmr_number total);

/* a - b, exactly; a where that is too much to be held. */
struct dsmr_number number_minus(struct dsmr_number a, struct dsmr_number b);

/* Fills the points of a counter whose readings have times of their own. points have their start, end. */
bool readings_fill(const struct history_reader *reader, int64_t item,
                   const struct series_list *list, struct history_step step,
                   struct history_point *points, size_t count, char **error);

/* Sets what follows from the totals at both edges. */
void point_set_counter(struct history_point *point, const struct series_list *list,
                       struct dsmr_number before, struct dsmr_number after);

#endif
