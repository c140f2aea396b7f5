/* SPDX-License-Identifier: MIT */
/*
 * The life of the event WebSocket. openHAB closes one that is silent for 10 s, so a heartbeat goes
 * out twice in that time; its answer, or any other, shows that openHAB is alive. Everything that a
 * server could do to keep us busy or waiting ends the connection: no sign of life, a state without
 * an answer, more messages than any openHAB sends to one who asked for none.
 */
#include "sink/openhab_events.h"

#include "core/backoff.h"
#include "core/memory.h"
#include "net/websocket.h"
#include "sink/openhab_event.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum {
    UNDER_WAY = 32, /* states */
    CONNECT_MS = 5000,
    HEARTBEAT_MS = 4000,
    SILENCE_MS = 12000, /* longest time without a message */
    ANSWER_MS = 12000,  /* longest time of a state under way */
    MESSAGE_LIMIT = 64 * 1024,
    UNSENT_LIMIT = 256 * 1024,
    FLOOD = 5000, /* messages between two heartbeats that answer nothing */
    FIRST_PAUSE_MS = 2000,
    LONGEST_PAUSE_MS = 60 * 1000,
    STABLE_MS = 60 * 1000, /* a connection that lives so long is a good one */
    SHORT_LIVES = 3,       /* so many that were not, one after the other, are told */
    START_TRIES = 8,       /* some four minutes: as long may openHAB take to start */
};

static const char topic[] = "openhab";

/* A state under way; id is 0 in a free one. */
struct passage {
    uint64_t id;
    int64_t since;
    void *target;
};

struct openhab_events {
    struct openhab_events_setup setup;
    struct websocket *socket; /* NULL when the library cannot start */
    struct backoff backoff;
    struct loop_timer *retry;
    struct loop_timer *heartbeat;
    struct passage passages[UNDER_WAY];
    size_t under_way;
    uint64_t last_id;
    int64_t heard_ms; /* when the last message came, in loop time */
    int64_t opened_ms;
    unsigned idle_words;  /* messages since the last heartbeat that answered nothing */
    unsigned short_lives; /* good connections, one after the other, that did not last */
    unsigned refusals;    /* one after the other */
    bool proven;          /* this connection has answered */
    bool told;            /* the user knows that there is trouble with it */
    bool used;            /* it was told that states go this way */
    struct buffer text;   /* being composed */
};

/* Why states go by PUT again or still: once, until it works. */
static void tell_trouble(struct openhab_events *events, const char *why, int status)
{
    if (events->told) {
        log_debug(events->setup.log, topic, "the event WebSocket: %s", why);
        return;
    }
    events->told = true;
    if (status != 0)
        log_warn(events->setup.log, topic,
                 "openHAB refuses its event WebSocket (%d)%s; states go by PUT, and it is tried "
                 "again now and then",
                 status,
                 status == 404 ? ": openHAB has it since 3.4, and not yet while it starts"
                 : status == 401 || status == 403 ? ": is openhab.token right?"
                                                  : "");
    else
        log_warn(events->setup.log, topic,
                 "openHAB's event WebSocket cannot be used: %s; states go by PUT, and it is tried "
                 "again now and then",
                 why);
}

static void tell_success(struct openhab_events *events)
{
    if (events->told || !events->used)
        log_info(events->setup.log, topic, "states go by openHAB's event WebSocket%s",
                 events->used ? " again" : "");
    events->used = true;
    events->told = false;
}

/* The connection is gone; somebody else sends what was under way. */
static void give_back(struct openhab_events *events)
{
    loop_timer_stop(events->heartbeat);
    loop_timer_start(events->retry, backoff_next(&events->backoff), 0);
    for (size_t i = 0; i < UNDER_WAY; i++) {
        if (events->passages[i].id == 0)
            continue;
        events->passages[i].id = 0;
        events->setup.given_back(events->passages[i].target);
    }
    events->under_way = 0;
    events->setup.changed(events->setup.context, false);
}

/* An open connection ended. One that was good may have ended with openHAB itself, which the PUT
 * that follows finds out. */
static void judge_end(struct openhab_events *events, const char *why)
{
    log_debug(events->setup.log, topic, "the event WebSocket is closed: %s", why);
    if (!events->proven) {
        tell_trouble(events, why, 0);
    } else if (loop_now(events->setup.loop) - events->opened_ms < STABLE_MS) {
        events->short_lives++;
        if (events->short_lives >= SHORT_LIVES)
            tell_trouble(events, why, 0);
    }
}

static void hang_up(struct openhab_events *events, const char *why)
{
    websocket_close(events->socket);
    judge_end(events, why);
    give_back(events);
}

/* openHAB that had the WebSocket before refuses it for a while after it was started anew. */
static bool may_be_starting(struct openhab_events *events, int status)
{
    events->refusals++;
    return events->used && (status == 404 || status >= 500) && events->refusals < START_TRIES;
}

static void on_closed(void *context, const struct websocket_end *end)
{
    struct openhab_events *events = context;
    if (end->opened)
        judge_end(events, end->why);
    else if (end->reached && !may_be_starting(events, end->status))
        tell_trouble(events, end->why, end->status);
    else
        log_debug(events->setup.log, topic, "the event WebSocket: %s", end->why);
    if (end->opened)
        give_back(events);
    else
        loop_timer_start(events->retry, backoff_next(&events->backoff), 0);
}

static void on_retry(void *context)
{
    struct openhab_events *events = context;
    websocket_connect(events->socket);
}

