/* SPDX-License-Identifier: MIT */
/*
 * A client of an MQTT broker that never waits: it connects, connects again for ever, hands messages
 * over while only a few are under way, and tells the user once what is wrong. It keeps no queue:
 * what it has no room for stays with its owner, and what was under way when the connection broke is
 * given back.
 */
#ifndef DSMR_NET_MQTT_CLIENT_H
#define DSMR_NET_MQTT_CLIENT_H

#include "core/log.h"
#include "core/loop.h"
#include "net/mqtt_end.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { MQTT_IN_FLIGHT = 20 }; /* messages under way at once; what most brokers allow */

/* Where the broker is and how to get in. Texts are copied; NULL where there is nothing to say. */
struct mqtt_broker {
    const char *url; /* mqtt://host:1883, mqtts://host:8883 or unix:/path */
    const char *user;
    const char *password;
    const char *ca;          /* file with the certificates to trust; NULL: the system's */
    const char *certificate; /* file; with key, to show the broker who we are */
    const char *key;         /* file */
    const char *client_id;   /* NULL: a random one */
    int version;             /* 3 for 3.1.1, or 5 */
    int keep_alive_s;        /* from 5 */
};

/* What the broker says of us when we vanish, and what we say when we go; retained, with QoS 1. */
struct mqtt_will {
    const char *topic; /* NULL: none. Copied, as the others */
    const char *lost;
    const char *farewell; /* NULL: the same as lost */
};

/* What became of a message. */
enum mqtt_outcome {
    MQTT_DELIVERED, /* written with QoS 0; the broker has it with 1 and 2 */
    MQTT_RETURNED,  /* the connection broke first: it may have arrived, and may not */
    MQTT_REFUSED,   /* the broker does not take it; told in the log */
};

/* What the owner gets to hear, on the loop's thread. All may be NULL. The client must not be freed
 * from inside any of them. */
struct mqtt_listener {
    /* The broker accepted us; there is room. */
    void (*connected)(void *context);
    /* The connection is gone; what was under way was given back with settled() before. */
    void (*lost)(void *context, const struct mqtt_end *end);
    /* What became of a message that was published. reason is why it was refused, see
     * mqtt_reason_words(). */
    void (*settled)(void *context, uint64_t tag, enum mqtt_outcome outcome, int reason);
    /* There is room for more than before. */
    void (*room)(void *context);
    /* A message of a subscription. topic is ended by a NUL; payload is borrowed. */
    void (*message)(void *context, const char *topic, const char *payload, size_t size,
                    bool retained);
    /* The broker has taken all subscriptions of this connection: what it had retained for them
     * follows or has come. */
    void (*subscribed)(void *context);
    void *context;
};

struct mqtt_setup {
    struct loop *loop;
    struct log *log;
    const char *topic;     /* of lines in the log: "mqtt"; borrowed */
    const char *meanwhile; /* what happens while the broker is away, for the log: "the newest values
                              are kept for it"; borrowed */
    struct mqtt_broker broker;
    struct mqtt_will will;
    struct mqtt_listener listener;
};

struct mqtt_client;

/*
 * Begins to connect. Files that cannot be read are told in the log and make every attempt fail, as a
 * broker does that refuses; the client goes on trying all the same. NULL with *error (freed by the
 * caller) when url is none.
 */
struct mqtt_client *mqtt_client_new(const struct mqtt_setup *setup, char **error);

/* True while the broker has accepted us. */
bool mqtt_client_connected(const struct mqtt_client *client);

/* How many messages could be published now. */
size_t mqtt_client_room(const struct mqtt_client *client);

/*
 * Publishes a message; everything is copied. settled() tells later, and only ever from the loop,
 * what became of the message of that tag. Returns false, without effect, when there is no room or no
 * connection.
 */
bool mqtt_client_publish(struct mqtt_client *client, const char *topic, const char *payload,
                         size_t size, int qos, bool retain, uint64_t tag);

/* Subscribes with QoS 1, now and after each connection to come. */
void mqtt_client_subscribe(struct mqtt_client *client, const char *filter);

/* What it was made with, client_id included; valid as long as the client. */
const struct mqtt_broker *mqtt_client_broker(const struct mqtt_client *client);

/* How the client fares. */
struct mqtt_stats {
    bool connected;
    uint64_t connections;
    uint64_t delivered;
    uint64_t returned; /* under way when a connection broke */
};
void mqtt_client_stats(const struct mqtt_client *client, struct mqtt_stats *stats);

/* Says farewell where that is possible at once, and is gone. NULL is allowed. */
void mqtt_client_free(struct mqtt_client *client);

#endif
