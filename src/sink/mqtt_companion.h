/* SPDX-License-Identifier: MIT */
/*
 * A second connection to the broker of the MQTT sink, for the last will of a composer: a connection has only
 * one, and that of the sink's own is dsmr/status. It does nothing else, and says nothing in the log: what is
 * to be told, the sink's own connection tells.
 */
#ifndef DSMR_SINK_MQTT_COMPANION_H
#define DSMR_SINK_MQTT_COMPANION_H

#include "core/loop.h"
#include "net/mqtt_client.h"
#include "sink/mqtt_composer.h"

struct mqtt_companion;

struct mqtt_companion_setup {
    struct loop *loop;
    const struct mqtt_broker *broker; /* borrowed until mqtt_companion_new() returns */
    bool named;                       /* the user chose its client id */
    const struct mqtt_composer
        *composer; /* with a will; borrowed until it returns, but for its name */
    /* It is connected. Where it was before, the broker has published the will since: what stands at the topic
     * of the will is to be said again. The topic is borrowed until return. */
    void (*connected)(void *context, const char *will_topic);
    void *context;
};

/* Never NULL. */
struct mqtt_companion *mqtt_companion_new(const struct mqtt_companion_setup *setup);

/* Says farewell, as the composer has it. */
void mqtt_companion_free(struct mqtt_companion *companion);

#endif
