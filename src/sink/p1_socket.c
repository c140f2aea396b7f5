/* SPDX-License-Identifier: MIT */
#include "sink/p1_socket.h"

#include "core/path_fault.h"

#include <errno.h>
#include <grp.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

enum { BACKLOG = 64 };

/* Closes it and returns why, as errno tells. */
static const char *fail(struct p1_socket *opened)
{
    const char *reason = opened->path[0] != '\0' ? path_fault(errno) : strerror(errno);
    if (opened->fd >= 0)
        close(opened->fd);
    opened->fd = -1;
    return reason;
}

static const char *open_tcp(struct p1_socket *opened, const struct address *address)
{
    struct addrinfo hints = {.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV | AI_PASSIVE,
                             .ai_socktype = SOCK_STREAM};
    struct addrinfo *found;
    char service[8];
    int yes = 1;
    snprintf(service, sizeof service, "%d", address->port);
    int reason = getaddrinfo(address->host, service, &hints, &found);
    if (reason != 0)
        return gai_strerror(reason);
    opened->fd = socket(found->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    const char *error = NULL;
    if (opened->fd < 0 || setsockopt(opened->fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes) != 0 ||
        bind(opened->fd, found->ai_addr, found->ai_addrlen) != 0 ||
        listen(opened->fd, BACKLOG) != 0)
        error = fail(opened);
    freeaddrinfo(found);
    return error;
}

static struct sockaddr_un unix_address(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    memcpy(address.sun_path, path, strlen(path));
    return address;
}

/* A full queue of connections is a living listener as well. */
static bool somebody_listens(const struct sockaddr_un *address)
{
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    bool refused = fd >= 0 && connect(fd, (const struct sockaddr *)address, sizeof *address) != 0 &&
                   errno == ECONNREFUSED;
    if (fd >= 0)
        close(fd);
    return !refused;
}

/* NULL when the path is free now. */
static const char *clear_path(const struct sockaddr_un *address)
{
    struct stat found;
    if (lstat(address->sun_path, &found) != 0) {
        int reason = errno;
        bool is_free = reason == ENOENT && path_folder_error(address->sun_path) == 0;
        return is_free ? NULL : path_fault(reason);
    }
    if (!S_ISSOCK(found.st_mode))
        return "there is something else than a socket at that path, which is left alone";
    if (somebody_listens(address))
        return "another program listens there";
    return unlink(address->sun_path) == 0 ? NULL : strerror(errno);
}

/* Whoever may read serial ports may connect, as far as it is ours to say so. */
static void share(const char *path)
{
    const struct group *group = getgrnam("dialout");
    chmod(path, S_IRUSR | S_IWUSR);
    if (group && lchown(path, (uid_t)-1, group->gr_gid) == 0)
        chmod(path, S_IRUSR | S_IWUSR | S_IRGRP | S_IWGRP);
}

static const char *open_unix(struct p1_socket *opened, const char *path)
{
    struct sockaddr_un address = unix_address(path);
    struct stat made;
    const char *error = clear_path(&address);
    if (error)
        return error;
    memcpy(opened->path, path, strlen(path) + 1);
    opened->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (opened->fd < 0 || bind(opened->fd, (struct sockaddr *)&address, sizeof address) != 0)
        return fail(opened);
    share(path);
    if (lstat(path, &made) != 0 || listen(opened->fd, BACKLOG) != 0)
        return fail(opened);
    opened->device = made.st_dev;
    opened->node = made.st_ino;
    return NULL;
}

const char *p1_socket_open(struct p1_socket *socket, const struct listen_place *place)
{
    *socket = (struct p1_socket){.fd = -1};
    if (place->kind == LISTEN_UNIX)
        return open_unix(socket, place->path);
    return open_tcp(socket, &place->address);
}

bool p1_socket_is_there(const struct p1_socket *socket)
{
    struct stat found;
    return socket->path[0] == '\0' ||
           (lstat(socket->path, &found) == 0 && found.st_dev == socket->device &&
            found.st_ino == socket->node);
}

void p1_socket_close(struct p1_socket *socket)
{
    if (socket->fd < 0)
        return;
    if (socket->path[0] != '\0' && p1_socket_is_there(socket))
        unlink(socket->path);
    close(socket->fd);
    socket->fd = -1;
}

void p1_socket_peer(int fd, char *name, size_t size)
{
    struct sockaddr_storage address = {0};
    socklen_t length = sizeof address;
    char host[NI_MAXHOST];
    char service[NI_MAXSERV];
    struct ucred other;
    socklen_t other_length = sizeof other;
    if (getpeername(fd, (struct sockaddr *)&address, &length) != 0)
        snprintf(name, size, "somebody");
    else if (address.ss_family == AF_UNIX &&
             getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &other, &other_length) == 0)
        snprintf(name, size, "process %ld", (long)other.pid);
    else if (getnameinfo((struct sockaddr *)&address, length, host, sizeof host, service,
                         sizeof service, NI_NUMERICHOST | NI_NUMERICSERV) == 0)
        snprintf(name, size, strchr(host, ':') ? "[%s]:%s" : "%s:%s", host, service);
    else
        snprintf(name, size, "somebody");
}
