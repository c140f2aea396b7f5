/* SPDX-License-Identifier: MIT */
/*
 * Questions to the history: what was used, drawn and read between two moments, by the minute, the day or
 * the year. docs/history.md tells what the file holds. Everything here blocks: it belongs on a thread of
 * the pool. A reader is one read-only connection, for one thread at a time.
 *
 * What the last minute brought may not be in the file yet.
 */
#ifndef DSMR_HISTORY_QUERY_H
#define DSMR_HISTORY_QUERY_H

#include "dsmr/dsmr.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum history_unit { HISTORY_SECOND, HISTORY_DAY, HISTORY_MONTH, HISTORY_YEAR };

/* 10 s, 60 s, 900 s, 3600 s, 1 day, 1 month, 1 year. Seconds are at most 86400; days, months and years are
 * those of the meter's zone, a day having 23, 24 or 25 hours. */
struct history_step {
    enum history_unit unit;
    int64_t count;
};

struct history_query {
    const char *meter;        /* NULL: the first one */
    const char *const *items; /* ids; eDelivery and eProduction are the sums over tariffs */
    size_t item_count;
    int64_t from, to; /* seconds since 1970, [from, to); widened to whole steps */
    struct history_step step;
};

enum history_kind { HISTORY_FLUCTUATING, HISTORY_COUNTER };

/* One step. present is false where nothing was read in it. */
struct history_point {
    int64_t start, end;
    bool present;
    struct dsmr_number mean, least, greatest; /* fluctuating */
    /* Counter: what the meter showed at both edges, and what came on between them, exactly; a new meter
     * does not disturb that. What was used while nothing was read counts where reading goes on. */
    struct dsmr_number first, last, used;
};

struct history_series {
    const char *item; /* the id as it was asked for, borrowed from the query */
    bool known;       /* there is such an item; else all points are absent */
    enum history_kind kind;
    enum dsmr_unit unit;
    size_t count;
    struct history_point *at;
};

struct history_answer {
    struct dsmr_zone zone;
    struct history_series
        *series; /* one an item of the query, in its order, all with the same steps */
    size_t count;
};

struct history_reader;

/* NULL with *error, freed by the caller, when there is no such file or it is no history. */
struct history_reader *history_reader_open(const char *path, char **error);

/* NULL is allowed. */
void history_reader_close(struct history_reader *reader);

/* Points that one series of this query would have; 0 when the query makes no sense. Quick, and right but
 * for a few where the zone is not known. */
size_t history_points(const struct history_query *query);

enum { HISTORY_POINTS_MAX = 4000000 };

/* False with *error, freed by the caller: an unknown meter, a step that is none, more than
 * HISTORY_POINTS_MAX points, or a file that cannot be read. Otherwise the answer is to be freed. */
bool history_read(struct history_reader *reader, const struct history_query *query,
                  struct history_answer *answer, char **error);
void history_answer_free(struct history_answer *answer);

/* ------------------------------------------------------------------------------------------------
 * What there is
 */

struct history_item {
    char *id;
    enum history_kind kind;
    enum dsmr_unit unit;
};

struct history_meter {
    char *name;
    struct dsmr_zone zone;
    int64_t first, last; /* seconds since 1970, of what was kept; both 0 when there is nothing */
    struct history_item *items;
    size_t item_count;
};

struct history_extent {
    int64_t bytes;                /* of the file, what is not merged into it yet included */
    struct history_meter *meters; /* in the order in which they came */
    size_t meter_count;
};

bool history_extent_read(struct history_reader *reader, struct history_extent *extent,
                         char **error);
void history_extent_free(struct history_extent *extent);

/* ------------------------------------------------------------------------------------------------
 * Quarter hours with the highest mean delivery, month by month: what Belgium bills
 */

struct history_peak {
    int64_t month;            /* when it began */
    int64_t start;            /* of the quarter hour */
    struct dsmr_number power; /* kW */
};

/* Oldest first; *peaks is freed by the caller with free(). meter as in a query. */
bool history_peaks(struct history_reader *reader, const char *meter, struct history_peak **peaks,
                   size_t *count, char **error);

/* ------------------------------------------------------------------------------------------------
 * Long power failures, as the meter's log told them
 */

struct history_failure {
    int64_t end; /* when the power came back */
    int64_t seconds;
};

/* Oldest first; *failures is freed by the caller with free(). meter as in a query. */
bool history_failures(struct history_reader *reader, const char *meter,
                      struct history_failure **failures, size_t *count, char **error);

#endif
