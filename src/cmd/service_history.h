/* SPDX-License-Identifier: MIT */
/* The history as the configuration wants it. */
#ifndef DSMR_CMD_SERVICE_HISTORY_H
#define DSMR_CMD_SERVICE_HISTORY_H

#include "bus/sink.h"
#include "config/config.h"
#include "core/log.h"
#include "core/loop.h"
#include "history/recorder.h"

/* The steps that the keys ask for. */
struct recorder_rules service_history_rules(const struct config *config);

/* NULL where no history is wanted. */
struct sink *service_history_new(const struct config *config, struct loop *loop, struct log *log);

/* Tells the sink what may have changed. */
void service_history_set(struct sink *sink, const struct config *config, struct loop *loop,
                         struct log *log);

/* True when both ask for the same file and steps, so that the sink can stay. */
bool service_history_same(const struct config *a, const struct config *b);

#endif
