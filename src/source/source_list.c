/* SPDX-License-Identifier: MIT */
#include "source/source_list.h"

#include <string.h>

struct source *source_open(const struct source_setup *setup, char **error)
{
    /* A device has no scheme: it comes last. */
    static const struct source_kind *const kinds[] = {&tcp_source, &simulated_source,
                                                      &serial_source};
    const size_t last = sizeof kinds / sizeof kinds[0] - 1;
    size_t i = 0;
    while (i < last && strncmp(setup->port, kinds[i]->scheme, strlen(kinds[i]->scheme)) != 0)
        i++;
    return kinds[i]->open(setup, error);
}
