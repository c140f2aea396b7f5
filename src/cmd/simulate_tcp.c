/* SPDX-License-Identifier: MIT */
/*
 * Telegrams over TCP, as a serial-to-network converter sends them. Each client has a queue of its
 * own; one that does not keep up is dropped, so that it holds up nobody else. Each of several meters
 * has a port of its own.
 */
#include "cmd/simulate_job.h"
#include "core/buffer.h"
#include "core/file_limit.h"
#include "core/memory.h"
#include "simulate/pacer.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    CLIENTS = 64,
    BACKLOG = 16,
    QUEUE_MAX = 256 * 1024, /* bytes that a client may be behind */
    QUEUE_LOW = 32 * 1024,  /* at full speed, the next telegram waits for that */
    STALLED_MS = 5000,      /* a client that takes nothing for so long is dropped */
    NO_CLIENT_MS = 20,
    FULL_MS = 1,
    FILES_PER_METER = 2, /* the port and a client */
    OTHER_FILES = 512,
};

struct client {
    struct tcp_sender *sender;
    int fd; /* -1: this place is free */
    struct loop_watch *watch;
    struct buffer queue;
    int64_t moved; /* loop time when it last took something, while there is something to take */
};

/* One meter. */
struct tcp_sender {
    const struct simulate_job *job;
    struct loop *loop;
    size_t number; /* of the meter, from 0 */
    struct pacer pacer;
    int fd; /* listens */
    struct loop_watch *watch;
    struct client clients[CLIENTS];
};

/* ---- clients ---- */

static void drop(struct client *client)
{
    loop_watch_free(client->watch);
    close(client->fd);
    buffer_free(&client->queue);
    client->watch = NULL;
    client->fd = -1;
}

static void drop_all(struct tcp_sender *sender)
{
    for (size_t i = 0; i < CLIENTS; i++)
        if (sender->clients[i].fd >= 0)
            drop(&sender->clients[i]);
}

static bool keeps_up(const struct client *client)
{
    int64_t waiting_ms = loop_now(client->sender->loop) - client->moved;
    return client->queue.size == 0 || (client->queue.size <= QUEUE_MAX && waiting_ms <= STALLED_MS);
}

/* Sends what is queued as far as there is room; false when the client is gone or too slow. */
static bool flush(struct client *client)
{
    struct buffer *queue = &client->queue;
    ssize_t sent = 0;
    if (queue->size > 0)
        sent = send(client->fd, queue->at, queue->size, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent < 0 && errno != EAGAIN && errno != EINTR)
        return false;
    if (sent > 0) {
        queue->size -= (size_t)sent;
        memmove(queue->at, queue->at + sent, queue->size);
        client->moved = loop_now(client->sender->loop);
    }
    loop_watch_set(client->watch, LOOP_READ | (queue->size > 0 ? LOOP_WRITE : 0));
    return keeps_up(client);
}

/* What a client sends is nothing to a meter; only its end counts. */
static bool is_alive(const struct client *client)
{
    char nothing[512];
    ssize_t size = recv(client->fd, nothing, sizeof nothing, MSG_DONTWAIT);
    return size > 0 || (size < 0 && (errno == EAGAIN || errno == EINTR));
}

static void on_client(void *context, int events, int error)
{
    struct client *client = context;
    if (error != 0 || (events & LOOP_READ && !is_alive(client)) || !flush(client))
        drop(client);
}

static void on_connection(void *context, int events, int error)
{
    struct tcp_sender *sender = context;
    (void)events;
    (void)error;
    int fd = accept4(sender->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd < 0)
        return;
    for (size_t i = 0; i < CLIENTS; i++) {
        struct client *client = &sender->clients[i];
        if (client->fd >= 0)
            continue;
        *client = (struct client){.sender = sender, .fd = fd};
        client->watch = loop_watch_new(sender->loop, fd, LOOP_READ, on_client, client);
        return;
    }
    close(fd);
}

/* ---- telegrams ---- */

static bool has_client(const struct tcp_sender *sender)
{
    for (size_t i = 0; i < CLIENTS; i++)
        if (sender->clients[i].fd >= 0)
            return true;
    return false;
}

/* Before it is sent, so that the time it takes to hand it to the system is counted too. */
static void write_trace(const struct tcp_sender *sender, const struct transmission *transmission)
{
    char number[24];
    if (!sender->job->trace || !has_client(sender))
        return;
    snprintf(number, sizeof number, "%zu", sender->number);
    trace_telegram(sender->job->trace, number,
                   (struct dsmr_text){(const char *)transmission->bytes, transmission->size},
                   "sent");
}

static void send_telegram(void *context, const struct transmission *transmission)
{
    struct tcp_sender *sender = context;
    write_trace(sender, transmission);
    for (size_t i = 0; i < CLIENTS; i++) {
        struct client *client = &sender->clients[i];
        if (client->fd < 0)
            continue;
        if (client->queue.size == 0)
            client->moved = loop_now(sender->loop);
        buffer_add(&client->queue, (const char *)transmission->bytes, transmission->size);
        if (!flush(client))
            drop(client);
    }
    pacer_sent(&sender->pacer);
}

