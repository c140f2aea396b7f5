/* SPDX-License-Identifier: MIT */
/*
 * The serial ports of this machine, as the kernel names them in sysfs: which adapter each is, its
 * stable name, and whether it can be had. Nothing is opened, so nobody is disturbed.
 */
#ifndef DSMR_SOURCE_SERIAL_LIST_H
#define DSMR_SOURCE_SERIAL_LIST_H

#include <stdbool.h>
#include <stddef.h>

/* Where the facts are. */
struct serial_roots {
    const char *sysfs;   /* "/sys" */
    const char *devices; /* "/dev" */
    const char *names;   /* "/dev/serial/by-id" */
};

extern const struct serial_roots serial_system; /* of this machine */

/* The texts are the entry's own; NULL where there is no such thing. Those of the adapter are what it
 * says of itself: any bytes. */
struct serial_entry {
    char *path;          /* "/dev/ttyUSB0" */
    char *stable;        /* "/dev/serial/by-id/usb-FTDI_…-if00-port0" */
    char *driver;        /* "ftdi_sio" */
    char *vendor_id;     /* "0403"; NULL for what is not on USB */
    char *product_id;    /* "6001" */
    char *vendor;        /* "FTDI" */
    char *product;       /* "FT232R USB UART" */
    char *serial_number; /* "AB0CD1EF": it tells one adapter from all others */
    char *holder;        /* who has it, "ser2net (process 123)"; root sees all */
    char *obstacle;      /* why it cannot be opened and what cures it, in one line */
};

/* Zeroed to begin with. */
struct serial_list {
    struct serial_entry *at; /* by name, ttyUSB2 before ttyUSB10 */
    size_t count;
};

/* Reads all ports of the machine into an empty list. Without sysfs there are none. */
void serial_list_read(struct serial_list *list, const struct serial_roots *roots);

/* Puts a port behind the others that sysfs need not know, such as a pseudo-terminal; one that is
 * there already, under whatever name, stays where it is. Returns its place. */
size_t serial_list_add(struct serial_list *list, const char *path,
                       const struct serial_roots *roots);

/* True when nobody is known to have the port and it may be opened. */
bool serial_entry_is_free(const struct serial_entry *entry);

/* The name to write down: the stable one where there is one. Borrowed. */
const char *serial_entry_name(const struct serial_entry *entry);

/* Empties the list. */
void serial_list_free(struct serial_list *list);

#endif
