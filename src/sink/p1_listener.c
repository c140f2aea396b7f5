/* SPDX-License-Identifier: MIT */
/*
 * A client that has closed its side may still read: `nc host 2000 </dev/null` does. It stays until
 * nothing goes out to it any more, or until its place is needed.
 */
#include "sink/p1_listener.h"

#include "core/memory.h"
#include "sink/p1.h"
#include "sink/p1_socket.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    RETRY_MS = 2000,  /* between two tries to listen */
    KEEP_MS = 2000,   /* between two looks for the file of a unix socket */
    BREATH_MS = 1000, /* without descriptors, before the next client is looked at */
    ACCEPTS_AT_ONCE = 16,
    SEND_BUFFER = 32768, /* bytes that the kernel keeps for a client; it takes twice as many */
    VANISHED_MS = 60000, /* a client that confirms nothing for so long is gone */
    CHATTER = 4096,      /* bytes that a client may say between two telegrams */
    STALE_MS = 300000,   /* a telegram that is older says nothing of now */
    PEER_SIZE = 96,
};

struct client {
    struct p1_listener *listener;
    struct client *next;
    struct p1_outlet outlet;
    struct loop_watch *watch;
    int watched;  /* the events of it */
    size_t heard; /* bytes, since the last telegram */
    bool ended;   /* it has closed its side */
};

struct p1_listener {
    struct p1_house *house;
    struct listen_place place;
    struct p1_socket socket;
    struct loop_watch *watch;  /* NULL while it does not listen */
    struct loop_timer *timer;  /* the next try to listen, or to accept */
    struct loop_timer *keeper; /* looks for the file of a unix socket */
    struct log_repeat trouble;
    struct client *clients; /* the youngest first */
};

struct p1_message *p1_house_last(const struct p1_house *house)
{
    return loop_now(house->loop) - house->last_ms <= STALE_MS ? house->last : NULL;
}

/* ------------------------------------------------------------------------------------------------
 * Clients
 */

static void drop(struct client *client)
{
    struct p1_listener *listener = client->listener;
    struct client **link = &listener->clients;
    while (*link != client)
        link = &(*link)->next;
    *link = client->next;
    listener->house->clients--;
    p1_outlet_clear(&client->outlet);
    loop_watch_free(client->watch);
    close(client->outlet.fd);
    log_debug(listener->house->log, "p1", "%s: a client has left, %zu are there",
              listener->place.name, listener->house->clients);
    free(client);
}

/* At once, with what the kernel still has for it: it would be kept for as long as the client sleeps. */
static void drop_slow(struct client *client)
{
    struct linger at_once = {.l_onoff = 1};
    struct p1_house *house = client->listener->house;
    char peer[PEER_SIZE];
    uint64_t missed = 0;
    if (log_repeat_due(&house->slow, loop_now(house->loop), &missed)) {
        p1_socket_peer(client->outlet.fd, peer, sizeof peer);
        log_warn(house->log, "p1", "%s: %s does not read what it is sent and was dropped",
                 client->listener->place.name, peer);
    }
    setsockopt(client->outlet.fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    drop(client);
}

/* Nearly always as it was: then the kernel need not be told, 200 times a telegram. */
static void watch_for(struct client *client, enum p1_outcome outcome)
{
    int events = (client->ended ? 0 : LOOP_READ) | (outcome == P1_WAITING ? LOOP_WRITE : 0);
    if (events != client->watched)
        loop_watch_set(client->watch, events);
    client->watched = events;
}

static void offer(struct client *client, struct p1_message *message)
{
    enum p1_outcome outcome = p1_outlet_offer(&client->outlet, message);
    client->heard = 0;
    if (outcome == P1_FULL)
        drop_slow(client);
    else if (outcome == P1_BROKEN)
        drop(client);
    else
        watch_for(client, outcome);
}

/* What a client says is nothing to a meter; only its end counts. False when it is to be dropped. */
static bool listen_to(struct client *client)
{
    char nothing[512];
    ssize_t size = recv(client->outlet.fd, nothing, sizeof nothing, MSG_DONTWAIT);
    if (size < 0)
        return errno == EAGAIN || errno == EINTR;
    client->ended = size == 0;
    client->heard += (size_t)size;
    return client->heard <= CHATTER;
}

static void client_ready(void *context, int events, int error)
{
    struct client *client = context;
    enum p1_outcome outcome = P1_BROKEN;
    if (error == 0 && (!(events & LOOP_READ) || listen_to(client)))
        outcome = p1_outlet_flush(&client->outlet);
    if (outcome == P1_BROKEN)
        drop(client);
    else
        watch_for(client, outcome);
}

/* Small buffers: a client that sleeps is to be noticed, and one that wakes up to read what is new. */
static void tune(int fd)
{
    int yes = 1;
    int size = SEND_BUFFER;
    unsigned vanished = VANISHED_MS;
    setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &yes, sizeof yes);
    setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &vanished, sizeof vanished);
}

