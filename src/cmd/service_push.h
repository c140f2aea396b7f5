/* SPDX-License-Identifier: MIT */
/* The sink that pushes to a web server, as the configuration wants it. */
#ifndef DSMR_CMD_SERVICE_PUSH_H
#define DSMR_CMD_SERVICE_PUSH_H

#include "config/config.h"
#include "core/log.h"
#include "core/loop.h"
#include "sink/sink.h"

/* NULL when push.url is not set. Files that cannot be read are told in the log. */
struct sink *service_push_new(const struct config *config, struct loop *loop, struct log *log);

#endif
