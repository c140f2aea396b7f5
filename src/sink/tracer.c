/* SPDX-License-Identifier: MIT */
#include "sink/tracer.h"

#include "core/memory.h"

#include <stdlib.h>

struct tracer {
    struct sink sink;
    struct trace *trace;
};

static void publish(struct sink *sink, const struct readings *readings)
{
    const struct tracer *tracer = (const struct tracer *)sink;
    trace_telegram(tracer->trace, readings->meter, readings->telegram->whole, "good");
}

static void refused(struct sink *sink, const char *meter, const struct dsmr_telegram *telegram)
{
    const struct tracer *tracer = (const struct tracer *)sink;
    trace_telegram(tracer->trace, meter, telegram->whole, "refused");
}

static void free_tracer(struct sink *sink)
{
    free(sink);
}

static const struct sink_kind tracer_kind = {
    .name = "trace",
    .publish = publish,
    .line = NULL,
    .refused = refused,
    .free = free_tracer,
};

struct sink *tracer_sink_new(struct trace *trace)
{
    struct tracer *tracer = memory_new(1, sizeof *tracer);
    tracer->sink.kind = &tracer_kind;
    tracer->trace = trace;
    return &tracer->sink;
}
