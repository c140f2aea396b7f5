/* SPDX-License-Identifier: MIT */
/* Names have twenty digits, so that ls shows the segments in their order. */
#include "spool/spool_segments.h"

#include "core/memory.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { NAME_SIZE = 32 };

static void print_name(uint64_t first, char name[NAME_SIZE])
{
    snprintf(name, NAME_SIZE, "%020llu.spool", (unsigned long long)first);
}

static bool parse_name(const char *name, uint64_t *first)
{
    char again[NAME_SIZE];
    char *end;
    if (strlen(name) != strlen("00000000000000000001.spool"))
        return false;
    *first = strtoull(name, &end, 10);
    print_name(*first, again);
    return *first > 0 && *first <= SPOOL_NUMBER_MAX && strcmp(name, again) == 0;
}

struct segment *segments_newest(const struct segments *segments)
{
    return &segments->at[segments->count - 1];
}

void segments_add(struct segments *segments, uint64_t first, uint64_t size)
{
    segments->at = memory_grow(segments->at, segments->count + 1, sizeof *segments->at);
    segments->at[segments->count++] = (struct segment){first, first - 1, size};
    segments->bytes += size;
}

void segments_remove_oldest(struct segments *segments)
{
    char name[NAME_SIZE];
    print_name(segments->at[0].first, name);
    unlinkat(segments->folder, name, 0);
    segments->bytes -= segments->at[0].size;
    segments->count--;
    memmove(segments->at, segments->at + 1, segments->count * sizeof *segments->at);
}

int segments_open(const struct segments *segments, uint64_t first, int flags)
{
    char name[NAME_SIZE];
    print_name(first, name);
    return openat(segments->folder, name, flags | O_CLOEXEC, 0600);
}

size_t segments_find(const struct segments *segments, uint64_t behind)
{
    size_t place = 0;
    while (place + 1 < segments->count && segments->at[place + 1].first <= behind + 1)
        place++;
    return place;
}

static int compare(const void *a, const void *b)
{
    uint64_t first = ((const struct segment *)a)->first;
    uint64_t second = ((const struct segment *)b)->first;
    return (first > second) - (first < second);
}

/* One that cannot be looked at is left alone. */
static void add_listed(struct segments *segments, const char *name)
{
    struct stat status;
    uint64_t first;
    if (parse_name(name, &first) &&
        fstatat(segments->folder, name, &status, AT_SYMLINK_NOFOLLOW) == 0 &&
        S_ISREG(status.st_mode))
        segments_add(segments, first, (uint64_t)status.st_size);
}

void segments_list(struct segments *segments)
{
    int fd = openat(segments->folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *list = fd >= 0 ? fdopendir(fd) : NULL;
    struct dirent *entry;
    if (list == NULL) {
        if (fd >= 0)
            close(fd);
        return;
    }
    while ((entry = readdir(list)) != NULL)
        add_listed(segments, entry->d_name);
    closedir(list);
    if (segments->count > 1)
        qsort(segments->at, segments->count, sizeof *segments->at, compare);
    for (size_t i = 0; i + 1 < segments->count; i++)
        segments->at[i].last = segments->at[i + 1].first - 1;
}

void segments_free(struct segments *segments)
{
    free(segments->at);
    *segments = (struct segments){.folder = segments->folder};
}