static void add_client(struct p1_listener *listener, int fd)
{
    struct p1_house *house = listener->house;
    struct client *client = memory_new(1, sizeof *client);
    struct p1_message *last = p1_house_last(house);
    tune(fd);
    client->listener = listener;
    client->outlet.fd = fd;
    client->next = listener->clients;
    listener->clients = client;
    house->clients++;
    client->watch = loop_watch_new(house->loop, fd, LOOP_READ, client_ready, client);
    client->watched = LOOP_READ;
    log_debug(house->log, "p1", "%s: a client has come, %zu are there", listener->place.name,
              house->clients);
    if (last)
        offer(client, last);
}

/* True when there is room for one more, if need be by letting go of one that closed its side. */
static bool make_room(struct p1_listener *listener)
{
    if (listener->house->clients < P1_CLIENTS)
        return true;
    struct client *oldest = NULL;
    for (struct client *client = listener->clients; client; client = client->next)
        if (client->ended)
            oldest = client;
    if (oldest)
        drop(oldest);
    return oldest != NULL;
}

static void turn_away(struct p1_listener *listener, int fd)
{
    struct p1_house *house = listener->house;
    uint64_t missed = 0;
    char words[96];
    int size = snprintf(words, sizeof words,
                        "dsmr: %d programs are connected, and more are not served\r\n", P1_CLIENTS);
    ssize_t sent = send(fd, words, (size_t)size, MSG_DONTWAIT | MSG_NOSIGNAL);
    (void)sent;
    close(fd);
    if (log_repeat_due(&house->crowded, loop_now(house->loop), &missed))
        log_warn(house->log, "p1", "%s: a client was turned away, as %d are connected",
                 listener->place.name, P1_CLIENTS);
}

/* ------------------------------------------------------------------------------------------------
 * Listening
 */

static void tell(struct p1_listener *listener, const char *what)
{
    struct p1_house *house = listener->house;
    uint64_t missed = 0;
    if (log_repeat_due(&listener->trouble, loop_now(house->loop), &missed))
        log_error(house->log, "p1", "%s: %s; trying again", listener->place.name, what);
}

/* Without descriptors the listening socket stays readable: looking at once would never end. */
static void take_breath(struct p1_listener *listener)
{
    tell(listener, strerror(errno));
    loop_watch_set(listener->watch, 0);
    loop_timer_start(listener->timer, BREATH_MS, 0);
}

static void connection_came(void *context, int events, int error)
{
    struct p1_listener *listener = context;
    (void)events;
    (void)error;
    for (int i = 0; i < ACCEPTS_AT_ONCE; i++) {
        int fd = accept4(listener->socket.fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd < 0) {
            if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM)
                take_breath(listener);
            return;
        }
        if (make_room(listener))
            add_client(listener, fd);
        else
            turn_away(listener, fd);
    }
}

static void start_listening(struct p1_listener *listener)
{
    struct p1_house *house = listener->house;
    const char *error = p1_socket_open(&listener->socket, &listener->place);
    if (error) {
        tell(listener, error);
        loop_timer_start(listener->timer, RETRY_MS, 0);
        return;
    }
    log_repeat_reset(&listener->trouble);
    listener->watch =
        loop_watch_new(house->loop, listener->socket.fd, LOOP_READ, connection_came, listener);
    log_info(house->log, "p1", "telegrams are handed on at %s", listener->place.name);
    if (listener->place.kind == LISTEN_UNIX)
        loop_timer_start(listener->keeper, KEEP_MS, KEEP_MS);
}

static void timer_fired(void *context)
{
    struct p1_listener *listener = context;
    if (listener->watch)
        loop_watch_set(listener->watch, LOOP_READ);
    else
        start_listening(listener);
}

/* Somebody may have removed the file: those who are connected stay, others need a new one. */
static void keep_socket(void *context)
{
    struct p1_listener *listener = context;
    if (p1_socket_is_there(&listener->socket))
        return;
    log_warn(listener->house->log, "p1", "%s: the socket was removed; making it again",
             listener->place.name);
    loop_timer_stop(listener->keeper);
    loop_timer_stop(listener->timer);
    loop_watch_free(listener->watch);
    listener->watch = NULL;
    p1_socket_close(&listener->socket);
    start_listening(listener);
}

struct p1_listener *p1_listener_new(struct p1_house *house, const struct listen_place *place)
{
    struct p1_listener *listener = memory_new(1, sizeof *listener);
    listener->house = house;
    listener->place = *place;
    listener->timer = loop_timer_new(house->loop, timer_fired, listener);
    listener->keeper = loop_timer_new(house->loop, keep_socket, listener);
    start_listening(listener);
    return listener;
}

void p1_listener_send(struct p1_listener *listener, struct p1_message *message)
{
    struct client *next;
    for (struct client *client = listener->clients; client; client = next) {
        next = client->next;
        offer(client, message);
    }
}

void p1_listener_free(struct p1_listener *listener)
{
    struct client *next;
    for (struct client *client = listener->clients; client; client = next) {
        next = client->next;
        drop(client);
    }
    loop_watch_free(listener->watch);
    loop_timer_free(listener->timer);
    loop_timer_free(listener->keeper);
    p1_socket_close(&listener->socket);
    free(listener);
}
