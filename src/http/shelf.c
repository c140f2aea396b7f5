/* SPDX-License-Identifier: MIT */
/*
 * A reader goes with its file, and the file may be moved aside when it is damaged: readers are used for a
 * while only.
 */
#include "http/shelf.h"

#include "core/memory.h"

#include <pthread.h>
#include <stdlib.h>

enum { KEPT = 2, USED_FOR_S = 60 };

struct shelf {
    pthread_mutex_t lock;
    size_t users;
    char *path;
    struct shelf_reader kept[KEPT];
    size_t count;
};

static time_t now_s(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec;
}

struct shelf *shelf_new(const char *path)
{
    struct shelf *shelf = memory_new(1, sizeof *shelf);
    pthread_mutex_init(&shelf->lock, NULL);
    shelf->users = 1;
    shelf->path = memory_text(path);
    return shelf;
}

struct shelf *shelf_keep(struct shelf *shelf)
{
    pthread_mutex_lock(&shelf->lock);
    shelf->users++;
    pthread_mutex_unlock(&shelf->lock);
    return shelf;
}

void shelf_release(struct shelf *shelf)
{
    if (!shelf)
        return;
    pthread_mutex_lock(&shelf->lock);
    size_t users = --shelf->users;
    pthread_mutex_unlock(&shelf->lock);
    if (users > 0)
        return;
    for (size_t i = 0; i < shelf->count; i++)
        history_reader_close(shelf->kept[i].reader);
    pthread_mutex_destroy(&shelf->lock);
    free(shelf->path);
    free(shelf);
}

const char *shelf_path(const struct shelf *shelf)
{
    return shelf->path;
}

struct shelf_reader shelf_take(struct shelf *shelf, char **error)
{
    struct shelf_reader found = {0};
    time_t now = now_s();
    pthread_mutex_lock(&shelf->lock);
    while (!found.reader && shelf->count > 0) {
        found = shelf->kept[--shelf->count];
        if (now - found.opened < USED_FOR_S)
            continue;
        history_reader_close(found.reader);
        found.reader = NULL;
    }
    pthread_mutex_unlock(&shelf->lock);
    if (found.reader)
        return found;
    return (struct shelf_reader){history_reader_open(shelf->path, error), now};
}

void shelf_put(struct shelf *shelf, struct shelf_reader reader, bool broken)
{
    pthread_mutex_lock(&shelf->lock);
    bool room = shelf->count < KEPT && !broken;
    if (room)
        shelf->kept[shelf->count++] = reader;
    pthread_mutex_unlock(&shelf->lock);
    if (!room)
        history_reader_close(reader.reader);
}
