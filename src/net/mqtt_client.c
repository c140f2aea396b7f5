/* SPDX-License-Identifier: MIT */
/*
 * The client: one link after the other, with longer and longer pauses while they fail, and the
 * messages that are under way on the present one. libmosquitto has a queue of its own without any
 * bound; it never holds more than MQTT_IN_FLIGHT messages of ours.
 */
#include "net/mqtt_client.h"

#include "config/broker.h"
#include "core/backoff.h"
#include "core/memory.h"
#include "net/mqtt_link.h"
#include "net/mqtt_report.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

enum {
    FIRST_PAUSE_MS = 1000,
    LONGEST_PAUSE_MS = 30000,
    STABLE_MS = 10000, /* a link that held so long was good: the next pause is the first again */
    SLOW_MS = 10000,   /* a connection that takes longer is told of, and still waited for */
    REFUSED = 128,
};

/* A message under way. */
struct slot {
    bool busy;
    bool taken; /* by the broker; to be told */
    bool unfit; /* it was not even sent; to be told */
    int id;
    int reason;
    uint64_t tag;
    char topic[64]; /* the start of it, for the log */
};

struct subscription {
    char *filter;
    int id;
    bool open; /* asked for on this link, and not answered yet */
};

struct mqtt_client {
    struct mqtt_setup setup;
    struct mqtt_link *link; /* NULL in the pauses */
    struct loop_timer *retry;
    struct loop_timer *slow;
    struct backoff pause;
    int64_t up_ms; /* when the link came up */
    bool fresh;    /* it has, and the owner was not told yet */
    bool connected;
    bool subscribing;
    struct slot slots[MQTT_IN_FLIGHT];
    size_t busy;
    struct subscription *subscriptions;
    size_t subscription_count;
    struct mqtt_report report;
    struct mqtt_stats stats;
};

/* ------------------------------------------------------------------------------------------------
 * What became of messages
 */

static void tell_settled(struct mqtt_client *client, struct slot *slot, enum mqtt_outcome outcome)
{
    const struct mqtt_listener *listener = &client->setup.listener;
    slot->busy = false;
    client->busy--;
    client->stats.delivered += outcome == MQTT_DELIVERED ? 1 : 0;
    client->stats.returned += outcome == MQTT_RETURNED ? 1 : 0;
    if (listener->settled != NULL)
        listener->settled(listener->context, slot->tag, outcome, slot->reason);
}

static void settle(struct mqtt_client *client, struct slot *slot)
{
    if (slot->unfit || slot->reason >= REFUSED)
        mqtt_report_refused(&client->report, "a message for", slot->topic, slot->reason);
    tell_settled(client, slot,
                 slot->unfit || slot->reason >= REFUSED ? MQTT_REFUSED : MQTT_DELIVERED);
}

static void settle_taken(struct mqtt_client *client)
{
    for (size_t i = 0; i < MQTT_IN_FLIGHT; i++)
        if (client->slots[i].busy && client->slots[i].taken)
            settle(client, &client->slots[i]);
}

static void return_rest(struct mqtt_client *client)
{
    for (size_t i = 0; i < MQTT_IN_FLIGHT; i++)
        if (client->slots[i].busy)
            tell_settled(client, &client->slots[i], MQTT_RETURNED);
}

/* ------------------------------------------------------------------------------------------------
 * What the link tells
 */

static void on_up(void *context)
{
    struct mqtt_client *client = context;
    client->fresh = true;
}

static void on_taken(void *context, int id, int reason)
{
    struct mqtt_client *client = context;
    for (size_t i = 0; i < MQTT_IN_FLIGHT; i++) {
        struct slot *slot = &client->slots[i];
        if (slot->busy && !slot->taken && slot->id == id) {
            slot->taken = true;
            slot->reason = reason;
            return;
        }
    }
}

static void on_message(void *context, const char *topic, const char *payload, size_t size,
                       bool retained)
{
    struct mqtt_client *client = context;
    const struct mqtt_listener *listener = &client->setup.listener;
    if (listener->message != NULL)
        listener->message(listener->context, topic, payload, size, retained);
}

