/* SPDX-License-Identifier: MIT */
/* What dsmr knows, for Prometheus and its like: OpenMetrics text. */
#ifndef DSMR_HTTP_METRICS_H
#define DSMR_HTTP_METRICS_H

#include "core/buffer.h"
#include "http/board.h"

/* A telegram that is older says nothing of now: its values are left out. */
enum { METRICS_STALE_MS = 300000 };

/* Adds what the meters' telegrams say. wall_ms is the time of now. */
void metrics_readings(struct buffer *out, const struct board *board, int64_t wall_ms);

/* Begins a family: its lines of metadata. unit and help may be "". */
void metrics_family(struct buffer *out, const char *name, const char *unit, const char *type,
                    const char *help);

/* Adds text as the value of a label, with its quotation marks. What is no UTF-8 is taken for ISO 8859-1. */
void metrics_label(struct buffer *out, const char *text, size_t size);

#endif
