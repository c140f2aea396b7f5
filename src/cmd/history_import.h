/* SPDX-License-Identifier: MIT */
/* dsmr history import. */
#ifndef DSMR_CMD_HISTORY_IMPORT_H
#define DSMR_CMD_HISTORY_IMPORT_H

/* Returns the exit status. */
int history_import(int argc, char **argv);

/* The history that path names, or else the configuration; NULL when there is none, which was told. Freed
 * by the caller. */
char *history_path_of(const char *config_file, const char *path);

#endif
