/* SPDX-License-Identifier: MIT */
/* dsmr items: listens to the meters of a configuration until each has told what it sends. */
#ifndef DSMR_CMD_ITEMS_LISTEN_H
#define DSMR_CMD_ITEMS_LISTEN_H

#include "cmd/items_seen.h"
#include "config/config.h"

#include <stdbool.h>

struct listen_wish {
    const struct config *config;
    const char *only; /* the meter to listen to, NULL for all */
    int wait_s;       /* longest */
};

enum items_outcome {
    ITEMS_HEARD,       /* all of them have told, or the time is over: see what was seen */
    ITEMS_NOT_STARTED, /* no port can work, or somebody else has it: told to the user */
    ITEMS_STOPPED,     /* by a signal */
};

/*
 * Takes one telegram with a right CRC of each meter, or two without. What goes wrong meanwhile is told
 * on standard error; a terminal there sees how long it still takes. *stuck is set when a thread hangs:
 * the program must end by _exit() then.
 */
enum items_outcome items_listen(const struct listen_wish *wish, struct seen_meters *seen,
                                bool *stuck);

#endif
