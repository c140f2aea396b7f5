/* SPDX-License-Identifier: MIT */
#include "source/source_list.h"

#include <string.h>
#include <strings.h>
#include <sys/stat.h>

static bool is_pipe(const char *path)
{
    struct stat found;
    return stat(path, &found) == 0 && S_ISFIFO(found.st_mode);
}

/* What has no scheme is a path: of a device, as far as is known yet. */
static const struct source_kind *kind_of(const char *port)
{
    static const struct source_kind *const kinds[] = {
        &tcp_source,  &rfc2217_source, &input_source, &pipe_source,
        &file_source, &mqtt_source,    &mqtts_source, &simulated_source,
    };
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
        if (strncasecmp(port, kinds[i]->scheme, strlen(kinds[i]->scheme)) == 0)
            return kinds[i];
    if (strcmp(port, "-") == 0)
        return &input_source;
    if (strcasecmp(port, auto_source.scheme) == 0)
        return &auto_source;
    return is_pipe(port) ? &pipe_source : &serial_source;
}

struct source *source_open(const struct source_setup *setup, char **error)
{
    return kind_of(setup->port)->open(setup, error);
}
