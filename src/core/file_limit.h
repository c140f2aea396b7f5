/* SPDX-License-Identifier: MIT */
/* How many files and sockets the program may have open at once. */
#ifndef DSMR_CORE_FILE_LIMIT_H
#define DSMR_CORE_FILE_LIMIT_H

#include <stddef.h>

/* Raises the limit to that many, as far as the system lets an ordinary program; never lowers it.
 * Returns how many are allowed now. */
size_t file_limit_raise(size_t wanted);

#endif
