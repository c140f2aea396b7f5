/* SPDX-License-Identifier: MIT */
/*
 * A file with one line for each telegram, for measuring: when, which meter, the telegram's CRC and
 * what became of it, with blanks between:
 *
 *   81243.004517902 garage 5A1E good
 *
 * The time is in seconds of the machine's monotonic clock, so that the lines of two programs on one
 * machine can be compared.
 */
#ifndef DSMR_CORE_TRACE_H
#define DSMR_CORE_TRACE_H

#include "dsmr/dsmr.h"

struct trace;

/* Opens the file anew. NULL with errno set when it cannot be written. */
struct trace *trace_open(const char *path);

/* One line, with the time of now. sent is the telegram; its CRC is what stands behind its last '!'. */
void trace_telegram(struct trace *trace, const char *meter, struct dsmr_text sent,
                    const char *outcome);

/* Writes what is not written yet. Returns 0, or the errno of the first line that could not be written.
 * NULL is allowed. */
int trace_close(struct trace *trace);

#endif
