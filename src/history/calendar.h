/* SPDX-License-Identifier: MIT */
/* Where steps of time begin and end on the clock of a zone. */
#ifndef DSMR_HISTORY_CALENDAR_H
#define DSMR_HISTORY_CALENDAR_H

#include "dsmr/dsmr.h"
#include "history/query.h"

/* In the file a day is a step of this length, however long it is. */
enum { STEP_QUARTER = 900, STEP_HOUR = 3600, STEP_DAY = 86400 };

/* The start of the step that holds this moment. */
int64_t calendar_floor(struct dsmr_zone zone, struct history_step step, int64_t at);

/* The start of the next step; start is that of a step. */
int64_t calendar_next(struct dsmr_zone zone, struct history_step step, int64_t start);

/* Midnight of a date that need not exist: month 13 is January of the next year. */
int64_t calendar_midnight(struct dsmr_zone zone, int year, int month, int day);

/* The same for a step of the file by its length in seconds. */
int64_t calendar_row_start(struct dsmr_zone zone, int64_t length, int64_t at);
int64_t calendar_row_end(struct dsmr_zone zone, int64_t length, int64_t start);

#endif
