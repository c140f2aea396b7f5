/* SPDX-License-Identifier: MIT */
/*
 * Only the meter's side stays open here. The kernel tells by a hang-up whether a reader has the
 * other side open, and the meter's side shows the settings that the reader made.
 */
#include "cmd/pty_port.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

enum { NOISE_CHUNK = 512 };

static const struct {
    speed_t speed;
    int baud;
} speeds[] = {
    {B300, 300},       {B600, 600},       {B1200, 1200},     {B2400, 2400},   {B4800, 4800},
    {B9600, 9600},     {B19200, 19200},   {B38400, 38400},   {B57600, 57600}, {B115200, 115200},
    {B230400, 230400}, {B460800, 460800}, {B921600, 921600},
};

static const char no_terminal[] = "no pseudo-terminal could be had; is /dev/pts there?";

/* 0 for the speed that hangs up, and for those that no meter has. */
static int reader_baud(int fd)
{
    struct termios settings;
    if (tcgetattr(fd, &settings) != 0)
        return 0;
    speed_t speed = cfgetispeed(&settings);
    if (speed == B0)
        speed = cfgetospeed(&settings);
    for (size_t i = 0; i < sizeof speeds / sizeof speeds[0]; i++)
        if (speeds[i].speed == speed)
            return speeds[i].baud;
    return 0;
}

/* A pseudo-terminal that looks hung up until a reader opens it. */
static int new_terminal(char *device, size_t size)
{
    int fd = posix_openpt(O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0)
        return -1;
    int other = -1;
    if (grantpt(fd) == 0 && unlockpt(fd) == 0 && ptsname_r(fd, device, size) == 0)
        other = open(device, O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (other < 0) {
        close(fd);
        return -1;
    }
    close(other);
    return fd;
}

/* At no moment is there no link, or half of one. */
static const char *make_link(const struct pty_port *port)
{
    char beside[4096];
    struct stat found;
    if (lstat(port->link, &found) == 0 && !S_ISLNK(found.st_mode))
        return "there is something else than a symbolic link at that path, which is left alone";
    int length = snprintf(beside, sizeof beside, "%s.%ld", port->link, (long)getpid());
    if (length < 0 || (size_t)length >= sizeof beside)
        return strerror(ENAMETOOLONG);
    if (symlink(port->device, beside) != 0)
        return strerror(errno);
    if (rename(beside, port->link) != 0) {
        int reason = errno;
        unlink(beside);
        return strerror(reason);
    }
    return NULL;
}

/* Another simulated meter may have taken the path over: then it is not ours to remove. */
static void remove_link(struct pty_port *port)
{
    char target[sizeof port->device];
    ssize_t length = readlink(port->link, target, sizeof target);
    if (port->plugged && length == (ssize_t)strlen(port->device) &&
        memcmp(target, port->device, (size_t)length) == 0)
        unlink(port->link);
    port->plugged = false;
}

const char *pty_port_open(struct pty_port *port, const char *link, int baud)
{
    *port = (struct pty_port){.link = link, .baud = baud, .reader_baud = -1};
    port->fd = new_terminal(port->device, sizeof port->device);
    if (port->fd < 0)
        return no_terminal;
    const char *error = pty_port_plug(port);
    if (error) {
        close(port->fd);
        port->fd = -1;
    }
    return error;
}

/* The new one is made while the old one still has its number. */
static bool replace_terminal(struct pty_port *port)
{
    char device[sizeof port->device];
    int fd = new_terminal(device, sizeof device);
    if (fd < 0)
        return false;
    close(port->fd);
    port->fd = fd;
    port->had_reader = false;
    memcpy(port->device, device, sizeof device);
    return true;
}

const char *pty_port_unplug(struct pty_port *port)
{
    remove_link(port);
    return replace_terminal(port) ? NULL : no_terminal;
}

const char *pty_port_plug(struct pty_port *port)
{
    const char *error = make_link(port);
    port->plugged = error == NULL;
    return error;
}

static bool is_hung_up(const struct pty_port *port)
{
    struct pollfd state = {.fd = port->fd};
    return poll(&state, 1, 0) < 0 || state.revents & (POLLHUP | POLLERR);
}

/*
 * Makes the port new for the next reader: what the last one left unread is thrown away. A reader
 * that took it for itself alone (TIOCEXCL) leaves it locked: then there has to be another.
 */
static const char *renew(struct pty_port *port)
{
    int other = open(port->device, O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK);
    if (other < 0 && !is_hung_up(port))
        return NULL; /* the next one is there already, and has locked it */
    if (other < 0)
        return replace_terminal(port) ? make_link(port) : no_terminal;
    tcflush(port->fd, TCOFLUSH);
    tcflush(other, TCIFLUSH);
    close(other);
    return NULL;
}

const char *pty_port_look(struct pty_port *port)
{
    const char *error = NULL;
    bool hung_up = is_hung_up(port);
    if (hung_up && port->had_reader && port->plugged)
        error = renew(port);
    port->had_reader = !hung_up;
    return error;
}

bool pty_port_has_reader(const struct pty_port *port)
{
    return !is_hung_up(port) && reader_baud(port->fd) > 0;
}

/* What the reader writes, or echoes, is nothing to a meter. */
static void drain(int fd)
{
    char nothing[256];
    while (read(fd, nothing, sizeof nothing) > 0)
        continue;
}

static size_t send_noise(struct pty_port *port, int baud, const unsigned char *bytes, size_t size)
{
    unsigned char noise[NOISE_CHUNK * UART_MOST_PER_BYTE + 1];
    if (size > NOISE_CHUNK)
        size = NOISE_CHUNK;
    if (baud != port->reader_baud)
        uart_init(&port->uart, port->baud, baud);
    port->reader_baud = baud;
    size_t arrived = uart_receive(&port->uart, bytes, size, noise);
    /* What finds no room is lost, as on a real port. */
    ssize_t written = write(port->fd, noise, arrived);
    (void)written;
    return size;
}

size_t pty_port_send(struct pty_port *port, const unsigned char *bytes, size_t size)
{
    drain(port->fd);
    if (!pty_port_has_reader(port))
        return size;
    int baud = reader_baud(port->fd);
    if (baud != port->baud)
        return send_noise(port, baud, bytes, size);
    port->reader_baud = baud;
    ssize_t written = write(port->fd, bytes, size);
    if (written < 0)
        return errno == EAGAIN || errno == EINTR ? 0 : size;
    return (size_t)written;
}

void pty_port_close(struct pty_port *port)
{
    remove_link(port);
    if (port->fd >= 0)
        close(port->fd);
    port->fd = -1;
}
