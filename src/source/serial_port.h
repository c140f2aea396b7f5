/* SPDX-License-Identifier: MIT */
/* A serial port as a file: opened for us alone, read as bytes, its speed changed while it is open. */
#ifndef DSMR_SOURCE_SERIAL_PORT_H
#define DSMR_SOURCE_SERIAL_PORT_H

#include "config/line_settings.h"

/*
 * Opens a serial port exclusively and returns its descriptor, non-blocking. On failure returns -1 with
 * errno set and *reason, freed by the caller, saying in one line what happened and what cures it.
 */
int serial_port_open(const char *path, char **reason);

/*
 * Sets speed and form and throws away what was received before. The request line (RTS) is asserted;
 * DTR is dropped at 9600 and below, as the old binding did. What the port lacks is done without: a
 * pseudo-terminal has no modem lines and ignores the form. Returns 0 or a negative errno.
 */
int serial_port_set(int fd, const struct line_settings *settings);

/* Lets go of the port. */
void serial_port_close(int fd);

/* Lets the program open it once more, and keeps it open: for who asks after its counters meanwhile. */
void serial_port_unlock(int fd);

/* Which program has the file open, "name (process 123)", freed by the caller; NULL when it cannot be
 * told. */
char *serial_port_holder(const char *path);

/* Why we may not open the port, with the group and the command that cure it, in one line freed by the
 * caller; NULL when we may. Nothing is opened. */
char *serial_port_denied(const char *path);

#endif
