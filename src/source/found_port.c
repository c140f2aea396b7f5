/* SPDX-License-Identifier: MIT */
#include "source/found_port.h"

#include "core/state_folder.h"

#include <stdlib.h>

static const char file[] = "auto-port";

char *found_port_read(const char *folder)
{
    char *port = state_line_read(folder, file);
    if (port && port[0] == '/')
        return port;
    free(port);
    return NULL;
}

void found_port_write(const char *folder, const char *port)
{
    state_line_write(folder, file, port);
}
