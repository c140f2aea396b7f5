/* SPDX-License-Identifier: MIT */
/*
 * libmicrohttpd waits on a descriptor of its own (epoll), which the loop watches; whatever it did, it is
 * asked how long it would wait. Its own limit of time counts from the last byte, so that one byte now and
 * then would keep a connection for ever: a request and an answer have a limit each as well.
 */
#include "http/server.h"

#include "core/file_limit.h"
#include "core/memory.h"
#include "http/server_parts.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    RETRY_MS = 5000, /* between two tries to listen */
    SWEEP_MS = 2000,
    BACKLOG = 256,
    SEND_BUFFER =
        65536, /* bytes that the kernel keeps for one that does not read; it takes twice as many */
    ROOM_LEFT = 32, /* connections; with fewer, those that ask nothing have to go */
};

/* ------------------------------------------------------------------------------------------------
 * Guests
 */

/* Without a thread of its own the library does not notice by itself what was resumed. */
void listener_run_soon(struct listener *listener)
{
    if (!listener->due)
        loop_timer_start(listener->timer, 0, 0);
    listener->due = true;
}

static void turn_out(const struct guest *guest)
{
    shutdown(guest->fd, SHUT_RDWR); /* the library closes what has ended */
}

/* The head of its request is whole, and the answer was not yet taken. */
static bool is_asking(const struct guest *guest)
{
    return guest->exchange && guest->exchange->begun;
}

/* The one that has asked nothing for the longest time makes room. */
static void make_room(const struct http_server *server)
{
    const struct guest *idle = NULL;
    if (server->guest_count + ROOM_LEFT < server->most)
        return;
    for (const struct guest *guest = server->guests; guest; guest = guest->next)
        if (!is_asking(guest))
            idle = guest;
    if (idle)
        turn_out(idle);
}

static void welcome(struct http_server *server, struct MHD_Connection *connection, void **context)
{
    const union MHD_ConnectionInfo *socket_of =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    struct guest *guest = memory_new(1, sizeof *guest);
    int size = SEND_BUFFER;
    make_room(server);
    guest->server = server;
    guest->fd = socket_of->connect_fd;
    guest->since = loop_now(server->setup.loop);
    guest->next = server->guests;
    guest->link = &server->guests;
    if (guest->next)
        guest->next->link = &guest->next;
    server->guests = guest;
    setsockopt(guest->fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
    if (server->guest_count++ == 0)
        loop_timer_start(server->sweep, SWEEP_MS, SWEEP_MS);
    *context = guest;
}

/* The library stops to accept at its limit, and looks whether there is room again only when it runs. */
static void see_off(struct listener *listener, struct guest *guest)
{
    struct http_server *server = listener->server;
    if (server->guest_count + ROOM_LEFT >= server->most)
        listener_run_soon(listener);
    exchange_free(guest->exchange);
    *guest->link = guest->next;
    if (guest->next)
        guest->next->link = guest->link;
    if (--server->guest_count == 0)
        loop_timer_stop(server->sweep);
    free(guest);
}

static void guest_changed(void *context, struct MHD_Connection *connection, void **guest,
                          enum MHD_ConnectionNotificationCode what)
{
    struct listener *listener = context;
    if (what == MHD_CONNECTION_NOTIFY_STARTED)
        welcome(listener->server, connection, guest);
    else if (*guest)
        see_off(listener, *guest);
}

/* Streams and jobs take their time. */
static bool is_late(const struct guest *guest, int64_t now)
{
    const struct exchange *exchange = guest->exchange;
    if (exchange && (exchange->job || exchange->answer.stream))
        return false;
    return now - guest->since > (is_asking(guest) ? HTTP_ANSWER_MS : HTTP_REQUEST_MS);
}

/* The library does not notice that the other side has said its last word, when that came with a request. */
static bool is_done(const struct guest *guest)
{
    char byte;
    return !is_asking(guest) && recv(guest->fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) == 0;
}

static void sweep(void *context)
{
    struct http_server *server = context;
    int64_t now = loop_now(server->setup.loop);
    for (const struct guest *guest = server->guests; guest; guest = guest->next)
        if (is_late(guest, now) || is_done(guest))
            turn_out(guest);
}

/* ------------------------------------------------------------------------------------------------
 * The library
 */

static void run(struct listener *listener)
{
    MHD_UNSIGNED_LONG_LONG wait;
    listener->due = false;
    MHD_run(listener->daemon);
    if (listener->due)
        return; /* something was resumed meanwhile */
    if (MHD_get_timeout(listener->daemon, &wait) == MHD_YES)
        loop_timer_start(listener->timer, wait < INT32_MAX ? (int64_t)wait : INT32_MAX, 0);
    else
        loop_timer_stop(listener->timer);
}

static void something_came(void *context, int events, int error)
{
    (void)events;
    (void)error;
    run(context);
}

/* The library counts those at one address; here it is about all. */
static enum MHD_Result may_come(void *context, const struct sockaddr *from, socklen_t size)
{
    const struct listener *listener = context;
    (void)from;
    (void)size;
    return listener->server->guest_count < listener->server->most ? MHD_YES : MHD_NO;
}

static struct MHD_Daemon *start_library(struct listener *listener)
{
    unsigned most = (unsigned)listener->server->most;
    unsigned of_one =
        listener->place.loopback || most < HTTP_CONNECTIONS_OF ? most : HTTP_CONNECTIONS_OF;
    return MHD_start_daemon(MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME, 0, may_come, listener,
                            exchange_step, listener, MHD_OPTION_LISTEN_SOCKET, listener->fd,
                            MHD_OPTION_CONNECTION_LIMIT, most, MHD_OPTION_PER_IP_CONNECTION_LIMIT,
                            of_one, MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)HTTP_SILENCE_S,
                            MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)HTTP_CONNECTION_ROOM,
                            MHD_OPTION_STRICT_FOR_CLIENT, 1, MHD_OPTION_SIGPIPE_HANDLED_BY_APP, 1,
                            MHD_OPTION_URI_LOG_CALLBACK, exchange_new, listener,
                            MHD_OPTION_NOTIFY_COMPLETED, exchange_over, listener,
                            MHD_OPTION_NOTIFY_CONNECTION, guest_changed, listener, MHD_OPTION_END);
}