/* At full speed all clients get every telegram, at the pace of the slowest. */
static int64_t hold_ms(void *context)
{
    struct tcp_sender *sender = context;
    bool anybody = false;
    bool behind = false;
    for (size_t i = 0; i < CLIENTS; i++) {
        struct client *client = &sender->clients[i];
        if (client->fd >= 0 && !keeps_up(client))
            drop(client);
        anybody |= client->fd >= 0;
        behind |= client->fd >= 0 && client->queue.size > QUEUE_LOW;
    }
    return !anybody ? NO_CLIENT_MS : behind ? FULL_MS : 0;
}

static void unplug(void *context)
{
    struct tcp_sender *sender = context;
    loop_watch_set(sender->watch, 0);
    drop_all(sender);
}

static void plug(void *context)
{
    struct tcp_sender *sender = context;
    loop_watch_set(sender->watch, LOOP_READ);
}

/* ---- the port ---- */

static int listen_at(const struct addrinfo *address)
{
    int yes = 1;
    int fd = socket(address->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -1;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    if (bind(fd, address->ai_addr, address->ai_addrlen) == 0 && listen(fd, BACKLOG) == 0)
        return fd;
    int reason = errno;
    close(fd);
    errno = reason;
    return -1;
}

/* Returns NULL, or what is wrong (static text). */
static const char *open_port(struct tcp_sender *sender)
{
    const struct simulate_options *options = sender->job->options;
    struct addrinfo hints = {.ai_flags = AI_PASSIVE, .ai_socktype = SOCK_STREAM};
    struct addrinfo *found;
    char service[8];
    snprintf(service, sizeof service, "%d", options->tcp_port + (int)sender->number);
    int reason = getaddrinfo(options->tcp_host, service, &hints, &found);
    if (reason != 0)
        return gai_strerror(reason);
    sender->fd = listen_at(found);
    freeaddrinfo(found);
    return sender->fd < 0 ? strerror(errno) : NULL;
}

static void announce(const struct tcp_sender *sender)
{
    struct sockaddr_storage address;
    socklen_t size = sizeof address;
    char host[NI_MAXHOST] = "?";
    char service[NI_MAXSERV] = "?";
    int64_t meters = sender->job->options->meters;
    char place[NI_MAXHOST + NI_MAXSERV + 64];
    if (getsockname(sender->fd, (struct sockaddr *)&address, &size) == 0)
        getnameinfo((struct sockaddr *)&address, size, host, sizeof host, service, sizeof service,
                    NI_NUMERICHOST | NI_NUMERICSERV);
    int size_of_place =
        snprintf(place, sizeof place, strchr(host, ':') ? "on tcp://[%s]:%s" : "on tcp://%s:%s",
                 host, service);
    if (meters > 1)
        snprintf(place + size_of_place, sizeof place - (size_t)size_of_place,
                 " to %lld, %lld of them", (long long)(sender->job->options->tcp_port + meters - 1),
                 (long long)meters);
    simulate_announce(sender->job, place);
}

/* ---- all meters ---- */

static void start(struct tcp_sender *sender)
{
    const struct simulate_options *options = sender->job->options;
    struct pacer_owner owner = {.hold_ms = hold_ms,
                                .send = send_telegram,
                                .unplug = unplug,
                                .plug = plug,
                                .context = sender};
    sender->watch = loop_watch_new(sender->loop, sender->fd, LOOP_READ, on_connection, sender);
    pacer_start(&sender->pacer, sender->loop, sender->job->meters[sender->number],
                options->interval_ms, &owner);
    if (!options->together)
        pacer_wait(&sender->pacer,
                   options->interval_ms * (int64_t)sender->number / options->meters);
}

static void stop(struct tcp_sender *sender)
{
    pacer_stop(&sender->pacer);
    drop_all(sender);
    loop_watch_free(sender->watch);
}

/* Opens the ports of all meters; returns how many, which are fewer after an error. */
static size_t open_ports(const struct simulate_job *job, struct tcp_sender *senders,
                         const char **error)
{
    size_t count = (size_t)job->options->meters;
    file_limit_raise(count * FILES_PER_METER + OTHER_FILES);
    *error = NULL;
    for (size_t i = 0; i < count; i++) {
        struct tcp_sender *sender = &senders[i];
        *sender = (struct tcp_sender){.job = job, .number = i};
        for (size_t place = 0; place < CLIENTS; place++)
            sender->clients[place].fd = -1;
        *error = open_port(sender);
        if (*error)
            return i;
    }
    return count;
}

static void run(struct tcp_sender *senders, size_t count)
{
    struct loop *loop = simulate_loop();
    for (size_t i = 0; i < count; i++) {
        senders[i].loop = loop;
        start(&senders[i]);
    }
    announce(&senders[0]);
    loop_run(loop);
    for (size_t i = 0; i < count; i++)
        stop(&senders[i]);
    loop_free(loop);
}

/* Tells of the port of the meter of that number. */
static int fail(const struct simulate_options *options, size_t number, const char *error)
{
    if (number == 0)
        return simulate_fail(options->tcp, error);
    char *place =
        memory_print("%s, port %d for a meter", options->tcp, options->tcp_port + (int)number);
    int status = simulate_fail(place, error);
    free(place);
    return status;
}

int simulate_on_tcp(const struct simulate_job *job)
{
    const char *error;
    struct tcp_sender *senders = memory_new((size_t)job->options->meters, sizeof *senders);
    size_t count = open_ports(job, senders, &error);
    if (!error)
        run(senders, count);
    for (size_t i = 0; i < count; i++)
        close(senders[i].fd);
    free(senders);
    return error ? fail(job->options, count, error) : 0;
}
