/* SPDX-License-Identifier: MIT */
/*
 * The report of dsmr doctor, to be pasted into a forum: facts, settings, statistics, verdict. Without
 * leave nothing in it tells one meter or cable from another of its make.
 */
#ifndef DSMR_CMD_DOCTOR_REPORT_H
#define DSMR_CMD_DOCTOR_REPORT_H

#include "cmd/doctor_listen.h"

struct report_wish {
    const struct doctor_order *order;
    const struct doctor_history *history;
    enum verdict verdict;
    bool serial_numbers; /* show them */
};

/* Adds the report to out. In English whatever the user speaks: who helps may not. */
void doctor_report_write(struct buffer *out, const struct report_wish *wish);

/*
 * Adds text with every stretch that may be a serial number replaced by as many '*': six hexadecimal
 * digits or more in a row, four of them decimal at least.
 */
void doctor_report_mask(struct buffer *out, const char *text, size_t size);

#endif
