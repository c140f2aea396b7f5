/* SPDX-License-Identifier: MIT */
/* The page, the API and the metrics, as the configuration wants them. */
#ifndef DSMR_CMD_SERVICE_HTTP_H
#define DSMR_CMD_SERVICE_HTTP_H

#include "bus/bus.h"
#include "config/config.h"
#include "core/log.h"
#include "core/loop.h"
#include "http/web.h"

/* NULL when http.listen is no, or when its token cannot be had: told in the log. config and bus are
 * borrowed as long as the sink lives, or until service_http_configure(). */
struct sink *service_http_new(const struct config *config, const struct bus *bus,
                              struct web_start start, struct loop *loop, struct log *log);

/* The configuration was read again, and http.listen is the same: who is connected stays so. False when
 * the token cannot be had any more; then the sink is to be freed. */
bool service_http_configure(struct sink *sink, const struct config *config, struct log *log);

#endif
