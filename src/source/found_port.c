/* SPDX-License-Identifier: MIT */
#include "source/found_port.h"

#include "core/memory.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char *file_of(const char *folder)
{
    return memory_print("%s/auto-port", folder);
}

char *found_port_read(const char *folder)
{
    char line[512] = "";
    if (!folder)
        return NULL;
    char *path = file_of(folder);
    FILE *file = fopen(path, "re");
    free(path);
    if (!file)
        return NULL;
    bool any = fgets(line, sizeof line, file) != NULL;
    fclose(file);
    /* A line that is not whole is no name. */
    char *end = strchr(line, '\n');
    if (!any || line[0] != '/' || !end)
        return NULL;
    return memory_copy(line, (size_t)(end - line));
}

void found_port_write(const char *folder, const char *port)
{
    if (!folder)
        return;
    char *path = file_of(folder);
    char *fresh = memory_print("%s.new", path);
    FILE *file = fopen(fresh, "we");
    bool written = file && fprintf(file, "%s\n", port) > 0;
    if (file)
        written = fclose(file) == 0 && written;
    if (!written || rename(fresh, path) != 0)
        unlink(fresh);
    free(fresh);
    free(path);
}
