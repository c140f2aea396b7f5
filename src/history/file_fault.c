/* SPDX-License-Identifier: MIT */
#include "history/file_fault.h"

#include "core/memory.h"
#include "history/schema.h"

#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Places in the first 100 bytes of every SQLite file; numbers there are big-endian. */
enum { HEADER = 100, MAGIC = 16, PAGES = 28, VERSION = 60, APPLICATION = 68 };

static uint32_t number_at(const unsigned char *header, size_t place)
{
    const unsigned char *at = header + place;
    return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

/* What was written last may stand in a file beside it. */
static bool is_unmerged(const char *path)
{
    struct stat status;
    char *beside = memory_print("%s-wal", path);
    bool found = stat(beside, &status) == 0 && status.st_size > 0;
    free(beside);
    return found;
}

static const char *header_fault(const unsigned char *header, size_t size)
{
    static const char magic[MAGIC] = "SQLite format 3";
    static const char nothing[MAGIC];
    size_t begun = size < MAGIC ? size : MAGIC;
    if (memcmp(header, nothing, begun) == 0)
        return NULL; /* lost in a power cut: it is moved aside */
    if (memcmp(header, magic, begun) != 0)
        return "it is no history but another file";
    if (size < HEADER || number_at(header, PAGES) <= 1)
        return NULL;
    if (number_at(header, APPLICATION) != SCHEMA_APPLICATION)
        return "it is a database of another program";
    return number_at(header, VERSION) > SCHEMA_VERSION ? "it was written by a newer dsmr" : NULL;
}

const char *history_file_fault(const char *path)
{
    unsigned char header[HEADER];
    struct stat status;
    if (stat(path, &status) != 0)
        return NULL;
    if (!S_ISREG(status.st_mode))
        return S_ISDIR(status.st_mode) ? "it is a folder, no file" : "it is a device, no file";
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0)
        return NULL;
    ssize_t size = read(file, header, sizeof header);
    close(file);
    return size <= 0 || is_unmerged(path) ? NULL : header_fault(header, (size_t)size);
}
