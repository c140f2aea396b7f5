/* SPDX-License-Identifier: MIT */
/*
 * A meter behind a TCP connection that carries its bytes as they are: ser2net, a Wi-Fi adapter. When the
 * connection breaks, or nothing comes for a minute, it is made anew.
 */
#include "config/address.h"
#include "core/memory.h"
#include "source/parity.h"
#include "source/source_list.h"

#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    CONNECT_MS = 10000,
    SILENCE_MS = 60000, /* several intervals of any meter: nobody is there any more */
    FIRST_PAUSE_MS = 1000,
    LAST_PAUSE_MS = 30000,
    STEADY_MS = 60000, /* a connection that held so long was a good one: its end is news */
    READS_AT_ONCE = 16,
};

/* A name look-up in the pool; outlives the source when that is closed meanwhile. */
struct lookup {
    struct tcp *tcp; /* NULL when nobody waits for it any more */
    struct address address;
    struct addrinfo *found;
    int error;
};

struct tcp {
    struct source source;
    struct source_setup setup;
    struct address address;
    struct parity parity;
    struct lookup *lookup; /* under way, or NULL */
    struct addrinfo *candidates;
    struct addrinfo *next; /* to be tried after the present one */
    struct loop_watch *watch;
    struct loop_timer *timer; /* time-out of what is under way, or the pause before the next try */
    struct log_repeat trouble;
    int64_t pause_ms;
    int64_t connected_at; /* loop time */
    char *reason;         /* why there is no connection, NULL when there is */
    int fd;
    bool connected;
    bool was_connected;
    bool trouble_told; /* since it was connected last */
};

static void try_candidate(struct tcp *tcp);

static void changed(struct tcp *tcp)
{
    tcp->setup.listener.changed(tcp->setup.listener.context);
}

static void drop_socket(struct tcp *tcp)
{
    loop_watch_free(tcp->watch);
    tcp->watch = NULL;
    if (tcp->fd >= 0)
        close(tcp->fd);
    tcp->fd = -1;
    if (tcp->connected)
        tcp->setup.listener.restart(tcp->setup.listener.context);
    tcp->connected = false;
}

/* Gives up for now, says why once, and tries again after a pause that grows. */
static void pause_and_retry(struct tcp *tcp, const char *what)
{
    uint64_t missed = 0;
    int64_t now = loop_now(tcp->setup.loop);
    if (tcp->connected && now - tcp->connected_at >= STEADY_MS)
        log_repeat_reset(&tcp->trouble);
    drop_socket(tcp);
    free(tcp->reason);
    tcp->reason = memory_print("%s: %s; trying again", tcp->setup.port, what);
    if (log_repeat_due(&tcp->trouble, now, &missed)) {
        log_warn(tcp->setup.log, "port", "%s", tcp->reason);
        tcp->trouble_told = true;
    }
    loop_timer_start(tcp->timer, tcp->pause_ms, 0);
    tcp->pause_ms = tcp->pause_ms * 2 < LAST_PAUSE_MS ? tcp->pause_ms * 2 : LAST_PAUSE_MS;
    changed(tcp);
}

static void read_bytes(struct tcp *tcp)
{
    char bytes[4096];
    for (int i = 0; i < READS_AT_ONCE && tcp->connected; i++) {
        ssize_t count = recv(tcp->fd, bytes, sizeof bytes, 0);
        if (count < 0 && (errno == EAGAIN || errno == EINTR))
            return;
        if (count <= 0) {
            pause_and_retry(tcp,
                            count < 0 ? strerror(errno) : "the other side closed the connection");
            return;
        }
        tcp->pause_ms = FIRST_PAUSE_MS;
        loop_timer_start(tcp->timer, SILENCE_MS, 0);
        parity_strip(&tcp->parity, bytes, (size_t)count);
        tcp->setup.listener.bytes(tcp->setup.listener.context, bytes, (size_t)count);
    }
}

static void become_connected(struct tcp *tcp)
{
    bool news = !tcp->was_connected || tcp->trouble_told;
    tcp->connected = true;
    tcp->was_connected = true;
    tcp->trouble_told = false;
    tcp->connected_at = loop_now(tcp->setup.loop);
    parity_init(&tcp->parity);
    free(tcp->reason);
    tcp->reason = NULL;
    log_write(tcp->setup.log, news ? LOG_INFO : LOG_DEBUG, "port", "%s is connected",
              tcp->setup.port);
    loop_watch_set(tcp->watch, LOOP_READ);
    loop_timer_start(tcp->timer, SILENCE_MS, 0);
    changed(tcp);
}

