/* SPDX-License-Identifier: MIT */
/* Which dsmr serves a pseudo-terminal? Its device alone does not tell: numbers are given anew. */
#ifndef DSMR_CORE_PTY_OWNER_H
#define DSMR_CORE_PTY_OWNER_H

#include <stdbool.h>
#include <stddef.h>
#include <time.h>

/*
 * True when the terminal (/dev/pts/3) is there and a dsmr holds its serving side, this process
 * included, which ran already at that time (CLOCK_REALTIME) when the link to it was made; who receives
 * "dsmr (process 123)". False for a terminal that is gone, for one of another program, and where a dsmr
 * of another container has one of the same number. Where a
 * dsmr of another user runs, which only root can look into, a terminal of that user is taken for its own:
 * "dsmr of another user".
 */
bool pty_owner_find(const char *device, struct timespec linked, char *who, size_t size);

#endif
