/* SPDX-License-Identifier: MIT */
#include "simulate/pacer.h"

static int64_t greater(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

static void send(struct pacer *pacer)
{
    pacer->waiting = false;
    pacer->owner.send(pacer->owner.context, &pacer->transmission);
}

static void on_plug_timer(void *context)
{
    struct pacer *pacer = context;
    pacer->owner.plug(pacer->owner.context);
}

/* Asks the meter for its next telegram, and sends it or waits as long as a fault wants. */
static void go_on(struct pacer *pacer)
{
    simulated_meter_next(pacer->meter, &pacer->transmission);
    int64_t unplugged_ms = (int64_t)pacer->transmission.unplugged_s * 1000;
    int64_t silent_ms = pacer->transmission.silent_telegrams * pacer->interval_ms;
    int64_t wait_ms = greater(unplugged_ms, silent_ms);
    if (unplugged_ms > 0) {
        pacer->owner.unplug(pacer->owner.context);
        loop_timer_start(pacer->plug_timer, unplugged_ms, 0);
    }
    if (wait_ms == 0) {
        send(pacer);
        return;
    }
    pacer->due += wait_ms;
    pacer->waiting = true;
    loop_timer_start(pacer->timer, wait_ms, 0);
}

static void on_timer(void *context)
{
    struct pacer *pacer = context;
    int64_t hold_ms = 0;
    if (pacer->waiting) {
        send(pacer);
        return;
    }
    if (pacer->interval_ms == 0)
        hold_ms = pacer->owner.hold_ms(pacer->owner.context);
    if (hold_ms > 0)
        loop_timer_start(pacer->timer, hold_ms, 0);
    else
        go_on(pacer);
}

void pacer_start(struct pacer *pacer, struct loop *loop, struct simulated_meter *meter,
                 int64_t interval_ms, const struct pacer_owner *owner)
{
    *pacer = (struct pacer){
        .loop = loop,
        .meter = meter,
        .owner = *owner,
        .interval_ms = interval_ms,
        .due = loop_now(loop),
    };
    pacer->timer = loop_timer_new(loop, on_timer, pacer);
    pacer->plug_timer = loop_timer_new(loop, on_plug_timer, pacer);
    loop_timer_start(pacer->timer, 0, 0);
}

void pacer_wait(struct pacer *pacer, int64_t wait_ms)
{
    pacer->due += wait_ms;
    loop_timer_start(pacer->timer, wait_ms, 0);
}

void pacer_sent(struct pacer *pacer)
{
    int64_t now = loop_now(pacer->loop);
    /* What could not be sent in time is not made up for. */
    pacer->due = greater(pacer->due + pacer->interval_ms, now);
    loop_timer_start(pacer->timer, pacer->due - now, 0);
}

void pacer_stop(struct pacer *pacer)
{
    loop_timer_free(pacer->timer);
    loop_timer_free(pacer->plug_timer);
}
