/* SPDX-License-Identifier: MIT */
/* What dsmr history prints. */
#ifndef DSMR_CMD_HISTORY_PRINT_H
#define DSMR_CMD_HISTORY_PRINT_H

#include "history/query.h"

enum history_format { HISTORY_TABLE, HISTORY_CSV, HISTORY_JSON };

/* An answer, step by step. Steps without anything are left out of the table. */
void history_print(const struct history_answer *answer, enum history_format format);

/* What the file has, in a few lines. */
void history_print_extent(const struct history_extent *extent, const char *path);

#endif
