/* SPDX-License-Identifier: MIT */
/*
 * dsmr run --forget: removes what any run with this configuration has left at the MQTT broker, which
 * keeps it for ever otherwise: announcements to Home Assistant, the Homie device, states and values.
 * What others have there is not touched.
 */
#ifndef DSMR_CMD_FORGET_H
#define DSMR_CMD_FORGET_H

#include "config/config.h"
#include "core/log.h"
#include "core/loop.h"

#include <stdbool.h>

/* Runs the loop until all of it is gone. Returns false when that failed or was broken off; why was
 * told. */
bool forget_run(const struct config *config, struct loop *loop, struct log *log);

#endif
