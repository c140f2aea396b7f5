/* SPDX-License-Identifier: MIT */
/* What strangers wrote, made fit for a line of a log and for a terminal, which may obey it. */
#ifndef DSMR_CORE_PRINTABLE_H
#define DSMR_CORE_PRINTABLE_H

#include <stddef.h>

/* Bytes that text of so many bytes always fits in. */
#define PRINTABLE_SIZE(size) ((size)*4 + 8)

/*
 * Writes text from out on, with every byte that belongs to no printable character of UTF-8 as \xNN. What
 * does not fit in front of end is cut, and ends in an ellipsis. Returns where the text ends, as stpcpy()
 * does.
 */
char *printable_write(char *out, const char *end, const char *text);

#endif
