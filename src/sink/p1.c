/* SPDX-License-Identifier: MIT */
/*
 * Two programs that want one port: this one reads it, and here the others get every telegram, byte
 * for byte from '/' to the CRC and a line end behind it; an encrypted one as the frame that it came
 * in, or as the text that was in it. One who comes late gets the last good one at once.
 *
 * Nobody is waited for. Behind each reader is the kernel's buffer and a queue of one telegram; when
 * both are full, a socket is closed, and a pseudo-terminal loses what was not read.
 */
#include "sink/p1.h"

#include "core/buffer.h"
#include "core/memory.h"
#include "sink/p1_listener.h"
#include "sink/p1_pty.h"

#include <stdlib.h>
#include <string.h>

struct p1 {
    struct sink sink;
    struct p1_house house;
    char *meter;
    bool all;
    bool decrypted;
    struct p1_listener *listeners[LISTEN_PLACES];
    size_t listener_count;
    struct p1_pty *ptys[LISTEN_PLACES];
    size_t pty_count;
};

static void send(struct p1 *p1, struct p1_message *message)
{
    for (size_t i = 0; i < p1->listener_count; i++)
        p1_listener_send(p1->listeners[i], message);
    for (size_t i = 0; i < p1->pty_count; i++)
        p1_pty_send(p1->ptys[i], message);
}

/* A frame tells its own length: nothing stands behind it. */
static struct p1_message *message_of(const struct dsmr_telegram *telegram, bool decrypted)
{
    bool frame = telegram->protection != DSMR_PLAIN && !decrypted;
    return p1_message_new(frame ? telegram->sent : telegram->whole, frame ? "" : "\r\n");
}

static void publish(struct sink *sink, const struct readings *readings)
{
    struct p1 *p1 = (struct p1 *)sink;
    if (strcmp(readings->meter, p1->meter) != 0)
        return;
    p1_message_release(p1->house.last);
    p1->house.last = message_of(readings->telegram, p1->decrypted);
    p1->house.last_ms = loop_now(p1->house.loop);
    send(p1, p1->house.last);
}

/* Of one that broke off, what there was. */
static void refused(struct sink *sink, const char *meter, const struct dsmr_telegram *telegram)
{
    struct p1 *p1 = (struct p1 *)sink;
    if (!p1->all || strcmp(meter, p1->meter) != 0)
        return;
    struct p1_message *message =
        p1_message_new(telegram->sent.size > 0 ? telegram->sent : telegram->text,
                       telegram->protection == DSMR_PLAIN ? "\r\n" : "");
    send(p1, message);
    p1_message_release(message);
}

static void free_p1(struct sink *sink)
{
    struct p1 *p1 = (struct p1 *)sink;
    for (size_t i = 0; i < p1->listener_count; i++)
        p1_listener_free(p1->listeners[i]);
    for (size_t i = 0; i < p1->pty_count; i++)
        p1_pty_free(p1->ptys[i]);
    p1_message_release(p1->house.last);
    free(p1->meter);
    free(p1);
}

static void tell_state(const struct sink *sink, struct buffer *out)
{
    const struct p1 *p1 = (const struct p1 *)sink;
    buffer_print(out, "%zu connected", p1->house.clients);
}

static const struct sink_kind p1_kind = {
    .name = "p1",
    .publish = publish,
    .refused = refused,
    .state = tell_state,
    .free = free_p1,
};

struct sink *p1_sink_new(const struct p1_setup *setup)
{
    struct p1 *p1 = memory_new(1, sizeof *p1);
    struct listen_place place;
    const char *list = setup->listen;
    p1->sink.kind = &p1_kind;
    p1->house.loop = setup->loop;
    p1->house.log = setup->log;
    p1->meter = memory_text(setup->meter);
    p1->all = setup->all;
    p1->decrypted = setup->decrypted;
    while (listen_next(&list, &place) != LISTEN_END) {
        if (place.kind == LISTEN_PTY)
            p1->ptys[p1->pty_count++] = p1_pty_new(&p1->house, &place);
        else
            p1->listeners[p1->listener_count++] = p1_listener_new(&p1->house, &place);
    }
    return &p1->sink;
}
