/* SPDX-License-Identifier: MIT */
/*
 * Segments are only appended to, and only the last one; so after a crash only its end can be torn,
 * and is cut off when the folder is opened. A record that cannot be read in an older segment, since
 * the disk is bad, or that belongs to another, costs what stands behind it in that segment.
 */
#include "spool/spool_folder.h"

#include "core/memory.h"
#include "spool/spool_format.h"
#include "spool/spool_segment_read.h"
#include "spool/spool_segments.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

enum { LEAST_LIMIT = 2 * SPOOL_SEGMENT };

struct spool_folder {
    int fd; /* the folder itself */
    int lock;
    int mark;
    int newest; /* the last segment, -1 while there is none */
    uint64_t limit;
    uint64_t last;
    struct spool_marks marks;
    uint64_t held;
    uint64_t dropped;
    uint64_t unreadable;
    bool unsynced_name; /* a segment was made since the last sync */
    struct segments segments;
    /* Where the next read goes on. */
    uint64_t read_first;  /* the segment's name, 0: nowhere */
    uint64_t read_behind; /* the record before */
    uint64_t read_offset;
};

/* ------------------------------------------------------------------------------------------------
 * Reading
 */

/* What cannot be read is passed over. */
static void skip_rest(struct spool_folder *folder, const struct segment *segment,
                      struct segment_reading *reading)
{
    if (segment->last > reading->behind) {
        folder->unreadable += segment->last - reading->behind;
        reading->behind = segment->last;
    }
    reading->offset = segment->size;
}

bool spool_folder_read(struct spool_folder *folder, uint64_t behind, size_t size,
                       void (*use)(void *context, const struct spool_record *record), void *context)
{
    struct segment_reading reading = {
        .marks = &folder->marks, .behind = behind, .use = use, .context = context};
    size_t place = segments_find(&folder->segments, behind);
    if (place < folder->segments.count && folder->read_first == folder->segments.at[place].first &&
        folder->read_behind == behind)
        reading.offset = folder->read_offset;
    while (place < folder->segments.count) {
        const struct segment *segment = &folder->segments.at[place];
        reading.last = segment->last;
        segment_read(&folder->segments, segment, &reading, size);
        folder->read_first = segment->first;
        folder->read_offset = reading.offset;
        if (reading.used >= size)
            break;
        if (reading.offset < segment->size)
            skip_rest(folder, segment, &reading);
        folder->read_offset = reading.offset;
        reading.offset = 0;
        place++;
    }
    folder->read_behind = reading.behind;
    return place == folder->segments.count;
}

/* ------------------------------------------------------------------------------------------------
 * Opening
 */

static void note_last(void *context, const struct spool_record *record)
{
    *(uint64_t *)context = record->number;
}

/* Cuts off what a crash left unfinished behind the last whole record. */
static bool mend_newest(struct spool_folder *folder)
{
    struct segment *segment = segments_newest(&folder->segments);
    struct segment_reading reading = {
        .last = SPOOL_NUMBER_MAX, .use = note_last, .context = &segment->last};
    folder->newest = segments_open(&folder->segments, segment->first, O_RDWR);
    if (folder->newest < 0)
        return false;
    segment_read(&folder->segments, segment, &reading, SIZE_MAX);
    folder->segments.bytes -= segment->size - reading.offset;
    segment->size = reading.offset;
    return ftruncate(folder->newest, (off_t)segment->size) == 0;
}

static void read_marks(struct spool_folder *folder)
{
    unsigned char bytes[SPOOL_MARKS_MAX];
    struct spool_marks *marks = &folder->marks;
    ssize_t size = pread(folder->mark, bytes, sizeof bytes, 0);
    spool_format_read_marks(bytes, size > 0 ? (size_t)size : 0, marks);
    if (marks->done > SPOOL_NUMBER_MAX || marks->beyond > SPOOL_NUMBER_MAX)
        *marks = (struct spool_marks){0};
    if (folder->segments.count > 0 && folder->segments.at[0].first - 1 > marks->done)
        marks->done = folder->segments.at[0].first - 1;
}

