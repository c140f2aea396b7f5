/* SPDX-License-Identifier: MIT */
/*
 * Places to serve others at, as p1.listen names them: tcp://127.0.0.1:2000, unix:/run/dsmr/p1.sock
 * and pty:/run/dsmr/p1, one or several with blanks or commas between them.
 */
#ifndef DSMR_CONFIG_LISTEN_H
#define DSMR_CONFIG_LISTEN_H

#include "config/address.h"

#include <stdbool.h>

enum listen_kind {
    LISTEN_END,  /* the list is used up */
    LISTEN_BAD,  /* the word is no place */
    LISTEN_TCP,  /* address: a numeric one; 127.0.0.1 where the user wrote localhost or nothing */
    LISTEN_UNIX, /* path of a socket */
    LISTEN_PTY,  /* path of a symbolic link */
};

enum {
    LISTEN_PATH_MAX = 107, /* bytes: what a unix socket's address holds */
    LISTEN_PLACES = 16,    /* of one list */
};

struct listen_place {
    enum listen_kind kind;
    struct address address;
    char path[LISTEN_PATH_MAX + 1]; /* absolute */
    char name[256];                 /* the word itself, for people */
};

/* Reads the next place of the list; *list moves behind it. Returns place->kind. */
enum listen_kind listen_next(const char **list, struct listen_place *place);

/* True when the list has one to LISTEN_PLACES places and all are good. */
bool listen_is_good(const char *list);

#endif
