/* SPDX-License-Identifier: MIT */
/* Reads the records of one segment of a spool, from any place on. */
#ifndef DSMR_SPOOL_SPOOL_SEGMENT_READ_H
#define DSMR_SPOOL_SPOOL_SEGMENT_READ_H

#include "spool/spool_format.h"
#include "spool/spool_segments.h"

#include <stdbool.h>

/* Goes on where the last call has ended. */
struct segment_reading {
    const struct spool_marks *marks; /* what is done beyond done is passed over; may be NULL */
    uint64_t behind;                 /* only records of higher numbers are handed on */
    uint64_t last;                   /* the highest number that the segment can hold */
    uint64_t offset;                 /* bytes of the segment that were gone over */
    size_t used;                     /* bytes of records that were handed on */
    void (*use)(void *context, const struct spool_record *record); /* borrowed until it returns */
    void *context;
};

/* Hands on records until that many bytes were, the segment ends, or a record is bad. */
void segment_read(const struct segments *segments, const struct segment *segment,
                  struct segment_reading *reading, size_t enough);

#endif