/* ------------------------------------------------------------------------------------------------
 * Listening
 */

/* A socket that listens; -1 with errno. [::] takes those of IP version 4, too. */
static int open_socket(const struct http_place *place)
{
    struct addrinfo hints = {.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV | AI_PASSIVE,
                             .ai_socktype = SOCK_STREAM};
    struct addrinfo *found;
    char service[8];
    int yes = 1, no = 0;
    snprintf(service, sizeof service, "%d", place->port);
    if (getaddrinfo(place->host, service, &hints, &found) != 0) {
        errno = EADDRNOTAVAIL;
        return -1;
    }
    int fd = socket(found->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd >= 0) {
        setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
        if (found->ai_family == AF_INET6)
            setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &no, sizeof no);
        if (bind(fd, found->ai_addr, found->ai_addrlen) != 0 || listen(fd, BACKLOG) != 0) {
            int reason = errno;
            close(fd);
            errno = reason;
            fd = -1;
        }
    }
    freeaddrinfo(found);
    return fd;
}

static int port_of(int fd)
{
    union {
        struct sockaddr any;
        struct sockaddr_in four;
        struct sockaddr_in6 six;
    } address = {.six = {0}};
    socklen_t size = sizeof address;
    if (getsockname(fd, &address.any, &size) != 0)
        return 0;
    return ntohs(address.any.sa_family == AF_INET6 ? address.six.sin6_port : address.four.sin_port);
}

static void tell_address(const struct listener *listener)
{
    const char *host = listener->place.host;
    bool six = strchr(host, ':') != NULL;
    log_info(listener->server->setup.log, "http", "the page is at http://%s%s%s:%d/",
             six ? "[" : "", host, six ? "]" : "", port_of(listener->fd));
}

/* Who did not ask for the page need not be bothered when another program has its place. */
static void tell_trouble(struct listener *listener, const char *why)
{
    struct http_server_setup *setup = &listener->server->setup;
    uint64_t missed = 0;
    if (!setup->asked)
        log_info(setup->log, "http",
                 "no page at %s:%d: %s; http.listen= names another place, or no for none",
                 listener->place.host, listener->place.port, why);
    else if (log_repeat_due(&listener->trouble, loop_now(setup->loop), &missed))
        log_warn(setup->log, "http", "http.listen: %s:%d: %s; trying again", listener->place.host,
                 listener->place.port, why);
    if (setup->asked)
        loop_timer_start(listener->timer, RETRY_MS, 0);
}

static void start_listening(struct listener *listener)
{
    listener->fd = open_socket(&listener->place);
    if (listener->fd < 0) {
        tell_trouble(listener, strerror(errno));
        return;
    }
    listener->daemon = start_library(listener);
    if (!listener->daemon) {
        tell_trouble(listener, "libmicrohttpd cannot be started");
        close(listener->fd);
        return;
    }
    const union MHD_DaemonInfo *epoll =
        MHD_get_daemon_info(listener->daemon, MHD_DAEMON_INFO_EPOLL_FD);
    log_repeat_reset(&listener->trouble);
    listener->watch = loop_watch_new(listener->server->setup.loop, epoll->epoll_fd, LOOP_READ,
                                     something_came, listener);
    tell_address(listener);
}

static void timer_fired(void *context)
{
    struct listener *listener = context;
    if (listener->daemon)
        run(listener);
    else
        start_listening(listener);
}

/* Half of the files that may be open are left for everything else. */
static size_t most_connections(void)
{
    size_t half = file_limit_raise(0) / 2;
    return half > HTTP_CONNECTIONS ? HTTP_CONNECTIONS : half > 0 ? half : 1;
}

struct http_server *http_server_new(const struct http_server_setup *setup)
{
    struct http_server *server = memory_new(1, sizeof *server);
    const char *list = setup->listen;
    struct http_place place;
    server->setup = *setup;
    server->setup.listen = NULL; /* is read here and not kept */
    server->most = most_connections();
    server->sweep = loop_timer_new(setup->loop, sweep, server);
    while (server->listener_count < HTTP_PLACES &&
           http_listen_next(&list, &place) == HTTP_PLACE_GOOD) {
        struct listener *listener = &server->listeners[server->listener_count++];
        *listener = (struct listener){.server = server, .place = place, .fd = -1};
        listener->timer = loop_timer_new(setup->loop, timer_fired, listener);
        start_listening(listener);
    }
    return server;
}

size_t http_server_connections(const struct http_server *server)
{
    return server->guest_count;
}

void http_server_free(struct http_server *server)
{
    if (!server)
        return;
    exchange_forget_jobs(server);
    for (struct guest *guest = server->guests; guest; guest = guest->next)
        if (guest->exchange)
            exchange_resume(guest->exchange);
    for (size_t i = 0; i < server->listener_count; i++) {
        struct listener *listener = &server->listeners[i];
        loop_watch_free(listener->watch);
        loop_timer_free(listener->timer);
        if (listener->daemon)
            MHD_stop_daemon(listener->daemon); /* closes the socket, too */
    }
    loop_timer_free(server->sweep);
    free(server);
}
