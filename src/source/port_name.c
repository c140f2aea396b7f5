/* SPDX-License-Identifier: MIT */
#include "source/port_name.h"

#include "core/memory.h"

#include <dirent.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static bool same_device(const char *path, const char *other)
{
    struct stat a;
    struct stat b;
    return stat(path, &a) == 0 && stat(other, &b) == 0 && S_ISCHR(a.st_mode) &&
           S_ISCHR(b.st_mode) && a.st_rdev == b.st_rdev;
}

char *port_name_of(const char *folder, const char *path)
{
    DIR *names = opendir(folder);
    if (!names)
        return NULL;
    char *found = NULL;
    const struct dirent *entry;
    while (!found && (entry = readdir(names))) {
        if (entry->d_name[0] == '.')
            continue;
        char *name = memory_print("%s/%s", folder, entry->d_name);
        if (same_device(name, path))
            found = name;
        else
            free(name);
    }
    closedir(names);
    return found;
}

const char *port_name_resolve(const char *path, const char *stable)
{
    struct stat there;
    if (!stable || stat(stable, &there) != 0)
        return path;
    return same_device(stable, path) ? path : stable;
}
