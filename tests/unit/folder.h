/* SPDX-License-Identifier: MIT */
/* A temporary folder for a test. */
#ifndef DSMR_TESTS_FOLDER_H
#define DSMR_TESTS_FOLDER_H

#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

struct folder {
    char path[64];
    char name[512]; /* of the last folder_at() */
};

static inline void folder_make(struct folder *folder)
{
    strcpy(folder->path, "/tmp/dsmr-test-XXXXXX");
    assert_non_null(mkdtemp(folder->path));
}

/* The path of a file in it; valid until the next call. */
static inline const char *folder_at(struct folder *folder, const char *file)
{
    snprintf(folder->name, sizeof folder->name, "%s/%s", folder->path, file);
    return folder->name;
}

static inline void folder_write(struct folder *folder, const char *file, const char *text)
{
    FILE *stream = fopen(folder_at(folder, file), "w");
    assert_non_null(stream);
    assert_true(fputs(text, stream) >= 0);
    assert_int_equal(fclose(stream), 0);
}

/* How many files are in it. */
static inline int folder_count(const struct folder *folder)
{
    int count = 0;
    DIR *files = opendir(folder->path);
    assert_non_null(files);
    for (const struct dirent *entry; (entry = readdir(files)) != NULL;)
        count += entry->d_name[0] != '.';
    closedir(files);
    return count;
}

/* Removes it with all files in it. */
static inline void folder_remove(struct folder *folder)
{
    DIR *files = opendir(folder->path);
    assert_non_null(files);
    for (const struct dirent *entry; (entry = readdir(files)) != NULL;)
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
            unlinkat(dirfd(files), entry->d_name, 0);
    closedir(files);
    assert_int_equal(rmdir(folder->path), 0);
}

#endif
