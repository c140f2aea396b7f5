/* SPDX-License-Identifier: MIT */
/* The sockets that readers of telegrams connect to. */
#ifndef DSMR_SINK_P1_SOCKET_H
#define DSMR_SINK_P1_SOCKET_H

#include "config/listen.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct p1_socket {
    int fd;                         /* listens; -1 when not open */
    char path[LISTEN_PATH_MAX + 1]; /* of a unix socket, "" otherwise */
    dev_t device;                   /* with node: the file that we made */
    ino_t node;
};

/*
 * Listens at a place that is LISTEN_TCP or LISTEN_UNIX. The file of a unix socket is replaced only
 * when it is a socket that nobody listens on any more. Returns NULL, or why it cannot be done
 * (static text); socket->fd is -1 then.
 */
const char *p1_socket_open(struct p1_socket *socket, const struct listen_place *place);

/* False when somebody has removed the file of a unix socket, or put another there: nobody finds it any
 * more. */
bool p1_socket_is_there(const struct p1_socket *socket);

/* Closes it and removes the file of a unix socket, if it is still ours. */
void p1_socket_close(struct p1_socket *socket);

/* Who is at the other end, for people: "127.0.0.1:41234" or "process 123". */
void p1_socket_peer(int fd, char *name, size_t size);

#endif
