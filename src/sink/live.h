/* SPDX-License-Identifier: MIT */
/* The sink for a person at a terminal: a table of all values that is redrawn with every telegram. */
#ifndef DSMR_SINK_LIVE_H
#define DSMR_SINK_LIVE_H

#include "bus/sink.h"
#include "core/log.h"
#include "core/loop.h"

/*
 * Takes over the terminal on standard output until it is freed; what is logged meanwhile is shown below
 * the table, and its stream is put back afterwards. Never NULL.
 */
struct sink *live_sink_new(struct loop *loop, struct log *log);

#endif
