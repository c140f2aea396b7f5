/* SPDX-License-Identifier: MIT */
/*
 * A convention on top of MQTT: Home Assistant's discovery, Homie. A composer turns readings into
 * messages and gives them to the struct emit that it was made with (mqtt_sink_emit()); it knows no
 * broker. The MQTT sink calls it, on the loop's thread, and frees it.
 */
#ifndef DSMR_SINK_MQTT_COMPOSER_H
#define DSMR_SINK_MQTT_COMPOSER_H

#include "bus/sink.h"
#include "sink/emit.h"

/*
 * First member of every composer's own struct. What is not wanted is NULL. Everything that a
 * function is given is borrowed until it returns, and each may emit as much as it likes: while the
 * broker is away the newest message of a topic is kept, and EMIT_STANDING ones are sent again by the
 * sink itself after each connection, so that a composer emits them only when they are new or
 * changed.
 */
struct mqtt_composer {
    const char *name; /* for the log: "homeassistant" */

    /* Each telegram, in the order of their arrival, whether the broker is there or not. */
    void (*readings)(struct mqtt_composer *self, const struct readings *readings);

    /* The broker has just accepted us; standing messages are on their way again already. */
    void (*connected)(struct mqtt_composer *self);

    /* The state of a meter's line, whenever it changes. */
    void (*line)(struct mqtt_composer *self, const struct line_status *status);

    /* A topic filter, subscribed to after each connection: "homeassistant/status". Its messages go
     * to message(), retained ones too; topic is ended by a NUL, payload need not be. */
    const char *subscription;
    void (*message)(struct mqtt_composer *self, const char *topic, const char *payload, size_t size,
                    bool retained);

    /*
     * What the broker shall publish, retained, when dsmr vanishes, and what dsmr publishes there when
     * it ends: Homie's $state. will_topic NULL: none. A connection has only one will, so that each
     * composer with one has a connection of its own; when that breaks alone, the standing message of
     * will_topic is sent again. Read once, when the composer is added.
     */
    const char *will_topic;
    const char *will;
    const char *farewell;

    /*
     * For dsmr run --forget: a topic filter for the retained messages that any earlier run may have
     * left, and whether a message that it finds is one of ours: then the sink removes it.
     */
    const char *leftovers;
    bool (*is_ours)(struct mqtt_composer *self, const char *topic, const char *payload,
                    size_t size);

    void (*free)(struct mqtt_composer *self);
};

#endif
