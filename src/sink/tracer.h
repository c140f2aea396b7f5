/* SPDX-License-Identifier: MIT */
/* The sink that writes a line for each telegram into a trace (core/trace.h). */
#ifndef DSMR_SINK_TRACER_H
#define DSMR_SINK_TRACER_H

#include "bus/sink.h"
#include "core/trace.h"

/* trace is borrowed. Added to the bus behind all others, its times are those when a telegram has been
 * handed to every sink. */
struct sink *tracer_sink_new(struct trace *trace);

#endif
