/* SPDX-License-Identifier: MIT */
/*
 * The link over libmosquitto, which looks up names and connects in its caller, for minutes where
 * nobody answers, and therefore does that on a thread of its own, and from then on lives on the loop,
 * behind a relay.
 *
 * The handle is used by one thread at a time: by the job's until it is done, by the loop's after it.
 * A link that is freed while the job runs is left to the job.
 */
#include "net/mqtt_link.h"

#include "core/memory.h"
#include "net/mqtt_handle.h"
#include "net/mqtt_wire.h"

#include <errno.h>
#include <mosquitto.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    GREETING_MS = 10000, /* from the connection to the broker's word that it accepts us */
    TICK_MS = 1000,      /* libmosquitto wants it, for its keep-alive */
    FLOOD = 1 << 20,     /* bytes without any message in them, or with too many */
    PINGS = 32,          /* bytes a second that the broker's part of the keep-alive may take */
    FAILURE = 128,       /* reasons from here on are failures [MQTT 5, 2.4] */
};

struct mqtt_link {
    struct loop *loop;
    struct mqtt_link_owner owner;
    struct mqtt_broker broker;
    const char *farewell_topic; /* NULL: none */
    const char *farewell;
    struct broker_address address;
    struct mqtt_handle_caller caller;
    struct mqtt_wire wire;
    struct loop_watch *watch;
    struct loop_timer *tick;
    struct loop_timer *soon; /* after what was published in this round of the loop */
    int events;              /* that are watched */
    bool connecting;         /* the job runs */
    bool abandoned;          /* freed meanwhile */
    bool up;                 /* the broker accepted us */
    bool inside;             /* of libmosquitto, on the loop's thread */
    bool published;          /* in this round of the loop */
    int refusal;             /* what CONNACK said, 0 when nothing bad */
    int goodbye;             /* what DISCONNECT said, 0 when nothing (MQTT 5) */
    int64_t deadline;        /* for the broker's word */
    char detail[256];        /* the first error that libmosquitto logged; or which file is bad */
};

/* ------------------------------------------------------------------------------------------------
 * The end
 */

static void stop(struct mqtt_link *link)
{
    loop_watch_free(link->watch);
    loop_timer_free(link->tick);
    loop_timer_free(link->soon);
    mqtt_relay_close(&link->wire.relay);
    link->watch = NULL;
    link->tick = NULL;
    link->soon = NULL;
    link->up = false;
}

static void destroy(struct mqtt_link *link)
{
    stop(link);
    if (link->wire.handle != NULL)
        mosquitto_destroy(link->wire.handle);
    free(link);
}

/* The owner frees the link in there. */
static void finish(struct mqtt_link *link, enum mqtt_trouble trouble)
{
    struct mqtt_end end;
    struct mqtt_trouble_facts facts = {
        .trouble = trouble,
        .url = link->broker.url,
        .detail = link->detail,
        .was_up = link->up,
        .tls = link->address.tls,
        .local = link->address.port == 0,
        .version = link->broker.version,
        .error = link->wire.error,
        .code = link->refusal != 0 ? link->refusal : link->goodbye,
    };
    mqtt_end_describe(&facts, &end);
    stop(link);
    link->owner.ended(link->owner.context, &end);
}

/* What the result of the last call means. */
static enum mqtt_trouble trouble_of(struct mqtt_link *link)
{
    if (link->refusal != 0)
        return MQTT_TROUBLE_REFUSED;
    if (link->goodbye != 0)
        return MQTT_TROUBLE_ENDED;
    /* OpenSSL's errors are logged and come back as those of the socket. */
    if (link->wire.result == MOSQ_ERR_TLS || (link->address.tls && link->detail[0] != '\0'))
        return MQTT_TROUBLE_TLS;
    enum mqtt_trouble trouble = mqtt_handle_trouble(link->wire.result);
    bool closed = trouble == MQTT_TROUBLE_CLOSED ||
                  (trouble == MQTT_TROUBLE_SYSTEM &&
                   (link->wire.error == EPROTO || link->wire.error == EPIPE));
    if (closed && link->address.tls && !link->up)
        return MQTT_TROUBLE_TLS;
    if (trouble == MQTT_TROUBLE_OTHER)
        snprintf(link->detail, sizeof link->detail, "%s", mosquitto_strerror(link->wire.result));
    return trouble;
}

/* ------------------------------------------------------------------------------------------------
 * What libmosquitto tells, always from inside a call to it
 */

