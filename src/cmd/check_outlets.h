/* SPDX-License-Identifier: MIT */
/* What dsmr check says of those whom the values go to. */
#ifndef DSMR_CMD_CHECK_OUTLETS_H
#define DSMR_CMD_CHECK_OUTLETS_H

#include "config/config.h"

/* A line for each that is configured, or one that says that there is none. */
void check_outlets_print(const struct config *config);

#endif