static void socket_ready(void *context, int events, int error)
{
    struct tcp *tcp = context;
    (void)events;
    if (tcp->connected) {
        read_bytes(tcp);
        return;
    }
    /* The loop only knows that something is wrong; the socket knows what. */
    int reason = 0;
    socklen_t size = sizeof reason;
    if (getsockopt(tcp->fd, SOL_SOCKET, SO_ERROR, &reason, &size) != 0)
        reason = errno;
    if (reason == 0)
        reason = -error;
    if (reason == 0) {
        become_connected(tcp);
        return;
    }
    drop_socket(tcp);
    if (tcp->next)
        try_candidate(tcp);
    else
        pause_and_retry(tcp, strerror(reason));
}

static void try_candidate(struct tcp *tcp)
{
    const struct addrinfo *candidate = tcp->next;
    int yes = 1;
    tcp->next = candidate->ai_next;
    tcp->fd = socket(candidate->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (tcp->fd < 0) {
        pause_and_retry(tcp, strerror(errno));
        return;
    }
    setsockopt(tcp->fd, SOL_SOCKET, SO_KEEPALIVE, &yes, sizeof yes);
    if (connect(tcp->fd, candidate->ai_addr, candidate->ai_addrlen) != 0 && errno != EINPROGRESS) {
        int error = errno;
        drop_socket(tcp);
        if (tcp->next)
            try_candidate(tcp);
        else
            pause_and_retry(tcp, strerror(error));
        return;
    }
    tcp->watch = loop_watch_new(tcp->setup.loop, tcp->fd, LOOP_WRITE, socket_ready, tcp);
    loop_timer_start(tcp->timer, CONNECT_MS, 0);
}

static void look_up(void *context)
{
    struct lookup *lookup = context;
    char service[8];
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICSERV};
    snprintf(service, sizeof service, "%d", lookup->address.port);
    lookup->error = getaddrinfo(lookup->address.host, service, &hints, &lookup->found);
}

static void looked_up(void *context)
{
    struct lookup *lookup = context;
    struct tcp *tcp = lookup->tcp;
    if (!tcp) {
        if (lookup->error == 0)
            freeaddrinfo(lookup->found);
        free(lookup);
        return;
    }
    tcp->lookup = NULL;
    if (lookup->error != 0) {
        pause_and_retry(tcp, gai_strerror(lookup->error));
    } else {
        if (tcp->candidates)
            freeaddrinfo(tcp->candidates);
        tcp->candidates = lookup->found;
        tcp->next = lookup->found;
        try_candidate(tcp);
    }
    free(lookup);
}

static void start(struct tcp *tcp)
{
    struct lookup *lookup = memory_new(1, sizeof *lookup);
    *lookup = (struct lookup){.tcp = tcp, .address = tcp->address};
    tcp->lookup = lookup;
    loop_work(tcp->setup.loop, look_up, looked_up, lookup);
}

static void timer_fired(void *context)
{
    struct tcp *tcp = context;
    if (tcp->connected)
        pause_and_retry(tcp, "nothing came for a minute");
    else if (tcp->fd >= 0)
        pause_and_retry(tcp, "no answer");
    else if (!tcp->lookup)
        start(tcp);
}

static void get_status(const struct source *source, struct source_status *status)
{
    const struct tcp *tcp = (const struct tcp *)source;
    *status = (struct source_status){.connected = tcp->connected};
    const char *state = tcp->reason ? tcp->reason : "connecting";
    snprintf(status->state, sizeof status->state, "%s", tcp->connected ? "reading" : state);
}

static void free_tcp(struct source *source)
{
    struct tcp *tcp = (struct tcp *)source;
    loop_watch_free(tcp->watch);
    loop_timer_free(tcp->timer);
    if (tcp->fd >= 0)
        close(tcp->fd);
    if (tcp->lookup)
        tcp->lookup->tcp = NULL;
    if (tcp->candidates)
        freeaddrinfo(tcp->candidates);
    free(tcp->reason);
    free(tcp);
}

static struct source *open_tcp(const struct source_setup *setup, char **error)
{
    struct address address;
    if (!address_parse_tcp(setup->port, &address)) {
        *error = memory_print("port %s: a host and a port are wanted, as in tcp://192.168.1.5:2000",
                              setup->port);
        return NULL;
    }
    struct tcp *tcp = memory_new(1, sizeof *tcp);
    tcp->source.kind = &tcp_source;
    tcp->setup = *setup;
    tcp->address = address;
    tcp->fd = -1;
    tcp->pause_ms = FIRST_PAUSE_MS;
    tcp->timer = loop_timer_new(setup->loop, timer_fired, tcp);
    start(tcp);
    return &tcp->source;
}

const struct source_kind tcp_source = {
    .scheme = "tcp:",
    .open = open_tcp,
    .status = get_status,
    .free = free_tcp,
};
