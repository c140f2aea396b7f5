/* SPDX-License-Identifier: MIT */
#include "core/state_folder.h"

#include "core/memory.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Like mkdir -p: on a fresh account not even ~/.local is there. */
static void make_folder(const char *path)
{
    char *parent = memory_text(path);
    for (char *slash = strchr(parent + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        mkdir(parent, 0700);
        *slash = '/';
    }
    mkdir(path, 0700);
    free(parent);
}

char *state_folder_find(void)
{
    const char *systemd = getenv("STATE_DIRECTORY");
    const char *xdg = getenv("XDG_STATE_HOME");
    const char *home = getenv("HOME");
    char *folder = NULL;
    if (systemd && systemd[0] == '/')
        return memory_copy(systemd, strcspn(systemd, ":"));
    if (xdg && xdg[0] == '/')
        folder = memory_print("%s/dsmr", xdg);
    else if (geteuid() == 0)
        folder = memory_text("/var/lib/dsmr");
    else if (home && home[0] == '/')
        folder = memory_print("%s/.local/state/dsmr", home);
    if (folder)
        make_folder(folder);
    return folder;
}

char *state_line_read(const char *folder, const char *name)
{
    char line[512] = "";
    if (!folder)
        return NULL;
    char *path = memory_print("%s/%s", folder, name);
    FILE *file = fopen(path, "re");
    free(path);
    if (!file)
        return NULL;
    bool any = fgets(line, sizeof line, file) != NULL;
    fclose(file);
    const char *end = strchr(line, '\n');
    return any && end ? memory_copy(line, (size_t)(end - line)) : NULL;
}

void state_line_write(const char *folder, const char *name, const char *line)
{
    if (!folder)
        return;
    char *path = memory_print("%s/%s", folder, name);
    char *fresh = memory_print("%s.new", path);
    FILE *file = fopen(fresh, "we");
    bool written = file && fprintf(file, "%s\n", line) > 0;
    if (file)
        written = fclose(file) == 0 && written;
    if (!written || rename(fresh, path) != 0)
        unlink(fresh);
    free(fresh);
    free(path);
}
