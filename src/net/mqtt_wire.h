/* SPDX-License-Identifier: MIT */
/* libmosquitto and its relay: bytes come in and go out, on the loop's thread, and what came of it is
 * kept. Only for mqtt_link.c. */
#ifndef DSMR_NET_MQTT_WIRE_H
#define DSMR_NET_MQTT_WIRE_H

#include "net/mqtt_relay.h"

struct mosquitto;

struct mqtt_wire {
    struct mosquitto *handle;
    struct mqtt_relay relay; /* far and near are -1 until it is open */
    int result;              /* of the last call to libmosquitto */
    int error;               /* errno behind it */
    bool reading;            /* inside libmosquitto, which reads a piece */
    size_t noise;            /* bytes that came since mqtt_wire_heard() */
};

/* Keeps the result of a call to libmosquitto. */
void mqtt_wire_note(struct mqtt_wire *wire, int result);

/* False when the connection has ended: result and error tell why. */
bool mqtt_wire_is_fine(const struct mqtt_wire *wire);

/* Lets libmosquitto have a piece of what the broker sent. */
void mqtt_wire_receive(struct mqtt_wire *wire);

/*
 * For what libmosquitto calls: where it is about something that the broker sent, all that came so far
 * had a use. Not so while the connection takes nothing from us: what wants answers then piles them up.
 */
void mqtt_wire_heard(struct mqtt_wire *wire);

/* Sends what libmosquitto wrote, as far as that is possible at once. */
void mqtt_wire_send(struct mqtt_wire *wire);

#endif
