/* SPDX-License-Identifier: MIT */
/*
 * Stands between libmosquitto and its socket. libmosquitto reads a packet to its end as long as bytes
 * are there, up to 256 MB in one go, and writes each packet by itself. Through a relay it gets a
 * piece at a time, and what it wrote in one round of the loop leaves together.
 */
#ifndef DSMR_NET_MQTT_RELAY_H
#define DSMR_NET_MQTT_RELAY_H

#include <stdbool.h>
#include <stddef.h>

enum { MQTT_RELAY_PIECE = 16 * 1024 }; /* bytes */

struct mqtt_relay {
    int far;  /* the connection to the broker; -1 when there is none */
    int near; /* our end of a pair; the other has the descriptor that libmosquitto knows */
    char out[MQTT_RELAY_PIECE]; /* written, and not taken by the connection yet */
    size_t out_size;
    size_t out_at;
};

/* Puts itself behind libmosquitto's descriptor. Returns false with errno, and nothing is changed. */
bool mqtt_relay_open(struct mqtt_relay *relay, int fd);

/* Hands on a piece of what the broker sent. Returns its bytes, 0 when nothing is there, and -1 with
 * errno when nothing will come any more: 0 where the broker closed the connection. */
long mqtt_relay_feed(struct mqtt_relay *relay);

/* Sends what libmosquitto wrote, as far as that is possible at once. Returns its bytes, and -1 with
 * errno when the connection is broken. */
long mqtt_relay_send(struct mqtt_relay *relay);

/* True when there is more to send, once the connection takes it. */
bool mqtt_relay_waits(const struct mqtt_relay *relay);

/* Also of one that never was open. */
void mqtt_relay_close(struct mqtt_relay *relay);

#endif
