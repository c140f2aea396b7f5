/* SPDX-License-Identifier: MIT */
/* dsmr items: what stands in a file of telegrams. */
#ifndef DSMR_CMD_ITEMS_RECORDED_H
#define DSMR_CMD_ITEMS_RECORDED_H

#include "cmd/items_seen.h"

#include <stdbool.h>

struct recorded_setup {
    int fd;           /* read to its end; the caller closes it */
    const char *file; /* its name, for people */
    const char *meter;
    const struct dsmr_channels *channels; /* with what the user said of them */
    const struct dsmr_zone *zone;         /* NULL: the meter tells */
};

/* Takes everything in. What is refused is told on standard error, the first few one by one. Returns
 * false, with errno set, when the file cannot be read. */
bool items_read_recorded(const struct recorded_setup *setup, struct seen_meters *seen);

#endif
