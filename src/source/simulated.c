/* SPDX-License-Identifier: MIT */
/*
 * port=simulated: is a meter inside the program, DSMR 5.0 or another that is named behind the colon
 * (simulated:4.2). It starts at once at the present time.
 */
#include "core/memory.h"
#include "simulate/pacer.h"
#include "simulate/simulated_meter.h"
#include "source/source_list.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char scheme[] = "simulated:";

struct simulated_source {
    struct source source;
    struct source_listener listener;
    const struct standard *standard;
    struct simulated_meter *meter;
    struct pacer pacer;
    bool told;
};

static void send(void *context, const struct transmission *transmission)
{
    struct simulated_source *source = context;
    if (!source->told)
        source->listener.changed(source->listener.context);
    source->told = true;
    source->listener.bytes(source->listener.context, (const char *)transmission->bytes,
                           transmission->size);
    pacer_sent(&source->pacer);
}

/* Without faults the port never goes away, and with an interval nothing has to be held. */
static int64_t hold_ms(void *context)
{
    (void)context;
    return 0;
}

static void stay(void *context)
{
    (void)context;
}

static struct source *simulated_open(const struct source_setup *setup, char **error)
{
    const char *name = setup->port + sizeof scheme - 1;
    const struct standard *standard = standard_find(*name != '\0' ? name : "5.0");
    if (!standard) {
        *error = memory_print("%s: no simulated meter is called '%s'; try simulated:5.0 or "
                              "simulated:2.2",
                              setup->port, name);
        return NULL;
    }
    struct simulated_source *source = memory_new(1, sizeof *source);
    int64_t interval_ms = standard->interval_s * 1000;
    int64_t now_s = loop_wall(setup->loop) / 1000;
    struct simulated_setup meter = {
        .standard = standard,
        .seed = 1,
        .start = now_s,
        .step_ms = interval_ms,
        .devices = SIMULATED_SOURCE_DEVICES,
        .household = setup->household,
    };
    struct pacer_owner owner = {
        .hold_ms = hold_ms, .send = send, .unplug = stay, .plug = stay, .context = source};
    source->source.kind = &simulated_source;
    source->listener = setup->listener;
    source->standard = standard;
    source->meter = simulated_meter_new(&meter);
    pacer_start(&source->pacer, setup->loop, source->meter, interval_ms, &owner);
    return &source->source;
}

static void simulated_status(const struct source *base, struct source_status *status)
{
    const struct simulated_source *source = (const struct simulated_source *)base;
    *status = (struct source_status){.connected = source->told};
    snprintf(status->state, sizeof status->state, "simulating a meter of %s",
             source->standard->title);
}

static void simulated_free(struct source *base)
{
    struct simulated_source *source = (struct simulated_source *)base;
    pacer_stop(&source->pacer);
    simulated_meter_free(source->meter);
    free(source);
}

const struct source_kind simulated_source = {
    .scheme = scheme,
    .open = simulated_open,
    .status = simulated_status,
    .free = simulated_free,
};
