/* SPDX-License-Identifier: MIT */
/*
 * One connection to an MQTT broker, from the look-up of its name to its end. Whoever wants the next
 * opens another. Only mqtt_link.c knows which library is behind it.
 */
#ifndef DSMR_NET_MQTT_LINK_H
#define DSMR_NET_MQTT_LINK_H

#include "net/mqtt_client.h"
#include "net/mqtt_end.h"

/* What the owner gets to hear. */
struct mqtt_link_owner {
    void (*up)(void *context);
    /* It is over: mqtt_link_free() is to be called, at the latest now. */
    void (*ended)(void *context, const struct mqtt_end *end);
    /* Something happened and is over: messages can be published, and there may be room for more.
     * From none of the other calls may anything be published. */
    void (*idle)(void *context);
    /* A message was written (QoS 0) or taken by the broker; reason from 128 is a refusal. May come
     * from inside mqtt_link_publish(), when *id is set already. */
    void (*taken)(void *context, int id, int reason);
    void (*message)(void *context, const char *topic, const char *payload, size_t size,
                    bool retained);
    /* A subscription was answered; reason from 128 is a refusal. */
    void (*subscribed)(void *context, int id, int reason);
    void *context;
};

struct mqtt_link;

/* Begins to connect. broker->url must be good. Texts are borrowed until mqtt_link_free(). */
struct mqtt_link *mqtt_link_open(struct loop *loop, const struct mqtt_broker *broker,
                                 const struct mqtt_will *will, const struct mqtt_link_owner *owner);

/* True while the connection is not even made. */
bool mqtt_link_is_connecting(const struct mqtt_link *link);

/* True when something can be published now. */
bool mqtt_link_ready(const struct mqtt_link *link);

enum mqtt_sent {
    MQTT_SENT,
    MQTT_UNFIT,  /* the broker can never take it: too large */
    MQTT_BROKEN, /* the connection is gone; ended() follows */
};

/* Hands a message over; everything is copied. The link must be ready. */
enum mqtt_sent mqtt_link_publish(struct mqtt_link *link, const char *topic, const char *payload,
                                 size_t size, int qos, bool retain, int *id);

/* Subscribes with QoS 1. Returns false when that cannot even be asked for. */
bool mqtt_link_subscribe(struct mqtt_link *link, const char *filter, int *id);

/* Says farewell when that is possible at once, and closes. NULL is allowed. */
void mqtt_link_free(struct mqtt_link *link);

#endif
