/* SPDX-License-Identifier: MIT */
/* The telegrams of tests/golden, for tests that hold for every telegram there is. */
#ifndef DSMR_TESTS_GOLDEN_FILES_H
#define DSMR_TESTS_GOLDEN_FILES_H

#include <dirent.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { GOLDEN_FILES = 256 };

struct golden {
    char name[128];
    char *bytes;
    size_t size;
};

struct golden_files {
    struct golden files[GOLDEN_FILES];
    size_t count;
};

static inline bool golden_read(struct golden *golden, const char *folder, const char *name)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    snprintf(golden->name, sizeof golden->name, "%s", name);
    FILE *file = fopen(path, "rb");
    golden->bytes = malloc(65536);
    if (!file || !golden->bytes)
        abort();
    golden->size = fread(golden->bytes, 1, 65536, file);
    fclose(file);
    return golden->size < 65536;
}

/* Reads all of them; false when there are none or one is too large. */
static inline bool golden_open(struct golden_files *golden, const char *folder)
{
    DIR *entries = opendir(folder);
    struct dirent *entry;
    bool good = entries != NULL;
    golden->count = 0;
    while (good && (entry = readdir(entries)) != NULL && golden->count < GOLDEN_FILES) {
        size_t length = strlen(entry->d_name);
        if (length > 4 && strcmp(entry->d_name + length - 4, ".txt") == 0)
            good = golden_read(&golden->files[golden->count++], folder, entry->d_name);
    }
    if (entries)
        closedir(entries);
    return good && golden->count > 0;
}

static inline void golden_close(struct golden_files *golden)
{
    for (size_t i = 0; i < golden->count; i++)
        free(golden->files[i].bytes);
    golden->count = 0;
}

#endif
