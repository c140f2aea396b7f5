/* SPDX-License-Identifier: MIT */
/* The descriptor that libmosquitto has is made to name one end of a pair of sockets (dup2), so that it
 * need not know of this. */
#include "net/mqtt_relay.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

bool mqtt_relay_open(struct mqtt_relay *relay, int fd)
{
    int pair[2], on = 1;
    relay->far = fcntl(fd, F_DUPFD_CLOEXEC, 0);
    if (relay->far < 0)
        return false;
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, pair) != 0) {
        close(relay->far);
        relay->far = -1;
        return false;
    }
    relay->near = pair[0];
    dup2(pair[1], fd);
    close(pair[1]);
    setsockopt(relay->far, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    return true;
}

static bool is_passing(int error)
{
    return error == EAGAIN || error == EWOULDBLOCK || error == EINTR;
}

long mqtt_relay_feed(struct mqtt_relay *relay)
{
    char piece[MQTT_RELAY_PIECE];
    ssize_t size = recv(relay->far, piece, sizeof piece, 0);
    if (size < 0)
        return is_passing(errno) ? 0 : -1;
    if (size == 0) {
        errno = 0;
        return -1;
    }
    /* The pair holds more than a piece, and libmosquitto has read what was in it. */
    return send(relay->near, piece, (size_t)size, MSG_NOSIGNAL) == size ? (long)size : -1;
}

/* Fetches more of what was written; false when there is none. */
static bool fill(struct mqtt_relay *relay)
{
    ssize_t size = recv(relay->near, relay->out, sizeof relay->out, 0);
    relay->out_at = 0;
    relay->out_size = size > 0 ? (size_t)size : 0;
    return size > 0;
}

long mqtt_relay_send(struct mqtt_relay *relay)
{
    long all = 0;
    while (relay->out_at < relay->out_size || fill(relay)) {
        ssize_t sent = send(relay->far, relay->out + relay->out_at, relay->out_size - relay->out_at,
                            MSG_NOSIGNAL);
        if (sent < 0)
            return is_passing(errno) ? all : -1;
        relay->out_at += (size_t)sent;
        all += sent;
    }
    return all;
}

bool mqtt_relay_waits(const struct mqtt_relay *relay)
{
    return relay->out_at < relay->out_size;
}

void mqtt_relay_close(struct mqtt_relay *relay)
{
    if (relay->far >= 0)
        close(relay->far);
    if (relay->near >= 0)
        close(relay->near);
    relay->far = relay->near = -1;
}
