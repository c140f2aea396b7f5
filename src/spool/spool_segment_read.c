/* SPDX-License-Identifier: MIT */
#include "spool/spool_segment_read.h"

#include "core/memory.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

enum { CHUNK = 64 * 1024 }; /* bytes read at once, but for a record that is larger */

/* Bytes of the segment from offset on: a chunk, or as much as the first record there needs. */
static size_t read_chunk(int fd, uint64_t offset, uint64_t size, unsigned char **buffer)
{
    size_t wanted = CHUNK, held = 0;
    if (offset >= size)
        return 0;
    for (;;) {
        wanted = wanted < size - offset ? wanted : (size_t)(size - offset);
        *buffer = memory_grow(*buffer, wanted, 1);
        while (held < wanted) {
            ssize_t got = pread(fd, *buffer + held, wanted - held, (off_t)(offset + held));
            if (got <= 0)
                return held;
            held += (size_t)got;
        }
        struct spool_record record;
        enum spool_form form = spool_format_read(*buffer, held, &record);
        if (form != SPOOL_CUT || held < SPOOL_HEADER || held == size - offset)
            return held;
        wanted = SPOOL_HEADER + record.size;
    }
}

static bool is_done_beyond(const struct segment_reading *reading, uint64_t number)
{
    return reading->marks != NULL && number > reading->marks->done &&
           spool_marks_have(reading->marks, number);
}

/* Hands on the whole records of a chunk that are wanted; returns the bytes it went over. */
static size_t use_chunk(struct segment_reading *reading, uint64_t first, const unsigned char *chunk,
                        size_t size)
{
    struct spool_record record;
    size_t at = 0;
    while (at < size && spool_format_read(chunk + at, size - at, &record) == SPOOL_WHOLE &&
           record.number >= first && record.number <= reading->last) {
        at += SPOOL_HEADER + record.size;
        if (record.number <= reading->behind)
            continue;
        reading->behind = record.number;
        if (is_done_beyond(reading, record.number))
            continue;
        reading->used += record.size;
        reading->use(reading->context, &record);
    }
    return at;
}

void segment_read(const struct segments *segments, const struct segment *segment,
                  struct segment_reading *reading, size_t enough)
{
    unsigned char *chunk = NULL;
    int fd = segments_open(segments, segment->first, O_RDONLY);
    size_t over = fd >= 0 ? 1 : 0;
    while (over > 0 && reading->used < enough) {
        size_t size = read_chunk(fd, reading->offset, segment->size, &chunk);
        over = use_chunk(reading, segment->first, chunk, size);
        reading->offset += over;
    }
    free(chunk);
    if (fd >= 0)
        close(fd);
}
