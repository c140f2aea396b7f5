/* SPDX-License-Identifier: MIT */
#include "source/connection.h"

#include "core/backoff.h"
#include "core/memory.h"
#include "source/rhythm.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    CONNECT_MS = 10000,
    FIRST_PAUSE_MS = 1000,
    LONGEST_PAUSE_MS = 30000,
    STEADY_MS = 60000, /* the end of a connection that held so long is news */
    KEEPALIVE_S = 20,  /* without bytes, until the other side is asked whether it is there */
    KEEPALIVE_EACH_S = 5,
    KEEPALIVE_COUNT = 4,
    READS_AT_ONCE = 16,
    WORDS = 80, /* of what the other side says first */
};

/* A name look-up in the pool; outlives the connection when that is closed meanwhile. */
struct lookup {
    struct connection *connection; /* NULL when nobody waits for it any more */
    struct address address;
    struct addrinfo *found;
    int error;
};

struct connection {
    struct connection_setup setup;
    struct lookup *lookup; /* under way, or NULL */
    struct addrinfo *candidates;
    struct addrinfo *next; /* to be tried after the present one */
    struct loop_watch *watch;
    struct loop_timer *timer; /* time-out of what is under way, or the pause before the next try */
    struct log_repeat trouble;
    struct backoff backoff;
    struct rhythm rhythm;
    int64_t opened_at; /* loop time */
    char *reason;      /* why there is no connection, NULL when there is */
    int fd;
    bool open;
    bool was_open;
    bool trouble_told; /* since it was open last */
    bool news;         /* that it is open */
    size_t received;   /* bytes, over this connection */
    char words[WORDS]; /* the first of them */
};

static void try_candidate(struct connection *connection);

static void drop_socket(struct connection *connection)
{
    bool was_open = connection->open;
    loop_watch_free(connection->watch);
    connection->watch = NULL;
    if (connection->fd >= 0)
        close(connection->fd);
    connection->fd = -1;
    connection->open = false;
    if (was_open)
        connection->setup.closed(connection->setup.context);
}

/* Gives up for now, says why once, and tries again after a pause that grows. */
static void pause_and_retry(struct connection *connection, const char *what)
{
    uint64_t missed = 0;
    int64_t now = loop_now(connection->setup.loop);
    char *reason = memory_print("%s: %s; trying again", connection->setup.name, what);
    if (connection->open && now - connection->opened_at >= STEADY_MS)
        log_repeat_reset(&connection->trouble);
    drop_socket(connection);
    free(connection->reason);
    connection->reason = reason;
    if (log_repeat_due(&connection->trouble, now, &missed)) {
        log_warn(connection->setup.log, "port", "%s", reason);
        connection->trouble_told = true;
    }
    loop_timer_start(connection->timer, backoff_next(&connection->backoff), 0);
    connection->setup.changed(connection->setup.context);
}

static void wait_for_bytes(struct connection *connection)
{
    loop_timer_start(connection->timer, rhythm_patience(&connection->rhythm), 0);
}

/* ------------------------------------------------------------------------------------------------
 * While it is open
 */

static bool is_printable(const char *text, size_t size)
{
    for (size_t i = 0; i < size; i++)
        if (text[i] < ' ' || text[i] > '~')
            return false;
    return size > 0;
}

/* Converters that serve one client tell the next one so, and hang up. */
static void other_side_closed(struct connection *connection)
{
    char what[WORDS + 64] = "the other side closed the connection";
    size_t size = connection->received;
    while (size > 0 && size <= WORDS && strchr("\r\n", connection->words[size - 1]))
        size--;
    if (size <= WORDS && is_printable(connection->words, size))
        snprintf(what, sizeof what, "the other side closed the connection, saying '%.*s'",
                 (int)size, connection->words);
    pause_and_retry(connection, what);
}

static void note_words(struct connection *connection, const char *bytes, size_t size)
{
    if (connection->received < WORDS) {
        size_t room = WORDS - connection->received;
        memcpy(connection->words + connection->received, bytes, size < room ? size : room);
    }
    connection->received += size;
}

static void read_bytes(struct connection *connection)
{
    char bytes[4096];
    for (int i = 0; i < READS_AT_ONCE && connection->open; i++) {
        ssize_t count = recv(connection->fd, bytes, sizeof bytes, 0);
        if (count < 0 && (errno == EAGAIN || errno == EINTR))
            return;
        if (count < 0)
            pause_and_retry(connection, strerror(errno));
        else if (count == 0)
            other_side_closed(connection);
        if (count <= 0)
            return;
        note_words(connection, bytes, (size_t)count);
        rhythm_bytes(&connection->rhythm);
        wait_for_bytes(connection);
        connection->setup.bytes(connection->setup.context, bytes, (size_t)count);
        if ((size_t)count < sizeof bytes)
            return; /* that was all there is: to ask once more would be a system call for nothing */
    }
}

static void become_open(struct connection *connection)
{
    connection->news = !connection->was_open || connection->trouble_told;
    connection->open = true;
    connection->was_open = true;
    connection->trouble_told = false;
    connection->opened_at = loop_now(connection->setup.loop);
    connection->received = 0;
    free(connection->reason);
    connection->reason = NULL;
    log_write(connection->setup.log, connection->news ? LOG_INFO : LOG_DEBUG, "port",
              "%s is connected", connection->setup.name);
    rhythm_connected(&connection->rhythm);
    loop_watch_set(connection->watch, LOOP_READ);
    wait_for_bytes(connection);
    connection->setup.opened(connection->setup.context);
    connection->setup.changed(connection->setup.context);
}