static void send_text(struct openhab_events *events)
{
    websocket_send(events->socket, events->text.at, events->text.size);
}

static bool is_overdue(const struct openhab_events *events, int64_t now)
{
    for (size_t i = 0; i < UNDER_WAY; i++)
        if (events->passages[i].id != 0 && now - events->passages[i].since > ANSWER_MS)
            return true;
    return false;
}

static void rely_on(struct openhab_events *events)
{
    events->short_lives = 0;
    backoff_reset(&events->backoff);
    tell_success(events);
}

static void on_heartbeat(void *context)
{
    struct openhab_events *events = context;
    int64_t now = loop_now(events->setup.loop);
    events->idle_words = 0;
    if (events->proven && now - events->opened_ms >= STABLE_MS)
        rely_on(events);
    if (now - events->heard_ms > SILENCE_MS) {
        hang_up(events, "it gives no sign of life");
    } else if (is_overdue(events, now)) {
        hang_up(events, "it does not answer a state");
    } else {
        event_write_heartbeat(&events->text);
        send_text(events);
    }
}

static void on_opened(void *context)
{
    struct openhab_events *events = context;
    events->heard_ms = events->opened_ms = loop_now(events->setup.loop);
    events->idle_words = 0;
    events->proven = false;
    event_write_filter(&events->text);
    send_text(events);
    event_write_heartbeat(&events->text);
    send_text(events);
    loop_timer_start(events->heartbeat, HEARTBEAT_MS, HEARTBEAT_MS);
}

/* The first answer: whoever listens there knows openHAB's events. */
static void prove(struct openhab_events *events)
{
    if (events->proven)
        return;
    events->proven = true;
    events->refusals = 0;
    if (events->short_lives < SHORT_LIVES)
        tell_success(events);
    events->setup.changed(events->setup.context, true);
}

static struct passage *find_passage(struct openhab_events *events, uint64_t id)
{
    for (size_t i = 0; i < UNDER_WAY; i++)
        if (events->passages[i].id == id)
            return &events->passages[i];
    return NULL;
}

static bool conclude(struct openhab_events *events, const struct event *event)
{
    struct passage *passage = event->id != 0 ? find_passage(events, event->id) : NULL;
    if (passage == NULL)
        return false;
    struct http_answer answer = {
        .status = event->kind == EVENT_TAKEN     ? 202
                  : event->kind == EVENT_MISSING ? 404
                                                 : 400,
        .body = event->why,
        .body_size = strlen(event->why),
    };
    passage->id = 0;
    events->under_way--;
    events->setup.answered(passage->target, &answer);
    return true;
}

static void on_received(void *context, const char *text, size_t size)
{
    struct openhab_events *events = context;
    struct event event;
    event_read(text, size, &event);
    events->heard_ms = loop_now(events->setup.loop);
    if (event.kind == EVENT_HEARTBEAT)
        prove(events);
    if (event.kind == EVENT_OTHER || event.kind == EVENT_HEARTBEAT || !conclude(events, &event))
        events->idle_words++;
    if (events->idle_words > FLOOD)
        hang_up(events, "it sends far more than was asked for");
}

bool openhab_events_open(const struct openhab_events *events)
{
    return events->socket != NULL && events->proven && websocket_is_open(events->socket);
}

size_t openhab_events_room(const struct openhab_events *events)
{
    return openhab_events_open(events) ? UNDER_WAY - events->under_way : 0;
}

void openhab_events_send(struct openhab_events *events, const struct bound_item *item,
                         const struct buffer *state, void *target)
{
    struct passage *passage = find_passage(events, 0);
    event_write_state(&events->text, item, state, ++events->last_id);
    *passage = (struct passage){
        .id = events->last_id, .since = loop_now(events->setup.loop), .target = target};
    events->under_way++;
    /* One that finds no room is not answered, which ends the connection in time. */
    send_text(events);
}

struct openhab_events *openhab_events_new(const struct openhab_events_setup *setup)
{
    struct openhab_events *events = memory_new(1, sizeof *events);
    events->setup = *setup;
    events->backoff = (struct backoff){.first_ms = FIRST_PAUSE_MS, .longest_ms = LONGEST_PAUSE_MS};
    events->retry = loop_timer_new(setup->loop, on_retry, events);
    events->heartbeat = loop_timer_new(setup->loop, on_heartbeat, events);
    size_t size = strlen(setup->url);
    while (size > 0 && setup->url[size - 1] == '/')
        size--;
    char *url = memory_print("%.*s/ws/events", (int)size, setup->url);
    bool has_token = setup->token != NULL && setup->token[0] != '\0';
    char *token = has_token ? memory_print("Authorization: Bearer %s", setup->token) : NULL;
    const char *headers[] = {token, NULL};
    events->socket = websocket_new(&(struct websocket_setup){
        .loop = setup->loop,
        .url = url,
        .headers = headers,
        .connect_ms = CONNECT_MS,
        .message_limit = MESSAGE_LIMIT,
        .unsent_limit = UNSENT_LIMIT,
        .opened = on_opened,
        .closed = on_closed,
        .received = on_received,
        .context = events,
    });
    free(url);
    free(token);
    if (events->socket != NULL)
        websocket_connect(events->socket);
    else
        tell_trouble(events, "libwebsockets does not start", 0);
    return events;
}

void openhab_events_free(struct openhab_events *events)
{
    if (events == NULL)
        return;
    websocket_free(events->socket);
    loop_timer_free(events->retry);
    loop_timer_free(events->heartbeat);
    buffer_free(&events->text);
    free(events);
}