static void on_subscribed(void *context, int id, int reason)
{
    struct mqtt_client *client = context;
    for (size_t i = 0; i < client->subscription_count; i++) {
        struct subscription *subscription = &client->subscriptions[i];
        if (!subscription->open || subscription->id != id)
            continue;
        subscription->open = false;
        if (reason >= REFUSED)
            mqtt_report_refused(&client->report, "the subscription to", subscription->filter,
                                reason);
    }
}

static void subscribe(struct mqtt_client *client, struct subscription *subscription)
{
    client->subscribing = true;
    subscription->open = true;
    mqtt_link_subscribe(client->link, subscription->filter, &subscription->id);
}

static void greet(struct mqtt_client *client)
{
    const struct mqtt_listener *listener = &client->setup.listener;
    client->fresh = false;
    client->connected = true;
    client->up_ms = loop_now(client->setup.loop);
    client->stats.connections++;
    loop_timer_stop(client->slow);
    mqtt_report_up(&client->report, client->setup.broker.version);
    for (size_t i = 0; i < client->subscription_count && mqtt_link_ready(client->link); i++)
        subscribe(client, &client->subscriptions[i]);
    if (listener->connected != NULL)
        listener->connected(listener->context);
}

static void tell_subscribed(struct mqtt_client *client)
{
    const struct mqtt_listener *listener = &client->setup.listener;
    for (size_t i = 0; i < client->subscription_count; i++)
        if (client->subscriptions[i].open)
            return;
    client->subscribing = false;
    if (listener->subscribed != NULL)
        listener->subscribed(listener->context);
}

static void on_idle(void *context)
{
    struct mqtt_client *client = context;
    const struct mqtt_listener *listener = &client->setup.listener;
    if (client->fresh)
        greet(client);
    settle_taken(client);
    if (client->subscribing)
        tell_subscribed(client);
    if (listener->room != NULL && mqtt_client_room(client) > 0)
        listener->room(listener->context);
}

static void on_ended(void *context, const struct mqtt_end *end)
{
    struct mqtt_client *client = context;
    const struct mqtt_listener *listener = &client->setup.listener;
    bool was_connected = client->connected;
    int64_t held = loop_now(client->setup.loop) - client->up_ms;
    client->connected = false;
    client->fresh = false;
    client->subscribing = false;
    mqtt_link_free(client->link);
    client->link = NULL;
    loop_timer_stop(client->slow);
    mqtt_report_end(&client->report, end);
    settle_taken(client);
    return_rest(client);
    for (size_t i = 0; i < client->subscription_count; i++)
        client->subscriptions[i].open = false;
    if (was_connected && listener->lost != NULL)
        listener->lost(listener->context, end);
    if (was_connected && held >= STABLE_MS)
        backoff_reset(&client->pause);
    loop_timer_start(client->retry, backoff_next(&client->pause), 0);
}

/* ------------------------------------------------------------------------------------------------
 * Connecting
 */

static void open_link(void *context)
{
    struct mqtt_client *client = context;
    const struct mqtt_link_owner owner = {
        .up = on_up,
        .ended = on_ended,
        .idle = on_idle,
        .taken = on_taken,
        .message = on_message,
        .subscribed = on_subscribed,
        .context = client,
    };
    loop_timer_start(client->slow, SLOW_MS, 0);
    client->link =
        mqtt_link_open(client->setup.loop, &client->setup.broker, &client->setup.will, &owner);
}

/* The system gives up only after two minutes, and cannot be told to be quicker. */
static void on_slow(void *context)
{
    struct mqtt_client *client = context;
    struct mqtt_end end = {0};
    if (!mqtt_link_is_connecting(client->link))
        return;
    snprintf(end.why, sizeof end.why, "no broker at %s: no connection within %d s",
             client->setup.broker.url, SLOW_MS / 1000);
    mqtt_report_end(&client->report, &end);
}

static const char *keep(const char *text)
{
    return text != NULL ? memory_text(text) : NULL;
}

/* One of its own, so that no other client of the broker is thrown out. */
static const char *random_id(void)
{
    uint64_t random = 0;
    while (getrandom(&random, sizeof random, 0) != sizeof random)
        continue;
    return memory_print("dsmr%016llx", (unsigned long long)random);
}

