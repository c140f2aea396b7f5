/* SPDX-License-Identifier: MIT */
/* Files and folders that keys name, as they are on this machine. */
#ifndef DSMR_CONFIG_NAMED_FILES_H
#define DSMR_CONFIG_NAMED_FILES_H

#include "config/config.h"

/* Complains of two keys that name one folder, where each needs its own. */
void named_files_compare(const struct config *config, struct complaints *complaints);

/*
 * For who wants to know beforehand what running would come upon: files that are missing, secrets that
 * others can read, folders that are files, places of p1.listen whose folder is not there.
 */
void named_files_look(const struct config *config, struct complaints *complaints);

#endif
