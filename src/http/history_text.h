/* SPDX-License-Identifier: MIT */
/* What the history answers, as JSON and as CSV. */
#ifndef DSMR_HTTP_HISTORY_TEXT_H
#define DSMR_HTTP_HISTORY_TEXT_H

#include "core/buffer.h"
#include "history/query.h"

struct history_head {
    const char *meter;
    const char *zone; /* its name */
    const char *step;
    int64_t from, to;
};

/* Adds the object of /api/v1/history. */
void history_json(struct buffer *out, const struct history_head *head,
                  const struct history_answer *answer);

/* Adds a line for each step, and one of headings. */
void history_csv(struct buffer *out, const struct history_answer *answer);

#endif
