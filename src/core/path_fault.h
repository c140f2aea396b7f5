/* SPDX-License-Identifier: MIT */
/* Why nothing can be made at a path, with what cures it. */
#ifndef DSMR_CORE_PATH_FAULT_H
#define DSMR_CORE_PATH_FAULT_H

/* In one line, for the errno of symlink(), bind() and others. Valid as strerror()'s text is. */
const char *path_fault(int error);

/* The errno of making a file or a folder at path: ENOENT or ENOTDIR when the folder that it belongs in is not
 * there, else 0. Nothing is made. */
int path_folder_error(const char *path);

#endif
