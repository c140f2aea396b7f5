/* SPDX-License-Identifier: MIT */
/*
 * The stable name of a serial adapter. /dev/ttyUSB0 may come back as /dev/ttyUSB1 when it was plugged
 * out and in; its link in /dev/serial/by-id stays.
 */
#ifndef DSMR_SOURCE_PORT_NAME_H
#define DSMR_SOURCE_PORT_NAME_H

/* The folder that udev keeps the stable names in. */
#define PORT_NAMES "/dev/serial/by-id"

/* The link in folder that leads to the same device as path; NULL when there is none. Freed by the
 * caller. */
char *port_name_of(const char *folder, const char *path);

/*
 * The path to open for a port that the user calls path: path itself, unless its stable name (NULL when
 * none is known) leads elsewhere or path is gone. Borrowed from the arguments.
 */
const char *port_name_resolve(const char *path, const char *stable);

#endif
