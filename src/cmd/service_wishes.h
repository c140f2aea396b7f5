/* SPDX-License-Identifier: MIT */
/* What the running program was told: the configuration, the items, and the options that go before them. */
#ifndef DSMR_CMD_SERVICE_WISHES_H
#define DSMR_CMD_SERVICE_WISHES_H

#include "cmd/service.h"
#include "config/config.h"
#include "config/items.h"
#include "core/log.h"

struct wishes {
    struct config config;
    struct bound_items items;
};

/* Reads the user's files, and logs all that is wrong with them. NULL when they do not allow to start. Freed
 * by the caller. */
struct wishes *wishes_read(const struct service_options *options, struct log *log);

/* NULL is allowed. */
void wishes_free(struct wishes *wishes);

#endif
