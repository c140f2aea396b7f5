/* SPDX-License-Identifier: MIT */
/*
 * Numbers names: 0 for the first that was seen, 1 for the next, and so on. With it a sink finds what
 * it keeps of a meter among a thousand, at the cost of one look.
 */
#ifndef DSMR_CORE_NAMES_H
#define DSMR_CORE_NAMES_H

#include <stddef.h>

/* Zeroed to begin with. Its members are private, but for count. */
struct names {
    size_t count;
    char **at;     /* copies, in the order of their numbers */
    size_t *slots; /* number + 1 by hash, 0 where there is none; a power of two of them */
    size_t slot_count;
};

/* The number of the name; a name that is not there yet is copied and gets the next one. */
size_t names_number(struct names *names, const char *name);

void names_free(struct names *names);

#endif
