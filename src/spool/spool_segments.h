/* SPDX-License-Identifier: MIT */
/* The segments of a spool: files in a folder, named by the first number that may be in them. */
#ifndef DSMR_SPOOL_SPOOL_SEGMENTS_H
#define DSMR_SPOOL_SPOOL_SEGMENTS_H

#include <stddef.h>
#include <stdint.h>

/* No record has a number above this: one that claims to is damaged. */
#define SPOOL_NUMBER_MAX ((uint64_t)INT64_MAX)

struct segment {
    uint64_t first; /* the number in its name */
    uint64_t last;  /* no record in it is above this; first - 1 when it is empty */
    uint64_t size;  /* bytes */
};

/* In the order of their numbers. Zeroed but for the folder to begin with. */
struct segments {
    int folder; /* a descriptor of it, borrowed */
    struct segment *at;
    size_t count;
    uint64_t bytes; /* of all of them */
};

/* Finds those that are there. Of the newest, last is not known. */
void segments_list(struct segments *segments);

/* A descriptor for reading, or, of one that is new, for both; -1 with errno. */
int segments_open(const struct segments *segments, uint64_t first, int flags);

/* Notes one that was made; it is the newest now. */
void segments_add(struct segments *segments, uint64_t first, uint64_t size);

/* Deletes the oldest. There must be one. */
void segments_remove_oldest(struct segments *segments);

/* The newest. There must be one. */
struct segment *segments_newest(const struct segments *segments);

/* The place of the one that the record behind this number is in, if it is in any; 0 if none is. */
size_t segments_find(const struct segments *segments, uint64_t behind);

void segments_free(struct segments *segments);

#endif
