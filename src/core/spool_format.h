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
#ifndef DSMR_CORE_SPOOL_FORMAT_H
#define DSMR_CORE_SPOOL_FORMAT_H

#include "core/spool.h"

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

/* The number of the last record that is done, in a form that shows a torn one. */
enum { SPOOL_MARK = 12 };
void spool_format_mark(uint64_t number, unsigned char out[SPOOL_MARK]);
bool spool_format_read_mark(const unsigned char mark[SPOOL_MARK], uint64_t *number);

#endif