static bool open_files(struct spool_folder *folder, const char *path)
{
    if (mkdir(path, 0700) != 0 && errno != EEXIST)
        return false;
    folder->fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (folder->fd < 0)
        return false;
    folder->segments.folder = folder->fd;
    folder->lock = openat(folder->fd, "lock", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (folder->lock < 0 || flock(folder->lock, LOCK_EX | LOCK_NB) != 0)
        return false;
    folder->mark = openat(folder->fd, "done", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (folder->mark < 0)
        return false;
    segments_list(&folder->segments);
    if (folder->segments.count > 0 && !mend_newest(folder))
        return false;
    read_marks(folder);
    folder->last = folder->segments.count > 0 ? segments_newest(&folder->segments)->last : 0;
    /* A number that is done, though its record did not reach the disk, is not given again. */
    if (folder->last < folder->marks.done)
        folder->last = folder->marks.done;
    if (folder->last < folder->marks.beyond)
        folder->last = folder->marks.beyond;
    return true;
}

struct spool_folder *spool_folder_open(const char *path, uint64_t limit, char **error)
{
    struct spool_folder *folder = memory_new(1, sizeof *folder);
    folder->fd = folder->lock = folder->mark = folder->newest = -1;
    folder->limit = limit > LEAST_LIMIT ? limit : LEAST_LIMIT;
    if (open_files(folder, path)) {
        const struct spool_marks marks = folder->marks;
        spool_folder_mark(folder, &marks, marks.done);
        return folder;
    }
    *error =
        errno == EWOULDBLOCK
            ? memory_print(
                  "%s is in use, by this or another dsmr: each spool needs a folder of its own",
                  path)
            : memory_print("%s cannot be used: %s", path, strerror(errno));
    spool_folder_close(folder);
    return NULL;
}

void spool_folder_close(struct spool_folder *folder)
{
    if (folder == NULL)
        return;
    const int fds[] = {folder->newest, folder->mark, folder->lock, folder->fd};
    for (size_t i = 0; i < sizeof fds / sizeof *fds; i++)
        if (fds[i] >= 0)
            close(fds[i]);
    segments_free(&folder->segments);
    free(folder);
}

/* ------------------------------------------------------------------------------------------------
 * Writing
 */

static int start_segment(struct spool_folder *folder, uint64_t first)
{
    int fd = segments_open(&folder->segments, first, O_RDWR | O_CREAT | O_EXCL);
    if (fd < 0)
        return errno;
    if (folder->newest >= 0)
        close(folder->newest);
    folder->newest = fd;
    folder->unsynced_name = true;
    segments_add(&folder->segments, first, 0);
    return 0;
}

static void drop_oldest(struct spool_folder *folder)
{
    const struct segment *oldest = &folder->segments.at[0];
    uint64_t safe = oldest->first - 1;
    if (folder->marks.done > safe)
        safe = folder->marks.done;
    if (folder->held > safe)
        safe = folder->held;
    if (oldest->last > safe)
        folder->dropped += oldest->last - safe;
    segments_remove_oldest(&folder->segments);
}

static int write_record(struct spool_folder *folder, const struct spool_record *record)
{
    unsigned char header[SPOOL_HEADER];
    struct segment *segment = segments_newest(&folder->segments);
    const size_t size = SPOOL_HEADER + record->size;
    struct iovec parts[] = {{header, sizeof header}, {(void *)record->bytes, record->size}};
    spool_format_header(record, header);
    ssize_t written = pwritev(folder->newest, parts, 2, (off_t)segment->size);
    if (written == (ssize_t)size) {
        segment->size += size;
        segment->last = record->number;
        folder->segments.bytes += size;
        folder->last = record->number;
        return 0;
    }
    int error = written < 0 ? errno : ENOSPC;
    /* Should this fail too, what is left of the record is written over, or cut off when opened. */
    if (ftruncate(folder->newest, (off_t)segment->size) != 0)
        return error;
    return error;
}

int spool_folder_append(struct spool_folder *folder, const struct spool_record *record)
{
    if (folder->segments.count == 0 || segments_newest(&folder->segments)->size >= SPOOL_SEGMENT) {
        int error = start_segment(folder, record->number);
        if (error != 0)
            return error;
    }
    while (folder->segments.count > 1 &&
           folder->segments.bytes + SPOOL_HEADER + record->size > folder->limit)
        drop_oldest(folder);
    return write_record(folder, record);
}

/* One that is shorter than that before it would leave its tail behind: it is cut off first, and is
 * then at worst a mark that says less. */
static bool write_marks(const struct spool_folder *folder)
{
    unsigned char bytes[SPOOL_MARKS_MAX];
    size_t size = spool_format_marks(&folder->marks, bytes);
    return ftruncate(folder->mark, (off_t)size) == 0 &&
           pwrite(folder->mark, bytes, size, 0) == (ssize_t)size;
}

void spool_folder_mark(struct spool_folder *folder, const struct spool_marks *marks, uint64_t held)
{
    uint64_t done = marks->done;
    folder->marks = *marks;
    folder->held = held;
    /* Should it fail, an older mark stays: some records come twice after a crash. */
    bool marked = write_marks(folder);
    if (folder->segments.count == 0 || !marked)
        return;
    /* The numbers go on in the name of an empty segment, which outlives a power failure. */
    const struct segment *last = segments_newest(&folder->segments);
    if (last->last <= done && last->size >= SPOOL_TIDY && start_segment(folder, done + 1) != 0)
        return;
    while (folder->segments.count > 1 && folder->segments.at[0].last <= done)
        segments_remove_oldest(&folder->segments);
}

int spool_folder_sync(struct spool_folder *folder)
{
    if (folder->newest >= 0 && fdatasync(folder->newest) != 0)
        return errno;
    if (folder->unsynced_name && fsync(folder->fd) != 0)
        return errno;
    folder->unsynced_name = false;
    return 0;
}

uint64_t spool_folder_last(const struct spool_folder *folder)
{
    return folder->last;
}

uint64_t spool_folder_done(const struct spool_folder *folder)
{
    return folder->marks.done;
}

const struct spool_marks *spool_folder_marks(const struct spool_folder *folder)
{
    return &folder->marks;
}

uint64_t spool_folder_done_beyond(const struct spool_folder *folder)
{
    const struct spool_marks *marks = &folder->marks;
    uint64_t between = marks->beyond > marks->done ? marks->beyond - marks->done : 0;
    return between > marks->count ? between - marks->count : 0;
}

uint64_t spool_folder_place(const struct spool_folder *folder)
{
    return folder->read_behind;
}

uint64_t spool_folder_bytes(const struct spool_folder *folder)
{
    return folder->segments.bytes;
}

uint64_t spool_folder_dropped(const struct spool_folder *folder)
{
    return folder->dropped;
}

uint64_t spool_folder_unreadable(const struct spool_folder *folder)
{
    return folder->unreadable;
}