static void on_error(void *context, const char *text)
{
    struct mqtt_link *link = context;
    if (link->detail[0] == '\0')
        snprintf(link->detail, sizeof link->detail, "%s", text);
}

static void on_connect(void *context, int reason)
{
    struct mqtt_link *link = context;
    link->refusal = reason;
    if (reason != 0)
        return;
    link->up = true;
    mqtt_wire_heard(&link->wire);
    link->detail[0] = '\0';
    link->owner.up(link->owner.context);
}

static void on_disconnect(void *context, int reason)
{
    struct mqtt_link *link = context;
    /* Reasons of the library itself are below, and told by the call that failed. */
    if (link->broker.version == 5 && reason >= FAILURE)
        link->goodbye = reason;
}

static void on_publish(void *context, int id, int reason)
{
    struct mqtt_link *link = context;
    mqtt_wire_heard(&link->wire);
    link->owner.taken(link->owner.context, id, reason);
}

static void on_message(void *context, const char *topic, const char *payload, size_t size,
                       bool retained)
{
    struct mqtt_link *link = context;
    mqtt_wire_heard(&link->wire);
    link->owner.message(link->owner.context, topic, payload, size, retained);
}

static void on_subscribe(void *context, int id, int granted)
{
    struct mqtt_link *link = context;
    mqtt_wire_heard(&link->wire);
    link->owner.subscribed(link->owner.context, id, granted);
}

/* ------------------------------------------------------------------------------------------------
 * On the loop
 */

static void watch_again(struct mqtt_link *link)
{
    int events = LOOP_READ | (mqtt_relay_waits(&link->wire.relay) ? LOOP_WRITE : 0);
    if (events != link->events)
        loop_watch_set(link->watch, events);
    link->events = events;
}

static void settle(struct mqtt_link *link)
{
    link->inside = false;
    if (!mqtt_wire_is_fine(&link->wire)) {
        finish(link, trouble_of(link));
        return;
    }
    watch_again(link);
    if (link->up)
        link->owner.idle(link->owner.context);
}

static void on_socket(void *context, int events, int error)
{
    struct mqtt_link *link = context;
    link->inside = true;
    link->wire.result = MOSQ_ERR_SUCCESS;
    /* Reading tells what an error of the socket is. */
    if (error != 0 || (events & LOOP_READ) != 0)
        mqtt_wire_receive(&link->wire);
    if (error != 0 && mqtt_wire_is_fine(&link->wire))
        link->wire.result = MOSQ_ERR_CONN_LOST;
    mqtt_wire_send(&link->wire);
    if (mqtt_wire_is_fine(&link->wire) && link->wire.noise > FLOOD)
        finish(link, MQTT_TROUBLE_FLOOD);
    else
        settle(link);
}

static void on_tick(void *context)
{
    struct mqtt_link *link = context;
    if (!link->up && loop_now(link->loop) >= link->deadline) {
        finish(link, MQTT_TROUBLE_HUNG);
        return;
    }
    link->inside = true;
    link->wire.noise -= link->wire.noise < PINGS ? link->wire.noise : PINGS;
    mqtt_wire_note(&link->wire, mosquitto_loop_misc(link->wire.handle));
    mqtt_wire_send(&link->wire);
    settle(link);
}

static void on_soon(void *context)
{
    struct mqtt_link *link = context;
    link->published = false;
    link->inside = true;
    mqtt_wire_send(&link->wire);
    settle(link);
}

/* The socket is the loop's from now on. */
static void adopt(struct mqtt_link *link)
{
    bool open = mqtt_relay_open(&link->wire.relay, mosquitto_socket(link->wire.handle));
    link->wire.error = errno;
    link->events = LOOP_READ;
    if (open)
        link->watch =
            loop_watch_new(link->loop, link->wire.relay.far, link->events, on_socket, link);
    if (link->watch == NULL) {
        finish(link, MQTT_TROUBLE_SYSTEM);
        return;
    }
    link->deadline = loop_now(link->loop) + GREETING_MS;
    link->tick = loop_timer_new(link->loop, on_tick, link);
    link->soon = loop_timer_new(link->loop, on_soon, link);
    loop_timer_start(link->tick, TICK_MS, TICK_MS);
}

/* ------------------------------------------------------------------------------------------------
 * On a thread of its own, and back
 */

static void connect_job(void *context)
{
    struct mqtt_link *link = context;
    mqtt_wire_note(&link->wire, mosquitto_connect(link->wire.handle, link->address.host,
                                                  link->address.port, link->broker.keep_alive_s));
}

