/* SPDX-License-Identifier: MIT */
/* Reads a text file that a person wrote, and says in one line why when it cannot. */
#ifndef DSMR_CONFIG_TEXT_FILE_H
#define DSMR_CONFIG_TEXT_FILE_H

#include "core/complaints.h"

#include <stdbool.h>
#include <stddef.h>

enum { TEXT_FILE_MAX = 4 * 1024 * 1024 }; /* bytes; a larger file is taken for a wrong one */

struct text_file {
    char *text; /* owned; size bytes and a NUL behind them */
    size_t size;
    unsigned mode; /* permission bits */
};

/*
 * Reads the file. Returns false with a complaint of that severity when it is missing, a folder, a
 * device, not readable or too large. Never waits, whatever the path names.
 */
bool text_file_read(struct text_file *file, const char *path, enum severity severity,
                    struct complaints *complaints);

void text_file_free(struct text_file *file);

/* Where the text begins behind a UTF-8 byte order mark: 0 or 3. Returns false with a complaint of that
 * severity when there is a NUL byte in it, which no text has. file is the name for the complaint. */
bool text_start(const char *text, size_t size, size_t *start, const char *file,
                enum severity severity, struct complaints *complaints);

#endif
