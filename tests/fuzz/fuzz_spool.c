/* SPDX-License-Identifier: MIT */
/*
 * Any bytes in the files of a spool: what is read of them is whole and in order, and what is added
 * afterwards is found again.
 *
 * The input: a byte of choices, two with the size of the file "done", that file; then for each segment
 * three bytes (how far its name is above the one before, and its size) and the file.
 */
#include "core/memory.h"
#include "spool/spool_folder.h"
#include "spool/spool_format.h"
#include "spool/spool_segments.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    SEALED = 1,      /* checksums are made right, so that what is behind them is reached */
    MARK_SEALED = 2, /* that of "done" as well */
    FAR = 4,         /* names of segments are far apart */
    CHOICES = 8,
    AT_ONCE = 64,     /* bytes that are read at once, times one more than the other bits say */
    SEGMENTS_MAX = 4, /* files */
};

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

struct input {
    const uint8_t *at;
    size_t left;
};

static void must(bool condition)
{
    if (!condition)
        abort();
}

static uint64_t take_number(struct input *input, size_t count)
{
    uint64_t number = 0;
    for (; count > 0 && input->left > 0; count--, input->at++, input->left--)
        number = number << 8 | *input->at;
    return number;
}

/* The next bytes, at most so many. Freed by the caller. */
static unsigned char *take(struct input *input, size_t *size)
{
    *size = *size < input->left ? *size : input->left;
    unsigned char *copy = (unsigned char *)memory_copy((const char *)input->at, *size);
    input->at += *size;
    input->left -= *size;
    return copy;
}

static void seal(unsigned char *file, size_t size)
{
    struct spool_record record;
    for (size_t at = 0; size - at >= SPOOL_HEADER; at += SPOOL_HEADER + record.size) {
        file[at + 6] = file[at + 7] = 0; /* a size of less than 64 KiB */
        spool_format_read(file + at, size - at, &record);
        if (record.size > size - at - SPOOL_HEADER)
            record.size = size - at - SPOOL_HEADER;
        memcpy(&record.number, file + at + 8, sizeof record.number);
        record.bytes = (const char *)file + at + SPOOL_HEADER;
        spool_format_header(&record, file + at);
    }
}

