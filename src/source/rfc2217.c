/* SPDX-License-Identifier: MIT */
/*
 * A meter on a serial port of another machine, whose speed can be set through the network
 * [RFC 2217]: ser2net, a terminal server. The speed is found as on a port of our own.
 *
 * What arrives while the settings are on their way was read with the old ones, and is thrown away.
 */
#include "config/address.h"
#include "core/memory.h"
#include "source/connection.h"
#include "source/line.h"
#include "source/source_list.h"
#include "source/telnet.h"

#include <stdio.h>
#include <stdlib.h>

enum {
    TICK_MS = 500,
    TICKS_PER_SECOND = 2,
    ANSWER_MS = 8000, /* to the offer of the option */
    SET_MS = 3000,    /* to the settings; some converters answer only some of them */
};

/* What a client asks of the port; the answer has ANSWER added. */
enum {
    SET_BAUDRATE = 1,
    SET_DATASIZE = 2,
    SET_PARITY = 3,
    SET_STOPSIZE = 4,
    SET_CONTROL = 5,
    PURGE_DATA = 12,
    ANSWER = 100,
};

enum {
    CONTROL_NO_FLOW = 1,
    CONTROL_DTR_ON = 8,
    CONTROL_DTR_OFF = 9,
    CONTROL_RTS_ON = 11,
    PURGE_RECEIVED = 1,
};

enum state { CLOSED, ASKING, SETTING, READING };

struct rfc2217 {
    struct source source;
    struct source_setup setup;
    struct connection *connection;
    struct telnet telnet;
    struct line line;
    struct loop_timer *tick;
    enum state state;
    int64_t deadline; /* loop time, while ASKING or SETTING */
    unsigned ticks;
    int refused_baud; /* that the port did not take, and it was told; 0 if none */
};

static void changed(void *context)
{
    struct rfc2217 *port = context;
    port->setup.listener.changed(port->setup.listener.context);
}

static void send_bytes(void *context, const void *bytes, size_t size)
{
    struct rfc2217 *port = context;
    connection_send(port->connection, bytes, size);
}

/* ------------------------------------------------------------------------------------------------
 * Settings
 */

static void ask(struct rfc2217 *port, unsigned char what, unsigned char value)
{
    unsigned char command[] = {what, value};
    telnet_send_sub(&port->telnet, TELNET_COM_PORT, command, sizeof command);
}

static void ask_baud(struct rfc2217 *port, int baud)
{
    unsigned value = (unsigned)baud;
    unsigned char command[] = {SET_BAUDRATE, (unsigned char)(value >> 24),
                               (unsigned char)(value >> 16), (unsigned char)(value >> 8),
                               (unsigned char)value};
    telnet_send_sub(&port->telnet, TELNET_COM_PORT, command, sizeof command);
}

/* The answer to the last one is the sign that all was done. */
static void apply_settings(struct rfc2217 *port)
{
    struct line_settings wanted = line_wanted(&port->line);
    unsigned char parity = wanted.parity == 'E' ? 3 : wanted.parity == 'O' ? 2 : 1;
    port->state = SETTING;
    port->deadline = loop_now(port->setup.loop) + SET_MS;
    ask_baud(port, wanted.baud);
    ask(port, SET_DATASIZE, (unsigned char)wanted.bits);
    ask(port, SET_PARITY, parity);
    ask(port, SET_STOPSIZE, (unsigned char)wanted.stop);
    ask(port, SET_CONTROL, CONTROL_NO_FLOW);
    ask(port, SET_CONTROL, wanted.baud <= 9600 ? CONTROL_DTR_OFF : CONTROL_DTR_ON);
    ask(port, SET_CONTROL, CONTROL_RTS_ON);
    ask(port, PURGE_DATA, PURGE_RECEIVED);
}

static void settings_made(struct rfc2217 *port)
{
    port->state = READING;
    line_is_set(&port->line);
    changed(port);
}

