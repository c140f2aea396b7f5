/* SPDX-License-Identifier: MIT */
/* A handle of libmosquitto, set up as the user wants it and not connected yet. Only for mqtt_link.c. */
#ifndef DSMR_NET_MQTT_HANDLE_H
#define DSMR_NET_MQTT_HANDLE_H

#include "config/broker.h"
#include "core/buffer.h"
#include "net/mqtt_client.h"
#include "net/mqtt_end.h"

struct mosquitto;

/* What libmosquitto tells, always from inside a call to it. Texts are borrowed. */
struct mqtt_handle_calls {
    void (*error)(void *context, const char *text); /* an explanation of what fails next */
    void (*connected)(void *context, int reason);   /* 0, or why not */
    void (*disconnected)(void *context, int reason);
    void (*published)(void *context, int id, int reason);
    void (*message)(void *context, const char *topic, const char *payload, size_t size,
                    bool retained);
    void (*subscribed)(void *context, int id, int granted); /* QoS, or from 128 why not */
};

struct mqtt_handle_caller {
    const struct mqtt_handle_calls *calls;
    void *context;
};

/*
 * NULL when a file of ours cannot be read: bad then holds "mqtt.ca=/path" and errno says why. caller is
 * borrowed as long as the handle lives. Freed with mosquitto_destroy().
 */
struct mosquitto *mqtt_handle_new(const struct mqtt_broker *broker,
                                  const struct broker_address *address,
                                  const struct mqtt_will *will, struct mqtt_handle_caller *caller,
                                  struct buffer *bad);

/* What the result of a call to libmosquitto means for the connection. */
enum mqtt_trouble mqtt_handle_trouble(int result);

#endif
