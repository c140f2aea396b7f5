/* SPDX-License-Identifier: MIT */
/*
 * A source brings bytes from a meter: a serial port, a TCP connection, a simulated meter. It knows
 * nothing of telegrams, but is told whether what it brought was any good, since a serial port has to
 * find its speed by that. To add one: a file with a const struct source_kind at its end, and a line
 * in source_list.c.
 */
#ifndef DSMR_SOURCE_SOURCE_H
#define DSMR_SOURCE_SOURCE_H

#include "config/line_settings.h"
#include "core/log.h"
#include "core/loop.h"

#include <stdbool.h>
#include <stddef.h>

struct source;

/* What a source tells its owner. context is the owner's. */
struct source_listener {
    /* Bytes arrived; borrowed until return. */
    void (*bytes)(void *context, const char *bytes, size_t size);
    /* The stream was interrupted (port closed, speed changed): what is half read is void. */
    void (*restart)(void *context);
    /* The state changed; ask source_status(). */
    void (*changed)(void *context);
    void *context;
};

/* What the owner thinks of the bytes. */
enum source_verdict {
    SOURCE_GOOD, /* a telegram with a right CRC, or one without CRC and at least three good lines */
    SOURCE_REFUSED, /* a telegram that had to be refused */
};

struct source_status {
    bool connected;
    char settings[24]; /* "115200 8N1", "" while not known or not applicable */
    char state[240];   /* one line for people */
};

struct mqtt_broker;
struct household;

struct source_setup {
    const char *port;           /* as the user named it */
    const char *state_folder;   /* where what was found is kept, NULL to keep nothing */
    struct line_settings fixed; /* baud 0: find out */
    /* How to get in where the port is an MQTT topic, its url apart; NULL: as anybody. Borrowed until
     * open() returns. */
    const struct mqtt_broker *broker;
    /* That a simulated meter goes on with; NULL: it begins its life. Borrowed until open() returns. */
    const struct household *household;
    struct loop *loop;
    struct log *log;
    struct source_listener listener;
    /* What a line brings, byte for byte, before parity bits are dropped and noise is left out, and the
     * settings it was read with (baud 0: not ours to know); without bytes when the line has got other
     * settings. context is the listener's. NULL: nobody wants to know. Sources whose bytes never were on a line do not call it. */
    void (*heard)(void *context, const char *bytes, size_t size,
                  const struct line_settings *settings);
};

struct source_kind {
    const char *scheme; /* "tcp:"; "" for a device */
    /* Starts at once; keeps trying when there is nothing to read yet. NULL with *error set (freed by
     * the caller) when the port can never work. setup is copied, its texts are borrowed. */
    struct source *(*open)(const struct source_setup *setup, char **error);
    void (*verdict)(struct source *source, enum source_verdict verdict); /* may be NULL */
    void (*status)(const struct source *source, struct source_status *status);
    void (*free)(struct source *source);
};

/* First member of every source's own struct. */
struct source {
    const struct source_kind *kind;
};

/* Opens the port with the source that its name asks for. Errors as source_kind.open. */
struct source *source_open(const struct source_setup *setup, char **error);

#endif
