/* SPDX-License-Identifier: MIT */
/* Telegrams on a pseudo-terminal, at the pace of the meter's speed. */
#include "cmd/pty_port.h"
#include "cmd/simulate_job.h"
#include "simulate/pacer.h"

#include <stdio.h>

/* How often bytes are handed on; how long to wait for a reader, or for room, at full speed. */
enum { TICK_MS = 5, NO_READER_MS = 20, FULL_MS = 1, LOOK_MS = 50, BITS_PER_BYTE = 10 };

struct pty_sender {
    const struct simulate_job *job;
    struct loop *loop;
    struct pty_port port;
    struct pacer pacer;
    struct loop_timer *ticks;
    struct loop_timer *looks;
    const struct transmission *transmission;
    size_t sent;
    int64_t began; /* loop time */
    int status;
};

static void stop_on(struct pty_sender *sender, const char *error)
{
    if (!error)
        return;
    sender->status = simulate_fail(sender->port.link.path, error);
    loop_stop(sender->loop);
}

/* As many bytes as have passed over the line by now; those that find no room are lost. */
static void send_paced(struct pty_sender *sender)
{
    const struct transmission *transmission = sender->transmission;
    int64_t bits = (loop_now(sender->loop) - sender->began) * sender->port.baud / 1000;
    size_t passed = (size_t)(bits / BITS_PER_BYTE);
    if (passed > transmission->size)
        passed = transmission->size;
    while (sender->sent < passed) {
        size_t piece = passed - sender->sent;
        size_t gone = pty_port_send(&sender->port, transmission->bytes + sender->sent, piece);
        sender->sent += gone > 0 ? gone : piece;
    }
}

/* As many bytes as there is room for. */
static void send_fast(struct pty_sender *sender)
{
    const struct transmission *transmission = sender->transmission;
    for (size_t gone = 1; sender->sent < transmission->size && gone > 0; sender->sent += gone)
        gone = pty_port_send(&sender->port, transmission->bytes + sender->sent,
                             transmission->size - sender->sent);
}

static void on_tick(void *context)
{
    struct pty_sender *sender = context;
    bool fast = sender->job->options->interval_ms == 0;
    if (fast)
        send_fast(sender);
    else
        send_paced(sender);
    if (sender->sent == sender->transmission->size)
        pacer_sent(&sender->pacer);
    else
        loop_timer_start(sender->ticks, fast ? FULL_MS : TICK_MS, 0);
}

static void send(void *context, const struct transmission *transmission)
{
    struct pty_sender *sender = context;
    sender->transmission = transmission;
    sender->sent = 0;
    sender->began = loop_now(sender->loop);
    on_tick(sender);
}

static void on_look(void *context)
{
    struct pty_sender *sender = context;
    stop_on(sender, pty_link_look(&sender->port.link));
}

static int64_t hold_ms(void *context)
{
    struct pty_sender *sender = context;
    return pty_port_has_reader(&sender->port) ? 0 : NO_READER_MS;
}

static void unplug(void *context)
{
    struct pty_sender *sender = context;
    stop_on(sender, pty_link_unplug(&sender->port.link));
}

static void plug(void *context)
{
    struct pty_sender *sender = context;
    stop_on(sender, pty_link_plug(&sender->port.link));
}

static void run(struct pty_sender *sender)
{
    struct pacer_owner owner = {
        .hold_ms = hold_ms, .send = send, .unplug = unplug, .plug = plug, .context = sender};
    sender->ticks = loop_timer_new(sender->loop, on_tick, sender);
    sender->looks = loop_timer_new(sender->loop, on_look, sender);
    loop_timer_start(sender->looks, LOOK_MS, LOOK_MS);
    pacer_start(&sender->pacer, sender->loop, sender->job->meters[0],
                sender->job->options->interval_ms, &owner);
    loop_run(sender->loop);
    pacer_stop(&sender->pacer);
    loop_timer_free(sender->ticks);
    loop_timer_free(sender->looks);
    pty_port_close(&sender->port);
}

int simulate_on_pty(const struct simulate_job *job)
{
    const struct simulate_options *options = job->options;
    /* The loop first: from the moment that the link is there, a signal must take it away. */
    struct pty_sender sender = {.job = job, .loop = simulate_loop()};
    const char *error = pty_port_open(&sender.port, options->link, options->standard->baud);
    if (error) {
        simulate_fail(options->link, error);
        sender.status = 2;
    } else {
        char place[512];
        snprintf(place, sizeof place, "on %s (%s)", options->link, sender.port.link.device);
        simulate_announce(job, place);
        run(&sender);
    }
    loop_free(sender.loop);
    return sender.status;
}
