/* SPDX-License-Identifier: MIT */
/* Remembers the speed that was found on a port, so that it is tried first next time. */
#ifndef DSMR_SOURCE_FOUND_SPEED_H
#define DSMR_SOURCE_FOUND_SPEED_H

/* The speed found on this port before; 0 when none is known. folder may be NULL. */
int found_speed_read(const char *folder, const char *port);

/* Keeps it. Does without when that cannot be done: it only saves seconds. folder may be NULL. */
void found_speed_write(const char *folder, const char *port, int baud);

#endif
