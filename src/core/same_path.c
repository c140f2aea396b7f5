/* SPDX-License-Identifier: MIT */
#include "core/same_path.h"

#include "core/memory.h"

#include <stdlib.h>
#include <string.h>

/* Its folder in full and its own name; NULL when there is no such folder. Freed by the caller. */
static char *whole(const char *path)
{
    size_t size = strlen(path);
    while (size > 1 && path[size - 1] == '/')
        size--;
    size_t name = size;
    while (name > 0 && path[name - 1] != '/')
        name--;
    char *folder = name > 0 ? memory_copy(path, name) : memory_text(".");
    char *real = realpath(folder, NULL);
    char *place =
        real != NULL ? memory_print("%s/%.*s", real, (int)(size - name), path + name) : NULL;
    free(real);
    free(folder);
    return place;
}

bool same_path(const char *path, const char *other)
{
    char *place = whole(path);
    char *other_place = whole(other);
    bool same = strcmp(path, other) == 0 ||
                (place != NULL && other_place != NULL && strcmp(place, other_place) == 0);
    free(place);
    free(other_place);
    return same;
}
