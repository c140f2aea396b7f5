/* SPDX-License-Identifier: MIT */
#ifndef DSMR_CORE_SAME_PATH_H
#define DSMR_CORE_SAME_PATH_H

#include <stdbool.h>

/* True when two paths name one place, however they are spelt; what is there need not exist yet, the folder
 * that it is in must. A link at the place itself is not followed. */
bool same_path(const char *path, const char *other);

#endif
