/* SPDX-License-Identifier: MIT */
/* What /proc tells of a running program. */
#ifndef DSMR_CORE_PROCESS_FACT_H
#define DSMR_CORE_PROCESS_FACT_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Reads a file of the process ("123", or "self") below /proc: "cmdline", "stat". Returns how many bytes out
 * received, at most size - 1, with a NUL behind them; 0 when it tells nothing, or we may not know.
 */
size_t process_fact(const char *process, const char *fact, char *out, size_t size);

/* Its name, as far as size - 1 bytes; false, and "", when there is no such process. */
bool process_name(const char *process, char *out, size_t size);

#endif
