/* SPDX-License-Identifier: MIT */
/* dsmr ports: what is known of a port, and how it is told. */
#ifndef DSMR_CMD_PORTS_H
#define DSMR_CMD_PORTS_H

#include "meter/port_search.h"
#include "source/serial_list.h"

#include <stdbool.h>

/* A port and what was heard on it. */
struct ports_row {
    const struct serial_entry *entry; /* borrowed, as the next is */
    const struct port_result *heard;  /* NULL when it was not listened to */
};

struct ports_probe;

/*
 * Listens on those of the ports that are free, at most wait_s seconds, and shows on a terminal how far
 * it is; stops early on SIGINT and SIGTERM. Fills in what was heard, which is borrowed until
 * ports_probe_end(). Never NULL.
 */
struct ports_probe *ports_probe(struct ports_row *rows, size_t count, int wait_s);

/* NULL is allowed. */
void ports_probe_end(struct ports_probe *probe);

/* A table for people. */
void ports_print_table(const struct ports_row *rows, size_t count);

/* An array of objects. */
void ports_print_json(const struct ports_row *rows, size_t count);

#endif
