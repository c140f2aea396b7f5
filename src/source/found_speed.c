/* SPDX-License-Identifier: MIT */
#include "source/found_speed.h"

#include "core/memory.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* One file a port: speed-dev-ttyUSB0. */
static char *file_of(const char *folder, const char *port)
{
    char *path = memory_print("%s/speed-%s", folder, port[0] == '/' ? port + 1 : port);
    for (char *at = path + strlen(folder) + 1; *at; at++)
        if (!isalnum((unsigned char)*at) && *at != '.' && *at != '_')
            *at = '-';
    return path;
}

int found_speed_read(const char *folder, const char *port)
{
    if (!folder)
        return 0;
    char *path = file_of(folder, port);
    FILE *file = fopen(path, "re");
    int baud = 0;
    char line[32];
    if (file && fgets(line, sizeof line, file)) {
        long read = strtol(line, NULL, 10);
        baud = read == 115200 || read == 9600 ? (int)read : 0;
    }
    if (file)
        fclose(file);
    free(path);
    return baud;
}

void found_speed_write(const char *folder, const char *port, int baud)
{
    if (!folder)
        return;
    char *path = file_of(folder, port);
    char *fresh = memory_print("%s.new", path);
    FILE *file = fopen(fresh, "we");
    bool written = file && fprintf(file, "%d\n", baud) > 0;
    if (file)
        written = fclose(file) == 0 && written;
    if (!written || rename(fresh, path) != 0)
        unlink(fresh);
    free(fresh);
    free(path);
}

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
