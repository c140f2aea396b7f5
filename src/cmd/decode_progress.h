/* SPDX-License-Identifier: MIT */
/* How far dsmr decode is with a large file: one line on a terminal, from the second second on, where the
 * telegrams themselves go somewhere else. */
#ifndef DSMR_CMD_DECODE_PROGRESS_H
#define DSMR_CMD_DECODE_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

struct decode_progress {
    bool wanted;
    bool shown;       /* the line is on the screen */
    const char *file; /* the one that is told of */
    int64_t begin_ms; /* of this file */
    int64_t next_ms;  /* when the line is due */
};

/* Wanted only where standard error is a terminal and standard output is none. */
void decode_progress_init(struct decode_progress *progress);

/* So many bytes of the file are done. whole is 0 where nobody knows how many there are. */
void decode_progress_show(struct decode_progress *progress, const char *file, uint64_t bytes,
                          uint64_t whole);

/* Takes the line off the screen, for something else or for good. */
void decode_progress_clear(struct decode_progress *progress);

#endif
