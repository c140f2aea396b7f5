/* SPDX-License-Identifier: MIT */
/* The keys of dsmr.cfg as they stand in a line: which of keys.def one is, and where its value belongs. */
#ifndef DSMR_CONFIG_CONFIG_ENTRY_H
#define DSMR_CONFIG_CONFIG_ENTRY_H

#include "config/config.h"
#include "config/piece.h"

/* A file that is being read. */
struct config_reader {
    struct config *config;
    const char *file; /* its name */
    struct complaints *complaints;
    int line;
    bool begun;  /* a line that says something was read */
    bool shared; /* openHAB 1's openhab.cfg, where other services' keys stand too */
};

#define complain_here(reader, severity, ...)                                                       \
    complain((reader)->complaints, severity, (reader)->file, (reader)->line, __VA_ARGS__)

enum { CONFIG_NAME_SIZE = 128 };

struct config_entry {
    enum config_key key;
    struct config_value *value;  /* of the configuration; valid until the next entry is found */
    char name[CONFIG_NAME_SIZE]; /* meter.garage.port */
};

/* Finds the key of this name; a meter or a destination that it names is made if it is not there. Returns
 * false, with a complaint, when there is no such key. */
bool config_entry_find(struct config_reader *reader, struct piece name, struct config_entry *entry);

#endif
