/* SPDX-License-Identifier: MIT */
/* Which known word did the user mean? Letters left out, added, changed or swapped are counted. */
#ifndef DSMR_CORE_NEAREST_H
#define DSMR_CORE_NEAREST_H

#include <stddef.h>

/* A search. Its members are private. */
struct nearest {
    const char *wanted;
    size_t size;
    const char *word;
    size_t distance;
};

/* Starts the search for the word that wanted (size bytes, borrowed) may have been meant to be. */
void nearest_init(struct nearest *nearest, const char *wanted, size_t size);

/* Offers a known word, which must live as long as the search. */
void nearest_offer(struct nearest *nearest, const char *word);

/* The best of the offered words, the first of several; NULL when none is close enough to be what
 * was meant. */
const char *nearest_word(const struct nearest *nearest);

#endif
