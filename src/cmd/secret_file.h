/* SPDX-License-Identifier: MIT */
/* Reads what must not stand in the configuration itself: passwords, tokens. */
#ifndef DSMR_CMD_SECRET_FILE_H
#define DSMR_CMD_SECRET_FILE_H

#include "config/text_file.h"
#include "core/log.h"

#include <stdbool.h>

/* Reads the file that a key names. False when it cannot be read: told in the log under topic, and so
 * is a file that others may read. To be given to secret_path_free(). */
bool secret_file_read(struct text_file *file, const char *key, const char *path, const char *topic,
                      struct log *log);

/* The first line of that file; NULL, and told, when there is none. For secret_forget(). */
char *secret_file_line(const char *key, const char *path, const char *topic, struct log *log);

/* Overwrites and frees it. NULL is allowed. */
void secret_forget(char *secret);

#endif
