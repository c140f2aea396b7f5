/* SPDX-License-Identifier: MIT */
/*
 * A TCP connection to a meter's converter that is made again whenever it breaks. One that is dead and
 * does not say so is noticed by the meter's own rhythm.
 */
#ifndef DSMR_SOURCE_CONNECTION_H
#define DSMR_SOURCE_CONNECTION_H

#include "config/address.h"
#include "core/log.h"
#include "core/loop.h"

#include <stdbool.h>
#include <stddef.h>

struct connection;

struct connection_setup {
    const char *name; /* for people: as the user named the port; borrowed */
    struct address address;
    struct loop *loop;
    struct log *log;
    void (*opened)(void *context);
    /* Bytes arrived; borrowed until return, and may be changed in place. */
    void (*bytes)(void *context, char *bytes, size_t size);
    void (*closed)(void *context);  /* after opened */
    void (*changed)(void *context); /* ask connection_state() */
    void *context;
};

/* Starts at once. setup is copied. */
struct connection *connection_new(const struct connection_setup *setup);

/* Sends a few bytes. Where they find no room the connection is broken, and will be made anew. */
void connection_send(struct connection *connection, const void *bytes, size_t size);

/* Closes it for a reason of the owner's, which is told as others are, and tries again later. Not from
 * inside the bytes callback. */
void connection_give_up(struct connection *connection, const char *what);

/* A telegram that came over it was good. */
void connection_good(struct connection *connection);

bool connection_is_open(const struct connection *connection);

/* True when it is open and that was news: the first time, or after trouble that was told. */
bool connection_is_news(const struct connection *connection);

/* Why there is no connection, in one line; "connecting", or "reading" when there is one. Borrowed
 * until the next call of anything here. */
const char *connection_state(const struct connection *connection);

/* None of the callbacks is called any more. */
void connection_free(struct connection *connection);

#endif