static void baud_answered(struct rfc2217 *port, const unsigned char *bytes)
{
    uint32_t baud =
        (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
    int wanted = line_wanted(&port->line).baud;
    if (baud == (uint32_t)wanted || port->refused_baud == wanted)
        return;
    port->refused_baud = wanted;
    log_warn(port->setup.log, "port",
             "%s: asked for %d baud, it stays at %lu: may its speed be "
             "set from here?",
             port->setup.port, wanted, (unsigned long)baud);
}

static void sub_came(void *context, enum telnet_option option, const unsigned char *bytes,
                     size_t size)
{
    struct rfc2217 *port = context;
    if (option != TELNET_COM_PORT || port->state != SETTING || size < 1)
        return;
    if (bytes[0] == ANSWER + SET_BAUDRATE && size >= 5)
        baud_answered(port, bytes + 1);
    if (bytes[0] == ANSWER + PURGE_DATA)
        settings_made(port);
}

static void give_up(struct rfc2217 *port)
{
    connection_give_up(
        port->connection,
        "the other side does not speak RFC 2217; if it is a raw port, name it tcp://");
}

static void option_came(void *context, enum telnet_option option, bool on)
{
    struct rfc2217 *port = context;
    if (option != TELNET_COM_PORT)
        return;
    if (on && port->state == ASKING) {
        line_start(&port->line);
        apply_settings(port);
    }
    /* Not at once: this is in the middle of what was received. */
    if (!on) {
        port->state = ASKING;
        port->deadline = loop_now(port->setup.loop);
    }
}

/* ------------------------------------------------------------------------------------------------
 * The connection
 */

static void opened(void *context)
{
    struct rfc2217 *port = context;
    port->telnet =
        (struct telnet){.send = send_bytes, .ours = option_came, .sub = sub_came, .context = port};
    port->line.loss_told |= connection_is_news(port->connection);
    port->state = ASKING;
    port->deadline = loop_now(port->setup.loop) + ANSWER_MS;
    loop_timer_start(port->tick, TICK_MS, TICK_MS);
    telnet_start(&port->telnet);
}

static void bytes_came(void *context, char *bytes, size_t size)
{
    struct rfc2217 *port = context;
    size_t count = telnet_receive(&port->telnet, bytes, size);
    if (port->state == READING && count > 0 && line_bytes(&port->line, bytes, count))
        apply_settings(port);
}

static void closed(void *context)
{
    struct rfc2217 *port = context;
    port->state = CLOSED;
    loop_timer_stop(port->tick);
    port->setup.listener.restart(port->setup.listener.context);
}

static void tick(void *context)
{
    struct rfc2217 *port = context;
    bool late = loop_now(port->setup.loop) >= port->deadline;
    if (port->state == ASKING && late)
        give_up(port);
    else if (port->state == SETTING && late)
        settings_made(port);
    else if (port->state == READING && ++port->ticks % TICKS_PER_SECOND == 0 &&
             line_tick(&port->line))
        apply_settings(port);
}

/* ------------------------------------------------------------------------------------------------
 * For its owner
 */

static void take_verdict(struct source *source, enum source_verdict verdict)
{
    struct rfc2217 *port = (struct rfc2217 *)source;
    if (verdict == SOURCE_GOOD)
        connection_good(port->connection);
    line_verdict(&port->line, verdict);
}

static void get_status(const struct source *source, struct source_status *status)
{
    const struct rfc2217 *port = (const struct rfc2217 *)source;
    *status = (struct source_status){.connected = port->state >= SETTING};
    if (port->state >= SETTING)
        line_status(&port->line, status);
    else if (port->state == ASKING)
        snprintf(status->state, sizeof status->state, "asking for the serial port");
    else
        snprintf(status->state, sizeof status->state, "%s", connection_state(port->connection));
}

static void free_rfc2217(struct source *source)
{
    struct rfc2217 *port = (struct rfc2217 *)source;
    connection_free(port->connection);
    loop_timer_free(port->tick);
    free(port);
}

static struct source *open_rfc2217(const struct source_setup *setup, char **error)
{
    struct connection_setup connection = {
        .name = setup->port,
        .loop = setup->loop,
        .log = setup->log,
        .opened = opened,
        .bytes = bytes_came,
        .closed = closed,
        .changed = changed,
    };
    if (!address_parse_after("rfc2217://", setup->port, &connection.address)) {
        *error = memory_print("port %s: a host and a port are wanted, as in "
                              "rfc2217://192.168.1.5:2217",
                              setup->port);
        return NULL;
    }
    struct rfc2217 *port = memory_new(1, sizeof *port);
    port->source.kind = &rfc2217_source;
    port->setup = *setup;
    port->line.setup = &port->setup;
    port->tick = loop_timer_new(setup->loop, tick, port);
    connection.context = port;
    port->connection = connection_new(&connection);
    return &port->source;
}

const struct source_kind rfc2217_source = {
    .scheme = "rfc2217:",
    .open = open_rfc2217,
    .verdict = take_verdict,
    .status = get_status,
    .free = free_rfc2217,
};
