/* SPDX-License-Identifier: MIT */
/* Files that hold what must not stand in the configuration itself: passwords, tokens, keys. */
#ifndef DSMR_CONFIG_SECRET_PATH_H
#define DSMR_CONFIG_SECRET_PATH_H

#include "config/text_file.h"

/* The file and the line of the configuration that names it. Borrowed. */
struct secret_path {
    const char *config_file; /* "" where it is not known */
    int line;
    const char *key; /* "mqtt.password.file" */
    const char *path;
};

/*
 * Reads the file, to be given to secret_path_free(). Returns false, with a complaint of that severity,
 * when it cannot be read. One that others on this machine can read is a warning.
 */
bool secret_path_read(struct text_file *file, const struct secret_path *place,
                      enum severity severity, struct complaints *complaints);

/* Overwrites what was read. */
void secret_path_free(struct text_file *file);

#endif
