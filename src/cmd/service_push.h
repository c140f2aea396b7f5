/* SPDX-License-Identifier: MIT */
/* The sinks that push to web servers, as the configuration wants them. */
#ifndef DSMR_CMD_SERVICE_PUSH_H
#define DSMR_CMD_SERVICE_PUSH_H

#include "bus/sink.h"
#include "config/config.h"
#include "core/log.h"
#include "core/loop.h"

/* For that destination, below config_push_count(). Never NULL; files that cannot be read are told in the
 * log. */
struct sink *service_push_new(const struct config *config, size_t push, struct loop *loop,
                              struct log *log);

#endif
