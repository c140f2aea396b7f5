/* SPDX-License-Identifier: MIT */
#include "source/found_speed.h"

#include "core/memory.h"
#include "core/state_folder.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>

/* One file a port: speed-dev-ttyUSB0. */
static char *file_of(const char *port)
{
    char *name = memory_print("speed-%s", port[0] == '/' ? port + 1 : port);
    for (char *at = name; *at; at++)
        if (!isalnum((unsigned char)*at) && *at != '.' && *at != '_')
            *at = '-';
    return name;
}

int found_speed_read(const char *folder, const char *port)
{
    char *name = file_of(port);
    char *line = state_line_read(folder, name);
    long baud = line ? strtol(line, NULL, 10) : 0;
    free(line);
    free(name);
    return baud == 115200 || baud == 9600 ? (int)baud : 0;
}

void found_speed_write(const char *folder, const char *port, int baud)
{
    char line[16];
    char *name = file_of(port);
    snprintf(line, sizeof line, "%d", baud);
    state_line_write(folder, name, line);
    free(name);
}
