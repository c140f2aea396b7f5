/* SPDX-License-Identifier: MIT */
/* What dsmr knows, for Prometheus and its like: OpenMetrics text, or what was there before it. */
#ifndef DSMR_HTTP_METRICS_H
#define DSMR_HTTP_METRICS_H

#include "core/buffer.h"
#include "http/board.h"

/* A telegram that is older says nothing of now: its values are left out. */
enum { METRICS_STALE_MS = 300000 };

struct metrics_text {
    struct buffer *out;
    bool older; /* for those who know only the text format of Prometheus, version 0.0.4 */
};

/* Adds what the meters' telegrams say. wall_ms is the time of now. */
void metrics_readings(const struct metrics_text *text, const struct board *board, int64_t wall_ms);

/* Begins a family: its lines of metadata. unit and help may be "". */
void metrics_family(const struct metrics_text *text, const char *name, const char *unit,
                    const char *type, const char *help);

/* Ends it all. */
void metrics_end(const struct metrics_text *text);

/* Adds text as the value of a label, with its quotation marks. What is no UTF-8 is taken for ISO 8859-1. */
void metrics_label(struct buffer *out, const char *text, size_t size);

#endif
