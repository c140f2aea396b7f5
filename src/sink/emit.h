/* SPDX-License-Identifier: MIT */
/*
 * Where MQTT messages go that a convention composes (plain values, Home Assistant's discovery, Homie).
 * Who composes a message knows no broker, and who sends it knows no convention.
 */
#ifndef DSMR_SINK_EMIT_H
#define DSMR_SINK_EMIT_H

#include <stdbool.h>
#include <stddef.h>

/* How important a message is while the broker is away. */
enum emit_class {
    EMIT_VALUE,    /* the newest of a topic wins, older ones are dropped */
    EMIT_STANDING, /* retained: description, discovery, state of a device; sent again after each
                      connection, newest of a topic wins */
};

struct emit {
    /* Everything is copied before it returns. payload is any bytes; size 0 with retain removes a
     * retained message. */
    void (*message)(void *context, enum emit_class class, const char *topic, const char *payload,
                    size_t size, int qos, bool retain);
    void *context;
};

#endif
