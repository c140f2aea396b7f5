/* SPDX-License-Identifier: MIT */
/*
 * The files of a spool. Every call waits for the disk; one thread at a time.
 *
 *     00000000000000000001.spool   records, one behind the other, of this number and above
 *     00000000000000000713.spool   the next segment; a segment is closed at 1 MiB
 *     done                         the number of the last record that is done with all before it,
 *                                  and what is done beyond that
 *     lock                         held by the dsmr that uses the folder
 */
#ifndef DSMR_SPOOL_SPOOL_FOLDER_H
#define DSMR_SPOOL_SPOOL_FOLDER_H

#include "spool/spool_format.h"

enum {
    SPOOL_SEGMENT = 1024 * 1024,
    SPOOL_TIDY = 256 * 1024, /* a segment of which everything is done goes at this size */
};

struct spool_folder;

/* NULL with *error (one line, freed by the caller) when the folder cannot be used. */
struct spool_folder *spool_folder_open(const char *path, uint64_t limit, char **error);
void spool_folder_close(struct spool_folder *folder);

/* The highest number that was ever used, and that of the last record that is done. */
uint64_t spool_folder_last(const struct spool_folder *folder);
uint64_t spool_folder_done(const struct spool_folder *folder);

/* All that is known of it; valid until spool_folder_mark(). */
const struct spool_marks *spool_folder_marks(const struct spool_folder *folder);

/* How many are done beyond that, about: numbers that were never written are among them. */
uint64_t spool_folder_done_beyond(const struct spool_folder *folder);

/* Bytes of all segments. */
uint64_t spool_folder_bytes(const struct spool_folder *folder);

/* Records lost since it was opened: dropped to make room, and those that cannot be read. */
uint64_t spool_folder_dropped(const struct spool_folder *folder);
uint64_t spool_folder_unreadable(const struct spool_folder *folder);

/*
 * Appends a record, whose number must be above all before it. The oldest segment makes room when
 * that is needed. Returns 0, or errno and nothing is changed.
 */
int spool_folder_append(struct spool_folder *folder, const struct spool_record *record);

/*
 * What is done is not read again, and is removed where whole segments are done with all before them.
 * held is the number up to which the owner has everything in memory, which is not dropped with its
 * segment.
 */
void spool_folder_mark(struct spool_folder *folder, const struct spool_marks *marks, uint64_t held);

/*
 * Reads the records behind a number, in order, until it has at least size bytes of them or there
 * are no more. use() is called for each. Returns true when there are no more.
 */
bool spool_folder_read(struct spool_folder *folder, uint64_t behind, size_t size,
                       void (*use)(void *context, const struct spool_record *record),
                       void *context);

/* The number up to which the last reading came: what is not done up to there was handed on. */
uint64_t spool_folder_place(const struct spool_folder *folder);

/* Brings to the disk what was appended. Returns 0 or errno. */
int spool_folder_sync(struct spool_folder *folder);

#endif
