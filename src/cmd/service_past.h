/* SPDX-License-Identifier: MIT */
/* A past for simulated meters, so that a first look at the history shows something. */
#ifndef DSMR_CMD_SERVICE_PAST_H
#define DSMR_CMD_SERVICE_PAST_H

#include "bus/sink.h"
#include "config/config.h"
#include "core/log.h"
#include "simulate/household.h"

/*
 * Lets the household of a simulated port live through so many days up to now_s, or from where the history
 * ends, and writes that into the history. Returns the household as it stands then, for the meter to go
 * on with, to be freed with free(); NULL when the port is not simulated or there is no history, told.
 */
struct household *service_past(const struct config *config, struct sink *history, int days,
                               int64_t now_s, struct log *log);

#endif