static void connect_done(void *context)
{
    struct mqtt_link *link = context;
    link->connecting = false;
    if (link->abandoned)
        destroy(link);
    else if (link->wire.result == MOSQ_ERR_SUCCESS)
        adopt(link);
    else
        finish(link, trouble_of(link));
}

static void on_bad_file(void *context)
{
    finish(context, MQTT_TROUBLE_FILE);
}

static const struct mqtt_handle_calls calls = {
    .error = on_error,
    .connected = on_connect,
    .disconnected = on_disconnect,
    .published = on_publish,
    .message = on_message,
    .subscribed = on_subscribe,
};

struct mqtt_link *mqtt_link_open(struct loop *loop, const struct mqtt_broker *broker,
                                 const struct mqtt_will *will, const struct mqtt_link_owner *owner)
{
    struct mqtt_link *link = memory_new(1, sizeof *link);
    struct buffer bad = {0};
    link->loop = loop;
    link->owner = *owner;
    link->broker = *broker;
    link->farewell_topic = will->topic;
    link->farewell = will->farewell != NULL ? will->farewell : will->lost;
    link->wire.relay.far = link->wire.relay.near = -1;
    broker_parse(broker->url, &link->address);
    link->caller = (struct mqtt_handle_caller){&calls, link};
    link->wire.handle = mqtt_handle_new(broker, &link->address, will, &link->caller, &bad);
    if (link->wire.handle != NULL) {
        link->connecting = true;
        loop_work_apart(loop, connect_job, connect_done, link);
    } else {
        link->wire.error = errno;
        snprintf(link->detail, sizeof link->detail, "%s", bad.at);
        link->soon = loop_timer_new(loop, on_bad_file, link);
        loop_timer_start(link->soon, 0, 0);
    }
    buffer_free(&bad);
    return link;
}

/* ------------------------------------------------------------------------------------------------
 * For the owner
 */

bool mqtt_link_is_connecting(const struct mqtt_link *link)
{
    return link->connecting;
}

bool mqtt_link_ready(const struct mqtt_link *link)
{
    return link->up && !link->inside && link->wire.result == MOSQ_ERR_SUCCESS;
}

/* What is published in one round of the loop leaves in as few packets as possible. */
static void begin(struct mqtt_link *link)
{
    if (!link->published) {
        link->published = true;
        loop_timer_start(link->soon, 0, 0);
    }
    link->inside = true;
}

/* True when the call was done. What broke is told when the loop has come round. */
static bool end(struct mqtt_link *link, int result)
{
    mqtt_wire_note(&link->wire, result);
    link->inside = false;
    return result == MOSQ_ERR_SUCCESS;
}

enum mqtt_sent mqtt_link_publish(struct mqtt_link *link, const char *topic, const char *payload,
                                 size_t size, int qos, bool retain, int *id)
{
    int result;
    begin(link);
    do {
        result = mosquitto_publish(link->wire.handle, id, topic, (int)size, payload, qos, retain);
    } while (result == MOSQ_ERR_QOS_NOT_SUPPORTED && qos-- > 0);
    switch (result) {
    case MOSQ_ERR_INVAL:
    case MOSQ_ERR_MALFORMED_UTF8:
    case MOSQ_ERR_PAYLOAD_SIZE:
    case MOSQ_ERR_OVERSIZE_PACKET:
    case MOSQ_ERR_QOS_NOT_SUPPORTED:
        end(link, MOSQ_ERR_SUCCESS);
        return MQTT_UNFIT;
    default:
        return end(link, result) ? MQTT_SENT : MQTT_BROKEN;
    }
}

bool mqtt_link_subscribe(struct mqtt_link *link, const char *filter, int *id)
{
    begin(link);
    return end(link, mosquitto_subscribe(link->wire.handle, id, filter, 1));
}

void mqtt_link_free(struct mqtt_link *link)
{
    if (link == NULL)
        return;
    if (link->connecting) {
        link->abandoned = true;
        return;
    }
    /* With QoS 0, which waits for no room. What cannot be written at once is left to the will. */
    if (mqtt_link_ready(link) && link->farewell_topic != NULL)
        mosquitto_publish(link->wire.handle, NULL, link->farewell_topic,
                          (int)strlen(link->farewell), link->farewell, 0, true);
    if (mqtt_link_ready(link)) {
        mosquitto_disconnect(link->wire.handle);
        mqtt_relay_send(&link->wire.relay);
    }
    destroy(link);
}
