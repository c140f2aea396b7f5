/* SPDX-License-Identifier: MIT */
/*
 * Where the web server listens, as http.listen names it: 127.0.0.1:8095, [::]:8095, *:8095, one or
 * several with blanks or commas between them; or no.
 */
#ifndef DSMR_CONFIG_HTTP_LISTEN_H
#define DSMR_CONFIG_HTTP_LISTEN_H

#include "config/config.h"

#include <stdbool.h>

enum { HTTP_PLACES = 8, HTTP_HOST_MAX = 64, HTTP_TOKEN_MAX = 255 };

struct http_place {
    char host[HTTP_HOST_MAX]; /* a numeric address, without brackets */
    int port;                 /* 0: any that is free */
    bool loopback;            /* only programs of this machine can come */
};

enum http_place_kind { HTTP_PLACE_END, HTTP_PLACE_BAD, HTTP_PLACE_GOOD };

/* Reads the next place of a list, which moves behind it; "no" is none. */
enum http_place_kind http_listen_next(const char **list, struct http_place *place);

/* True for "no", and for a list of one to HTTP_PLACES places all of which are good. */
bool http_listen_is_good(const char *list);

/* True when others than this machine can reach one of the places of a good list. */
bool http_listen_is_wide(const char *list);

enum http_token {
    HTTP_TOKEN_GOOD,
    HTTP_TOKEN_BAD,     /* the file's first line is not one of 1 to HTTP_TOKEN_MAX bytes */
    HTTP_TOKEN_MISSING, /* there is no such file, or it cannot be read */
    HTTP_TOKEN_HIDDEN,  /* this user may not read it; that of the service may */
};

/* What is in a file that http.token.file names. */
enum http_token http_token_look(const char *path);

/* A command that makes a token file. Static text. */
extern const char http_token_advice[];

/* Complains of an address that others can reach where there is no http.token.file. */
void http_keys_check(const struct config *config, struct complaints *complaints);

#endif
