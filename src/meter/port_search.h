/* SPDX-License-Identifier: MIT */
/*
 * Listens on several serial ports at once to learn which of them have a meter. Each is read as dsmr
 * run reads it, its speed found out the same way.
 */
#ifndef DSMR_METER_PORT_SEARCH_H
#define DSMR_METER_PORT_SEARCH_H

#include "config/line_settings.h"
#include "core/loop.h"

#include <stdbool.h>
#include <stddef.h>

/* A meter of 9600 baud with ten seconds between its telegrams, after silence at the other speed. */
enum { PORT_SEARCH_MS = 35000 };

struct port_result {
    char *port;           /* as it was named */
    bool has_meter;       /* it sent a telegram that could be used, or encrypted ones */
    bool is_encrypted;    /* what it sends could not be read without a key */
    bool is_open;         /* it could be had; otherwise state says why not */
    bool is_told;         /* of what is above, something is known */
    char settings[24];    /* "115200 8N1" of a meter that was found */
    char state[240];      /* one line for people: "listening at 9600 baud" */
    char *identification; /* of its telegrams, as sent; NULL while none was read */
    char *origin;         /* "NL, DSMR 5.0", NULL when nothing is known of it */
};

struct port_search_setup {
    int64_t wait_ms;            /* the longest, from when the last port was added */
    struct line_settings fixed; /* baud 0: find out */
    struct loop *loop;
    /* Called once: every port that could be had has a meter, or the time is over. The search may be
     * freed in it. */
    void (*done)(void *context);
    void *context;
};

struct port_search;

/* Without a port. setup is copied. Never NULL. */
struct port_search *port_search_new(const struct port_search_setup *setup);

/* Begins to listen on the port, which nobody should have; copied. One that is in the search already
 * stays as it is, which returns false. */
bool port_search_add(struct port_search *search, const char *port);

size_t port_search_count(const struct port_search *search);

/* In the order that they were added; borrowed, valid until the next is added. */
const struct port_result *port_search_at(const struct port_search *search, size_t place);

/* Until the time is over. */
int64_t port_search_left_ms(const struct port_search *search);

/* Closes the ports. NULL is allowed. */
void port_search_free(struct port_search *search);

#endif
