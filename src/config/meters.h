/* SPDX-License-Identifier: MIT */
/* The meters of a configuration while it is read: each has a name and values of its own. */
#ifndef DSMR_CONFIG_METERS_H
#define DSMR_CONFIG_METERS_H

#include "config/config.h"

enum { METERS_MAX = 10000 };

/* 1 to CONFIG_METER_NAME_MAX letters, digits, _ and -. */
bool meters_name_is_right(const char *name, size_t size);

/*
 * The values of the meter of that name, which is made if it is not there; line is where it is named.
 * Valid until the next call. NULL when there are METERS_MAX of them.
 */
struct config_value *meters_values(struct config *config, const char *name, size_t size, int line);

/* Before a file is read: no key of it stood anywhere yet. */
void meters_forget_lines(struct config *config);

/* What only all lines together show: a meter without port, two on one port, two kinds on a channel. */
void meters_check(const struct config *config, struct complaints *complaints);

void meters_free(struct config *config);

#endif
