/* SPDX-License-Identifier: MIT */
/*
 * How often a meter sends, learned from its telegrams: each second, each ten, or what a converter
 * makes of it. When four of them are missing, a connection is dead though it does not say so.
 * No clock here: the caller tells the time.
 */
#ifndef DSMR_SOURCE_RHYTHM_H
#define DSMR_SOURCE_RHYTHM_H

#include <stdbool.h>
#include <stdint.h>

enum { RHYTHM_GAPS = 4 };

/* Zeroed to begin with; kept from connection to connection. */
struct rhythm {
    int64_t last_ms; /* of the last telegram of this connection */
    bool has_last;
    int64_t gaps[RHYTHM_GAPS]; /* the last ones, ms between telegrams of one connection */
    unsigned count;            /* of all gaps so far */
    unsigned fruitless;        /* connections in a row that were given up for their silence */
};

/* A connection was made. */
void rhythm_connected(struct rhythm *rhythm);

/* Bytes came: the other side lives. */
void rhythm_bytes(struct rhythm *rhythm);

/* A telegram was good. */
void rhythm_telegram(struct rhythm *rhythm, int64_t now_ms);

/* The connection was given up for its silence. */
void rhythm_gave_up(struct rhythm *rhythm);

/*
 * How long silence may last, in ms: four times the longest of the last gaps and a little more, but
 * five seconds at least; a minute as long as the rhythm is not known. Doubles with each connection
 * that was given up, up to ten minutes: a meter that sends more seldom must have its chance, and one
 * that is off need not be asked all the time.
 */
int64_t rhythm_patience(const struct rhythm *rhythm);

#endif