static void keep_texts(struct mqtt_client *client)
{
    struct mqtt_broker *broker = &client->setup.broker;
    struct mqtt_will *will = &client->setup.will;
    broker->url = keep(broker->url);
    broker->user = keep(broker->user);
    broker->password = keep(broker->password);
    broker->ca = keep(broker->ca);
    broker->certificate = keep(broker->certificate);
    broker->key = keep(broker->key);
    broker->client_id = broker->client_id != NULL ? keep(broker->client_id) : random_id();
    will->topic = keep(will->topic);
    will->lost = keep(will->lost);
    will->farewell = keep(will->farewell);
}

struct mqtt_client *mqtt_client_new(const struct mqtt_setup *setup, char **error)
{
    struct broker_address address;
    if (!broker_parse(setup->broker.url, &address)) {
        *error = memory_print("%s is no address of an MQTT broker: mqtt://host:1883, "
                              "mqtts://host:8883 or unix:/path is wanted",
                              setup->broker.url);
        return NULL;
    }
    struct mqtt_client *client = memory_new(1, sizeof *client);
    client->setup = *setup;
    client->pause = (struct backoff){.first_ms = FIRST_PAUSE_MS, .longest_ms = LONGEST_PAUSE_MS};
    keep_texts(client);
    client->report = (struct mqtt_report){
        .loop = setup->loop,
        .log = setup->log,
        .topic = setup->topic,
        .url = client->setup.broker.url,
        .meanwhile = setup->meanwhile,
    };
    client->retry = loop_timer_new(setup->loop, open_link, client);
    client->slow = loop_timer_new(setup->loop, on_slow, client);
    open_link(client);
    return client;
}

static void free_texts(const struct mqtt_setup *setup)
{
    const char *const texts[] = {
        setup->broker.url, setup->broker.user,        setup->broker.password,  setup->broker.ca,
        setup->broker.key, setup->broker.certificate, setup->broker.client_id, setup->will.topic,
        setup->will.lost,  setup->will.farewell,
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        free((char *)texts[i]);
}

void mqtt_client_free(struct mqtt_client *client)
{
    if (client == NULL)
        return;
    mqtt_link_free(client->link);
    loop_timer_free(client->retry);
    loop_timer_free(client->slow);
    for (size_t i = 0; i < client->subscription_count; i++)
        free(client->subscriptions[i].filter);
    free(client->subscriptions);
    free_texts(&client->setup);
    free(client);
}

/* ------------------------------------------------------------------------------------------------
 * For the owner
 */

bool mqtt_client_connected(const struct mqtt_client *client)
{
    return client->connected;
}

const struct mqtt_broker *mqtt_client_broker(const struct mqtt_client *client)
{
    return &client->setup.broker;
}

size_t mqtt_client_room(const struct mqtt_client *client)
{
    if (!client->connected || !mqtt_link_ready(client->link))
        return 0;
    return MQTT_IN_FLIGHT - client->busy;
}

static struct slot *free_slot(struct mqtt_client *client)
{
    for (size_t i = 0; i < MQTT_IN_FLIGHT; i++)
        if (!client->slots[i].busy)
            return &client->slots[i];
    return NULL;
}

bool mqtt_client_publish(struct mqtt_client *client, const char *topic, const char *payload,
                         size_t size, int qos, bool retain, uint64_t tag)
{
    if (mqtt_client_room(client) == 0)
        return false;
    struct slot *slot = free_slot(client);
    *slot = (struct slot){.busy = true, .tag = tag};
    snprintf(slot->topic, sizeof slot->topic, "%s", topic);
    client->busy++;
    switch (mqtt_link_publish(client->link, topic, payload, size, qos, retain, &slot->id)) {
    case MQTT_SENT:
        return true;
    case MQTT_UNFIT:
        slot->taken = true;
        slot->unfit = true;
        slot->reason = 149;
        return true;
    case MQTT_BROKEN:
        break;
    }
    /* It is given back with the others when the link has ended. */
    return true;
}

void mqtt_client_subscribe(struct mqtt_client *client, const char *filter)
{
    size_t count = client->subscription_count;
    client->subscriptions =
        memory_grow(client->subscriptions, count + 1, sizeof *client->subscriptions);
    client->subscriptions[count] = (struct subscription){.filter = memory_text(filter)};
    client->subscription_count++;
    if (client->connected && mqtt_link_ready(client->link))
        subscribe(client, &client->subscriptions[count]);
}

void mqtt_client_stats(const struct mqtt_client *client, struct mqtt_stats *stats)
{
    *stats = client->stats;
    stats->connected = client->connected;
}
