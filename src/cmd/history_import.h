/* SPDX-License-Identifier: MIT */
/* dsmr history import. */
#ifndef DSMR_CMD_HISTORY_IMPORT_H
#define DSMR_CMD_HISTORY_IMPORT_H

/* Returns the exit status. */
int history_import(int argc, char **argv);

#endif
