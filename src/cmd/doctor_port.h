/* SPDX-License-Identifier: MIT */
/* A serial port beside the source that reads it: dsmr doctor asks it what the driver knows. */
#ifndef DSMR_CMD_DOCTOR_PORT_H
#define DSMR_CMD_DOCTOR_PORT_H

#include "cmd/diagnosis.h"

#include <linux/serial.h>
#include <stdbool.h>

struct doctor_port {
    int fd;                               /* -1 without: set so by the owner to begin with */
    bool counts;                          /* its driver does */
    struct serial_icounter_struct before; /* what that had counted when we came */
};

/* What keeps a port from being read, by the errno of the attempt. */
enum port_trouble doctor_port_trouble(int error);

/* Opens the port once more, and leaves it to the source to lock it. PORT_OPENED, or what is wrong, with
 * *reason (one line, freed by the caller). */
enum port_trouble doctor_port_open(struct doctor_port *port, const char *path, char **reason);

/* What its driver has counted since it was opened; *errors stays as it is where that counts nothing. */
void doctor_port_errors(const struct doctor_port *port, struct line_errors *errors);

/* The request line: 1 on, 0 off, -1 not known. */
int doctor_port_request(const struct doctor_port *port);

void doctor_port_close(const struct doctor_port *port);

#endif
