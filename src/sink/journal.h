/* SPDX-License-Identifier: MIT */
/* The sink for when there is nothing else: values in the log, all of them once, then the main ones
 * every ten seconds. */
#ifndef DSMR_SINK_JOURNAL_H
#define DSMR_SINK_JOURNAL_H

#include "bus/sink.h"
#include "core/log.h"
#include "core/loop.h"

/* Never NULL. */
struct sink *journal_sink_new(struct loop *loop, struct log *log);

#endif
