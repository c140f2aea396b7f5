/* SPDX-License-Identifier: MIT */
/*
 * A pseudo-terminal as the port of a meter, found by a symbolic link: it can be unplugged and comes
 * back under another number, and a reader with the wrong speed gets noise.
 */
#ifndef DSMR_CMD_PTY_PORT_H
#define DSMR_CMD_PTY_PORT_H

#include "core/pty_link.h"
#include "simulate/uart.h"

#include <stdbool.h>
#include <stddef.h>

struct pty_port {
    struct pty_link link;
    int baud;
    int reader_baud; /* that uart was last set to */
    struct uart uart;
};

/* Opens it and makes the link. Returns NULL or what is wrong (static text). */
const char *pty_port_open(struct pty_port *port, const char *path, int baud);

/* True when a reader has the port open and has not set the speed to 0. */
bool pty_port_has_reader(const struct pty_port *port);

/*
 * Sends bytes as far as there is room and returns how many of them are gone. Without a reader they
 * are all gone; noise does not wait for room. Never waits.
 */
size_t pty_port_send(struct pty_port *port, const unsigned char *bytes, size_t size);

void pty_port_close(struct pty_port *port);

#endif
