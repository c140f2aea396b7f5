/* SPDX-License-Identifier: MIT */
/*
 * How a record lies on disk, all numbers little-endian:
 *
 *     0  CRC-32 of everything behind it
 *     4  size of the bytes
 *     8  number
 *    16  when it was added, ms since 1970
 *    24  the bytes
 */
#ifndef DSMR_SPOOL_SPOOL_FORMAT_H
#define DSMR_SPOOL_SPOOL_FORMAT_H

#include "spool/spool.h"

enum { SPOOL_HEADER = 24 };

/* Writes what stands before the record's bytes. */
void spool_format_header(const struct spool_record *record, unsigned char out[SPOOL_HEADER]);

enum spool_form {
    SPOOL_WHOLE, /* record is set; its bytes point into the buffer */
    SPOOL_CUT,   /* it goes on behind the buffer: record->size says how long it claims to be */
    SPOOL_BAD,   /* this was never written so */
};

/* Reads the record at the start of a buffer. */
enum spool_form spool_format_read(const unsigned char *buffer, size_t size,
                                  struct spool_record *record);

/*
 * What is done: all records up to a number, and all up to one beyond it but for a few. On disk, so that
 * a torn one shows:
 *
 *     0  done
 *     8  CRC-32 of the 8 bytes before it
 *    12  beyond; from here on only where there is more than done
 *    20  the numbers that are not done, 8 bytes each
 *     …  CRC-32 of everything from 12 on
 */
enum { SPOOL_UNDONE = 300 };
struct spool_marks {
    uint64_t done;
    uint64_t
        beyond; /* all up to this one are done, but for those of undone; 0: nothing is beyond */
    size_t count;
    uint64_t undone[SPOOL_UNDONE]; /* rising */
};

/* Returns the bytes that were written. */
enum { SPOOL_MARKS_MAX = 12 + 8 + 8 * SPOOL_UNDONE + 4 };
size_t spool_format_marks(const struct spool_marks *marks, unsigned char out[SPOOL_MARKS_MAX]);

/* What is torn or missing is 0. */
void spool_format_read_marks(const unsigned char *bytes, size_t size, struct spool_marks *marks);

/* True when this record is done. */
bool spool_marks_have(const struct spool_marks *marks, uint64_t number);

#endif
