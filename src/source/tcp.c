/* SPDX-License-Identifier: MIT */
/* A meter behind a TCP connection that carries its bytes as they are: ser2net, a Wi-Fi adapter,
 * another dsmr. */
#include "config/address.h"
#include "core/memory.h"
#include "source/connection.h"
#include "source/parity.h"
#include "source/source_list.h"

#include <stdio.h>
#include <stdlib.h>

struct tcp {
    struct source source;
    struct source_setup setup;
    struct connection *connection;
    struct parity parity;
};

static void opened(void *context)
{
    struct tcp *tcp = context;
    parity_init(&tcp->parity);
}

static void bytes_came(void *context, char *bytes, size_t size)
{
    struct tcp *tcp = context;
    if (tcp->setup.heard)
        tcp->setup.heard(tcp->setup.listener.context, bytes, size, &(struct line_settings){0});
    parity_strip(&tcp->parity, bytes, size);
    tcp->setup.listener.bytes(tcp->setup.listener.context, bytes, size);
}

static void closed(void *context)
{
    struct tcp *tcp = context;
    tcp->setup.listener.restart(tcp->setup.listener.context);
}

static void changed(void *context)
{
    struct tcp *tcp = context;
    tcp->setup.listener.changed(tcp->setup.listener.context);
}

static void take_verdict(struct source *source, enum source_verdict verdict)
{
    if (verdict == SOURCE_GOOD)
        connection_good(((struct tcp *)source)->connection);
}

static void get_status(const struct source *source, struct source_status *status)
{
    const struct tcp *tcp = (const struct tcp *)source;
    *status = (struct source_status){.connected = connection_is_open(tcp->connection)};
    snprintf(status->state, sizeof status->state, "%s", connection_state(tcp->connection));
}

static void free_tcp(struct source *source)
{
    struct tcp *tcp = (struct tcp *)source;
    connection_free(tcp->connection);
    free(tcp);
}

static struct source *open_tcp(const struct source_setup *setup, char **error)
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
    if (!address_parse_after("tcp://", setup->port, &connection.address)) {
        *error = memory_print("port %s: a host and a port are wanted, as in tcp://192.168.1.5:2000",
                              setup->port);
        return NULL;
    }
    struct tcp *tcp = memory_new(1, sizeof *tcp);
    tcp->source.kind = &tcp_source;
    tcp->setup = *setup;
    connection.context = tcp;
    tcp->connection = connection_new(&connection);
    return &tcp->source;
}

const struct source_kind tcp_source = {
    .scheme = "tcp:",
    .open = open_tcp,
    .verdict = take_verdict,
    .status = get_status,
    .free = free_tcp,
};
