/* SPDX-License-Identifier: MIT */
/* Files and folders that keys name, as they are on this machine. */
#ifndef DSMR_CONFIG_NAMED_FILES_H
#define DSMR_CONFIG_NAMED_FILES_H

#include "config/config.h"

/* The path of a CONFIG_TYPE_PATH key of that file, seen from here: one that does not begin with / is sought
 * from the folder of the file on. Freed by the caller. */
char *named_files_whole(const char *config_file, enum config_key key, const char *path);

/* Complains of two keys that name one folder, where each needs its own. */
void named_files_compare(const struct config *config, struct complaints *complaints);

/*
 * For who wants to know beforehand what running would come upon: files that are missing, secrets that
 * others can read, folders that are files, places whose folder is not there and is not the service's.
 */
void named_files_look(const struct config *config, struct complaints *complaints);

/* True for a path in a folder that dsmr's systemd unit makes when it starts: /run/dsmr. */
bool named_files_of_service(const char *path);

#endif
