/* SPDX-License-Identifier: MIT */
#include "core/path_fault.h"

#include "core/memory.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

const char *path_fault(int error)
{
    switch (error) {
    case ENOENT:
        return "its folder is not there; make it with mkdir, or where it is in /run with "
               "RuntimeDirectory= in the systemd unit";
    case ENOTDIR:
        return "what should be its folder is a file; name another path";
    case EACCES:
    case EPERM:
        return "no permission to write in its folder; give it to the user that dsmr runs as";
    default:
        return strerror(error);
    }
}

int path_folder_error(const char *path)
{
    size_t size = strlen(path);
    while (size > 0 && path[size - 1] == '/')
        size--;
    while (size > 0 && path[size - 1] != '/')
        size--;
    char *folder = memory_copy(path, size);
    struct stat found;
    bool there = stat(*folder != '\0' ? folder : ".", &found) == 0;
    int error = there || (errno != ENOENT && errno != ENOTDIR) ? 0 : errno;
    free(folder);
    return error;
}
