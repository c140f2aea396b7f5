/* SPDX-License-Identifier: MIT */
/* What is wanted of the history, as the parameters of a request say it. */
#ifndef DSMR_HTTP_HISTORY_WISH_H
#define DSMR_HTTP_HISTORY_WISH_H

#include "history/query.h"
#include "http/answer.h"

enum {
    WISH_ITEMS = 32,
    WISH_ITEMS_TEXT = 1024,
    WISH_POINTS = 10000,      /* of a series */
    WISH_ALL_POINTS = 100000, /* of all series together */
    WISH_AUTO_POINTS = 1500,
};

struct history_wish {
    char text[WISH_ITEMS_TEXT]; /* that the items stand in */
    const char *items[WISH_ITEMS];
    size_t item_count;
    int64_t from, to; /* seconds since 1970 */
    struct history_step step;
    const char *step_name; /* static */
    bool csv;
};

/*
 * Reads items, from, to, step and format of the request. A time without offset is one of the zone; without
 * from it is today, without to until now_s. False, and a problem, when there is a mistake.
 */
bool history_wish_read(struct history_wish *wish, const struct http_request *request,
                       struct dsmr_zone zone, int64_t now_s, struct http_answer *answer);

/* Reads 2026-11-22, 2026-11-22T12:00, 2026-11-22T12:00:00+01:00, …Z, or seconds since 1970. */
bool history_moment_parse(const char *text, struct dsmr_zone zone, int64_t *moment);

#endif
