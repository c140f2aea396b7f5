/* SPDX-License-Identifier: MIT */
/* sd_notify() in a few lines: a datagram to a unix socket. */
#include "core/systemd.h"

#include "core/memory.h"

#include <limits.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

struct systemd {
    struct sockaddr_un address;
    socklen_t address_size;
    struct loop_timer *watchdog; /* NULL when it is not asked for */
    int fd;                      /* -1 without a socket to tell */
};

/* Opens the socket that $NOTIFY_SOCKET names; one that begins with @ is not in the file system. */
static int open_socket(struct systemd *systemd)
{
    const char *path = getenv("NOTIFY_SOCKET");
    size_t size = path ? strlen(path) : 0;
    if (size < 2 || size >= sizeof systemd->address.sun_path || (path[0] != '/' && path[0] != '@'))
        return -1;
    systemd->address.sun_family = AF_UNIX;
    memcpy(systemd->address.sun_path, path, size);
    if (path[0] == '@')
        systemd->address.sun_path[0] = '\0';
    systemd->address_size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + size);
    return socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
}

static void on_watchdog(void *context)
{
    systemd_tell(context, "WATCHDOG=1");
}

static bool is_ours(const char *pid)
{
    return !pid || strtol(pid, NULL, 10) == (long)getpid();
}

/* Milliseconds within which systemd wants a sign of life; 0 when it wants none. */
static int64_t watchdog_ms(void)
{
    const char *patience = getenv("WATCHDOG_USEC");
    long long microseconds = patience ? strtoll(patience, NULL, 10) : 0;
    bool wanted = microseconds >= 1000 && microseconds < LLONG_MAX;
    return wanted && is_ours(getenv("WATCHDOG_PID")) ? microseconds / 1000 : 0;
}

struct systemd *systemd_new(struct loop *loop)
{
    struct systemd *systemd = memory_new(1, sizeof *systemd);
    systemd->fd = open_socket(systemd);
    int64_t patience = watchdog_ms();
    if (systemd->fd >= 0 && patience > 0) {
        systemd->watchdog = loop_timer_new(loop, on_watchdog, systemd);
        loop_timer_start(systemd->watchdog, patience / 2, patience / 2);
    }
    return systemd;
}

void systemd_tell(const struct systemd *systemd, const char *lines)
{
    if (systemd->fd >= 0)
        sendto(systemd->fd, lines, strlen(lines), MSG_NOSIGNAL,
               (const struct sockaddr *)&systemd->address, systemd->address_size);
}

void systemd_free(struct systemd *systemd)
{
    if (!systemd)
        return;
    loop_timer_free(systemd->watchdog);
    if (systemd->fd >= 0)
        close(systemd->fd);
    free(systemd);
}