static void give_up_silent(struct connection *connection)
{
    char what[64];
    snprintf(what, sizeof what, "nothing came for %lld s",
             (long long)(rhythm_patience(&connection->rhythm) / 1000));
    rhythm_gave_up(&connection->rhythm);
    /* The other side may well be there, and its meter silent: no reason to wait longer each time. */
    backoff_reset(&connection->backoff);
    pause_and_retry(connection, what);
}

/* ------------------------------------------------------------------------------------------------
 * Connecting
 */

static void socket_ready(void *context, int events, int error)
{
    struct connection *connection = context;
    (void)events;
    if (connection->open) {
        read_bytes(connection);
        return;
    }
    /* The loop only knows that something is wrong; the socket knows what. */
    int reason = 0;
    socklen_t size = sizeof reason;
    if (getsockopt(connection->fd, SOL_SOCKET, SO_ERROR, &reason, &size) != 0)
        reason = errno;
    if (reason == 0)
        reason = -error;
    if (reason == 0) {
        become_open(connection);
        return;
    }
    drop_socket(connection);
    if (connection->next)
        try_candidate(connection);
    else
        pause_and_retry(connection, strerror(reason));
}

/* What the kernel notices by itself, such as a converter that was switched off. */
static void keep_alive(int fd)
{
    int yes = 1;
    int idle = KEEPALIVE_S;
    int each = KEEPALIVE_EACH_S;
    int count = KEEPALIVE_COUNT;
    setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &yes, sizeof yes);
    setsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &idle, sizeof idle);
    setsockopt(fd, IPPROTO_TCP, TCP_KEEPINTVL, &each, sizeof each);
    setsockopt(fd, IPPROTO_TCP, TCP_KEEPCNT, &count, sizeof count);
}

static void try_candidate(struct connection *connection)
{
    const struct addrinfo *candidate = connection->next;
    connection->next = candidate->ai_next;
    connection->fd = socket(candidate->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (connection->fd < 0) {
        pause_and_retry(connection, strerror(errno));
        return;
    }
    keep_alive(connection->fd);
    if (connect(connection->fd, candidate->ai_addr, candidate->ai_addrlen) != 0 &&
        errno != EINPROGRESS) {
        int error = errno;
        drop_socket(connection);
        if (connection->next)
            try_candidate(connection);
        else
            pause_and_retry(connection, strerror(error));
        return;
    }
    connection->watch = loop_watch_new(connection->setup.loop, connection->fd, LOOP_WRITE,
                                       socket_ready, connection);
    loop_timer_start(connection->timer, CONNECT_MS, 0);
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
    struct connection *connection = lookup->connection;
    if (!connection) {
        if (lookup->error == 0)
            freeaddrinfo(lookup->found);
        free(lookup);
        return;
    }
    connection->lookup = NULL;
    if (lookup->error != 0) {
        pause_and_retry(connection, gai_strerror(lookup->error));
    } else {
        if (connection->candidates)
            freeaddrinfo(connection->candidates);
        connection->candidates = lookup->found;
        connection->next = lookup->found;
        try_candidate(connection);
    }
    free(lookup);
}

static void start(struct connection *connection)
{
    struct lookup *lookup = memory_new(1, sizeof *lookup);
    *lookup = (struct lookup){.connection = connection, .address = connection->setup.address};
    connection->lookup = lookup;
    loop_work(connection->setup.loop, look_up, looked_up, lookup);
}

static void timer_fired(void *context)
{
    struct connection *connection = context;
    if (connection->open)
        give_up_silent(connection);
    else if (connection->fd >= 0)
        pause_and_retry(connection, "no answer");
    else if (!connection->lookup)
        start(connection);
}

/* ------------------------------------------------------------------------------------------------
 * For its owner
 */

struct connection *connection_new(const struct connection_setup *setup)
{
    struct connection *connection = memory_new(1, sizeof *connection);
    connection->setup = *setup;
    connection->fd = -1;
    connection->backoff =
        (struct backoff){.first_ms = FIRST_PAUSE_MS, .longest_ms = LONGEST_PAUSE_MS};
    connection->timer = loop_timer_new(setup->loop, timer_fired, connection);
    start(connection);
    return connection;
}

void connection_send(struct connection *connection, const void *bytes, size_t size)
{
    /* Half of it gone is as bad as nothing; the end is told by the reading side. */
    if (connection->open &&
        send(connection->fd, bytes, size, MSG_DONTWAIT | MSG_NOSIGNAL) != (ssize_t)size)
        shutdown(connection->fd, SHUT_RDWR);
}

void connection_give_up(struct connection *connection, const char *what)
{
    if (connection->open)
        pause_and_retry(connection, what);
}

void connection_good(struct connection *connection)
{
    backoff_reset(&connection->backoff);
    if (!connection->open)
        return;
    rhythm_telegram(&connection->rhythm, loop_now(connection->setup.loop));
    wait_for_bytes(connection);
}

bool connection_is_open(const struct connection *connection)
{
    return connection->open;
}

bool connection_is_news(const struct connection *connection)
{
    return connection->open && connection->news;
}

const char *connection_state(const struct connection *connection)
{
    if (connection->open)
        return "reading";
    return connection->reason ? connection->reason : "connecting";
}

void connection_free(struct connection *connection)
{
    loop_watch_free(connection->watch);
    loop_timer_free(connection->timer);
    if (connection->fd >= 0)
        close(connection->fd);
    if (connection->lookup)
        connection->lookup->connection = NULL;
    if (connection->candidates)
        freeaddrinfo(connection->candidates);
    free(connection->reason);
    free(connection);
}
