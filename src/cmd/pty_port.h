/* SPDX-License-Identifier: MIT */
/*
 * A pseudo-terminal as the port of a meter, found by a symbolic link: it can be unplugged and comes
 * back under another number, and a reader with the wrong speed gets noise.
 */
#ifndef DSMR_CMD_PTY_PORT_H
#define DSMR_CMD_PTY_PORT_H

#include "simulate/uart.h"

#include <stdbool.h>
#include <stddef.h>

struct pty_port {
    const char *link; /* borrowed */
    int baud;
    int fd;          /* the meter's side; -1 while there is none */
    char device[64]; /* the reader's side: /dev/pts/3 */
    bool had_reader; /* when it was last looked */
    bool plugged;    /* the link is there */
    int reader_baud; /* that uart was last set to */
    struct uart uart;
};

/* Opens it and makes the link. Returns, as all that do, NULL or what is wrong (static text). */
const char *pty_port_open(struct pty_port *port, const char *link, int baud);

/* Hangs up on the reader and takes the link away. */
const char *pty_port_unplug(struct pty_port *port);

/* Puts the link back. */
const char *pty_port_plug(struct pty_port *port);

/* Makes the port ready for another reader when the last one has left. To be called often. */
const char *pty_port_look(struct pty_port *port);

/* True when a reader has the port open and has not set the speed to 0. */
bool pty_port_has_reader(const struct pty_port *port);

/*
 * Sends bytes as far as there is room and returns how many of them are gone. Without a reader they
 * are all gone; noise does not wait for room. Never waits.
 */
size_t pty_port_send(struct pty_port *port, const unsigned char *bytes, size_t size);

void pty_port_close(struct pty_port *port);

#endif
