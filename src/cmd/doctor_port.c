/* SPDX-License-Identifier: MIT */
#include "cmd/doctor_port.h"

#include "source/serial_port.h"

#include <errno.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

static uint64_t risen(int before, int after)
{
    return (uint32_t)after - (uint32_t)before;
}

void doctor_port_errors(const struct doctor_port *port, struct line_errors *errors)
{
    struct serial_icounter_struct now;
    if (!port->counts || ioctl(port->fd, TIOCGICOUNT, &now) != 0)
        return;
    const struct serial_icounter_struct *before = &port->before;
    *errors = (struct line_errors){
        .known = true,
        .overruns =
            risen(before->overrun, now.overrun) + risen(before->buf_overrun, now.buf_overrun),
        .framing = risen(before->frame, now.frame),
        .parity = risen(before->parity, now.parity),
        .breaks = risen(before->brk, now.brk),
    };
}

int doctor_port_request(const struct doctor_port *port)
{
    int lines = 0;
    if (port->fd < 0 || ioctl(port->fd, TIOCMGET, &lines) != 0)
        return -1;
    return (lines & TIOCM_RTS) != 0 ? 1 : 0;
}

enum port_trouble doctor_port_trouble(int error)
{
    switch (error) {
    case EBUSY:
    case EWOULDBLOCK:
        return PORT_TAKEN;
    case EACCES:
    case EPERM:
        return PORT_FORBIDDEN;
    case ENOENT:
    case ENXIO:
    case ENODEV:
    case ENOTDIR:
        return PORT_MISSING;
    case ENOTTY:
    case EISDIR:
        return PORT_NO_SERIAL;
    default:
        return PORT_UNREADABLE;
    }
}

enum port_trouble doctor_port_open(struct doctor_port *port, const char *path, char **reason)
{
    *reason = NULL;
    port->fd = serial_port_open(path, reason);
    if (port->fd < 0)
        return doctor_port_trouble(errno);
    serial_port_unlock(port->fd);
    port->counts = ioctl(port->fd, TIOCGICOUNT, &port->before) == 0;
    return PORT_OPENED;
}

void doctor_port_close(const struct doctor_port *port)
{
    if (port->fd >= 0)
        close(port->fd);
}
