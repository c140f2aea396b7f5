/* SPDX-License-Identifier: MIT */
#include "cmd/pty_port.h"

#include <errno.h>
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

const char *pty_port_open(struct pty_port *port, const char *path, int baud)
{
    *port = (struct pty_port){.baud = baud, .reader_baud = -1};
    return pty_link_open(&port->link, path, false);
}

bool pty_port_has_reader(const struct pty_port *port)
{
    return pty_link_has_reader(&port->link) && reader_baud(port->link.fd) > 0;
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
    ssize_t written = write(port->link.fd, noise, arrived);
    (void)written;
    return size;
}

size_t pty_port_send(struct pty_port *port, const unsigned char *bytes, size_t size)
{
    drain(port->link.fd);
    if (!pty_port_has_reader(port))
        return size;
    int baud = reader_baud(port->link.fd);
    if (baud != port->baud)
        return send_noise(port, baud, bytes, size);
    port->reader_baud = baud;
    ssize_t written = write(port->link.fd, bytes, size);
    if (written < 0)
        return errno == EAGAIN || errno == EINTR ? 0 : size;
    return (size_t)written;
}

void pty_port_close(struct pty_port *port)
{
    pty_link_close(&port->link);
}
