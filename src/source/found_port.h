/* SPDX-License-Identifier: MIT */
/* Remembers the port that port=auto found a meter on, so that it is not looked for at each start. */
#ifndef DSMR_SOURCE_FOUND_PORT_H
#define DSMR_SOURCE_FOUND_PORT_H

/* The stable name of the port, freed by the caller; NULL when none is known. folder may be NULL. */
char *found_port_read(const char *folder);

/* Keeps it. Does without when that cannot be done: it only saves seconds. folder may be NULL. */
void found_port_write(const char *folder, const char *port);

#endif