static void write_file(int folder, const char *name, const unsigned char *file, size_t size)
{
    int fd = openat(folder, name, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    must(fd >= 0 && write(fd, file, size) == (ssize_t)size);
    close(fd);
}

/* The numbers that the bytes have, as the program would write them. */
static size_t seal_marks(const unsigned char *file, size_t size,
                         unsigned char sealed[SPOOL_MARKS_MAX])
{
    struct spool_marks marks = {0};
    if (size >= sizeof marks.done)
        memcpy(&marks.done, file, sizeof marks.done);
    if (size >= 2 * sizeof marks.done)
        memcpy(&marks.beyond, file + sizeof marks.done, sizeof marks.beyond);
    for (size_t at = 16; at + 8 <= size && marks.count < SPOOL_UNDONE; at += 8)
        memcpy(&marks.undone[marks.count++], file + at, 8);
    return spool_format_marks(&marks, sealed);
}

static void write_marks(int folder, struct input *input, unsigned choices)
{
    unsigned char sealed[SPOOL_MARKS_MAX];
    size_t size = (size_t)take_number(input, 2);
    unsigned char *file = take(input, &size);
    if ((choices & MARK_SEALED) != 0)
        write_file(folder, "done", sealed, seal_marks(file, size, sealed));
    else
        write_file(folder, "done", file, size);
    free(file);
}

static void write_segments(int folder, struct input *input, unsigned choices)
{
    uint64_t first = 0;
    for (int i = 0; i < SEGMENTS_MAX && input->left > 0; i++) {
        char name[64];
        uint64_t step = take_number(input, 1);
        size_t size = (size_t)take_number(input, 2);
        unsigned char *file = take(input, &size);
        first += (choices & FAR) != 0 ? step << 56 : step;
        if ((choices & SEALED) != 0)
            seal(file, size);
        snprintf(name, sizeof name, "%020llu.spool", (unsigned long long)first);
        write_file(folder, name, file, size);
        free(file);
    }
}

/* ------------------------------------------------------------------------------------------------
 * Using it
 */

struct seen {
    uint64_t last; /* number */
    uint64_t sum;  /* of everything, in order */
    size_t count;
    bool ended_with_ours;
};

static const char ours[] = "added by us";

static void note(void *context, const struct spool_record *record)
{
    struct seen *seen = context;
    must(record->number > seen->last && record->size <= SPOOL_RECORD_MAX);
    seen->last = record->number;
    seen->count++;
    seen->ended_with_ours =
        record->size == sizeof ours && memcmp(record->bytes, ours, sizeof ours) == 0;
    for (size_t i = 0; i < record->size; i++)
        seen->sum = seen->sum * 31 + (unsigned char)record->bytes[i];
}

/* Reads all that is behind a number, so many bytes at a time. */
static struct seen read_all(struct spool_folder *folder, uint64_t behind, size_t at_once)
{
    struct seen seen = {.last = behind};
    bool all;
    do {
        uint64_t before = seen.last;
        all = spool_folder_read(folder, before, at_once, note, &seen);
        must(all || seen.last > before);
    } while (!all);
    must(seen.last <= spool_folder_last(folder) || seen.count == 0);
    return seen;
}

static void add_one(struct spool_folder *folder)
{
    uint64_t before = spool_folder_last(folder);
    struct spool_record record = {
        .number = before + 1, .added_ms = 1, .bytes = ours, .size = sizeof ours};
    must(spool_folder_append(folder, &record) == 0);
    must(spool_folder_last(folder) == before + 1);
    struct seen seen = read_all(folder, before, 1);
    must(seen.count == 1 && seen.last == before + 1 && seen.ended_with_ours);
}

/* Reads, adds, opens it again, and is done with all of it. */
static void use(const char *path, size_t at_once)
{
    char *error = NULL;
    struct spool_folder *folder = spool_folder_open(path, 1, &error);
    must(folder != NULL);
    must(spool_folder_done(folder) <= spool_folder_last(folder));
    uint64_t done = spool_folder_done(folder);
    struct seen once = read_all(folder, done, SIZE_MAX);
    struct seen pieces = read_all(folder, done, at_once);
    must(once.count == pieces.count && once.sum == pieces.sum && once.last == pieces.last);
    if (spool_folder_last(folder) > SPOOL_NUMBER_MAX / 2) { /* nobody gets there */
        spool_folder_close(folder);
        return;
    }
    add_one(folder);
    spool_folder_close(folder);

    folder = spool_folder_open(path, 1, &error);
    must(folder != NULL && spool_folder_done(folder) >= done);
    struct seen again = read_all(folder, done, at_once);
    must(again.count == once.count + 1 && again.ended_with_ours);
    const struct spool_marks all = {.done = again.last};
    spool_folder_mark(folder, &all, again.last);
    add_one(folder);
    spool_folder_close(folder);
}

/* Empties and removes it. */
static void remove_folder(const char *path, int folder)
{
    DIR *list = fdopendir(folder);
    struct dirent *entry;
    must(list != NULL);
    while ((entry = readdir(list)) != NULL)
        if (entry->d_name[0] != '.')
            must(unlinkat(folder, entry->d_name, 0) == 0);
    closedir(list);
    must(rmdir(path) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    struct input input = {bytes, size};
    /* In memory, where the machine has a place for that. */
    char path[64] = "/dev/shm/dsmr-fuzz-XXXXXX";
    if (mkdtemp(path) == NULL) {
        strcpy(path, "/tmp/dsmr-fuzz-XXXXXX");
        must(mkdtemp(path) != NULL);
    }
    int folder = open(path, O_RDONLY | O_DIRECTORY);
    must(folder >= 0);
    unsigned choices = (unsigned)take_number(&input, 1);
    write_marks(folder, &input, choices);
    write_segments(folder, &input, choices);
    use(path, (choices / CHOICES + 1) * AT_ONCE);
    remove_folder(path, folder);
    return 0;
}
