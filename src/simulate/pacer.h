/* SPDX-License-Identifier: MIT */
/*
 * Sends the telegrams of a simulated meter in time: one each interval, less those that a fault
 * leaves out. Where to is the owner's business.
 */
#ifndef DSMR_SIMULATE_PACER_H
#define DSMR_SIMULATE_PACER_H

#include "core/loop.h"
#include "simulate/simulated_meter.h"

#include <stdbool.h>
#include <stdint.h>

/* What the owner does. context is the owner's. */
struct pacer_owner {
    /* Only asked when the interval is 0: in how many ms to ask again, since nobody is there or they
     * have not kept up; 0 to go on. */
    int64_t (*hold_ms)(void *context);
    /* Sends a telegram and calls pacer_sent(), now or later; the bytes stay until then. */
    void (*send)(void *context, const struct transmission *transmission);
    /* Takes the port away, and brings it back. */
    void (*unplug)(void *context);
    void (*plug)(void *context);
    void *context;
};

struct pacer {
    struct loop *loop;
    struct simulated_meter *meter; /* borrowed */
    struct pacer_owner owner;
    struct loop_timer *timer;
    struct loop_timer *plug_timer;
    int64_t interval_ms;
    int64_t due; /* loop time of the next telegram */
    struct transmission transmission;
    bool waiting; /* transmission is to be sent when the timer runs out */
};

/* Starts with the first telegram at once. The pacer must stay where it is until pacer_stop(). */
void pacer_start(struct pacer *pacer, struct loop *loop, struct simulated_meter *meter,
                 int64_t interval_ms, const struct pacer_owner *owner);

/* Lets the first telegram wait so long, before the loop runs. */
void pacer_wait(struct pacer *pacer, int64_t wait_ms);

/* The telegram that was last given to send() is on its way. */
void pacer_sent(struct pacer *pacer);

void pacer_stop(struct pacer *pacer);

#endif
