/* SPDX-License-Identifier: MIT */
#include "http/events.h"

#include "core/memory.h"
#include "http/meter_json.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { IDS_A_SECOND = 1000 };

static const char heartbeat[] = ":\n\n";

struct event {
    size_t users; /* the ring, and clients that are in the midst of it */
    struct buffer text;
};

struct client {
    struct http_stream stream;
    struct ring *ring;
    struct client *next, **link;
    uint64_t id;           /* of the event that comes next */
    struct event *current; /* partly sent; NULL between two */
    size_t sent;           /* bytes of it */
    bool beat;             /* a heartbeat is to be sent, where there is no event */
};

/* The last events of one meter. */
struct ring {
    struct events *events;
    struct ring *next, **link;
    struct board_meter *meter;       /* NULL when it was dropped */
    struct event *kept[EVENTS_KEPT]; /* by id */
    uint64_t first, end;             /* ids of those that are kept: first … end - 1 */
    uint64_t newest_telegram;        /* id, 0 without */
    struct client *clients;
    int64_t left; /* loop time when the last client left */
};

struct events {
    struct loop *loop;
    struct loop_timer *timer; /* runs while there is a ring */
    struct ring *rings;
    size_t clients;
    uint64_t dropped;
};

/* ------------------------------------------------------------------------------------------------
 * Events
 */

static void release(struct event *event)
{
    if (!event || --event->users > 0)
        return;
    buffer_free(&event->text);
    free(event);
}

static struct event **slot_of(struct ring *ring, uint64_t id)
{
    return &ring->kept[id % EVENTS_KEPT];
}

/* Whoever still needs the one that goes is too slow. */
static void drop_slow(struct ring *ring)
{
    for (struct client *client = ring->clients; client; client = client->next) {
        if (client->id >= ring->first)
            continue;
        client->id = ring->first;
        http_stream_end(&client->stream);
    }
}

/* A new event with its number and name; the caller adds the JSON, and calls finish_event(). */
static struct event *start_event(struct ring *ring, const char *name)
{
    struct event *event = memory_new(1, sizeof *event);
    event->users = 1;
    buffer_print(&event->text, "id: %" PRIu64 "\nevent: %s\ndata: ", ring->end, name);
    return event;
}

static void finish_event(struct ring *ring, struct event *event)
{
    struct event **slot = slot_of(ring, ring->end);
    buffer_add_text(&event->text, "\n\n");
    release(*slot);
    *slot = event;
    ring->end++;
    if (ring->end - ring->first > EVENTS_KEPT)
        ring->first = ring->end - EVENTS_KEPT;
    drop_slow(ring);
    for (struct client *client = ring->clients; client; client = client->next)
        http_stream_wake(&client->stream);
}

static void add_telegram(struct ring *ring)
{
    struct event *event = start_event(ring, "telegram");
    meter_json_now(&event->text, ring->meter);
    ring->newest_telegram = ring->end;
    finish_event(ring, event);
}

void events_telegram(struct events *events, struct board_meter *meter)
{
    (void)events;
    if (meter->events)
        add_telegram(meter->events);
}

void events_line(struct events *events, struct board_meter *meter)
{
    (void)events;
    if (!meter->events)
        return;
    struct event *event = start_event(meter->events, "line");
    meter_json_line(&event->text, meter);
    finish_event(meter->events, event);
}

/* ------------------------------------------------------------------------------------------------
 * Rings
 */

static void free_ring(struct ring *ring)
{
    *ring->link = ring->next;
    if (ring->next)
        ring->next->link = ring->link;
    if (ring->meter)
        ring->meter->events = NULL;
    for (size_t i = 0; i < EVENTS_KEPT; i++)
        release(ring->kept[i]);
    free(ring);
}

/* Ids go on rising when dsmr is started again, so that nobody takes old events for new ones. */
static struct ring *new_ring(struct events *events, struct board_meter *meter)
{
    struct ring *ring = memory_new(1, sizeof *ring);
    ring->events = events;
    ring->meter = meter;
    meter->events = ring;
    ring->first = ring->end = (uint64_t)(loop_wall(events->loop) / 1000) * IDS_A_SECOND + 1;
    ring->next = events->rings;
    ring->link = &events->rings;
    if (ring->next)
        ring->next->link = &ring->next;
    events->rings = ring;
    if (meter->now.present)
        add_telegram(ring);
    if (!loop_timer_running(events->timer))
        loop_timer_start(events->timer, EVENTS_HEARTBEAT_MS, EVENTS_HEARTBEAT_MS);
    return ring;
}

static void beat(struct ring *ring)
{
    for (struct client *client = ring->clients; client; client = client->next) {
        client->beat = true;
        http_stream_wake(&client->stream);
    }
}

static void timer_fired(void *context)
{
    struct events *events = context;
    struct ring *next;
    for (struct ring *ring = events->rings; ring; ring = next) {
        next = ring->next;
        beat(ring);
        if (!ring->clients &&
            (!ring->meter || loop_now(events->loop) - ring->left > EVENTS_LINGER_MS))
            free_ring(ring);
    }
    if (!events->rings)
        loop_timer_stop(events->timer);
}

static void end_streams(const struct ring *ring)
{
    for (struct client *client = ring->clients; client; client = client->next)
        http_stream_end(&client->stream);
}

void events_keep(struct events *events)
{
    for (struct ring *ring = events->rings; ring; ring = ring->next) {
        if (!ring->meter || !ring->meter->dropped)
            continue;
        ring->meter->events = NULL;
        ring->meter = NULL;
        end_streams(ring);
    }
}

void events_end(struct events *events)
{
    for (const struct ring *ring = events->rings; ring; ring = ring->next)
        end_streams(ring);
}

/* ------------------------------------------------------------------------------------------------
 * Clients
 */

/* The event that is to be sent now; NULL when all were. */
static struct event *current(struct client *client)
{
    if (!client->current && client->id < client->ring->end && client->id >= client->ring->first) {
        client->current = *slot_of(client->ring, client->id++);
        client->current->users++;
        client->sent = 0;
    }
    return client->current;
}

static size_t read_event(struct client *client, struct event *event, char *out, size_t size)
{
    size_t rest = event->text.size - client->sent;
    size_t count = rest < size ? rest : size;
    memcpy(out, event->text.at + client->sent, count);
    client->sent += count;
    if (client->sent == event->text.size) {
        release(event);
        client->current = NULL;
    }
    return count;
}

static size_t read_client(struct http_stream *stream, char *out, size_t size)
{
    struct client *client = (struct client *)stream;
    struct event *event;
    size_t count = 0;
    while (count < size && (event = current(client)) != NULL) {
        count += read_event(client, event, out + count, size - count);
        client->beat = false;
    }
    if (client->beat && size - count >= sizeof heartbeat - 1) {
        memcpy(out + count, heartbeat, sizeof heartbeat - 1);
        count += sizeof heartbeat - 1;
        client->beat = false;
    }
    return count;
}

static void free_client(struct http_stream *stream)
{
    struct client *client = (struct client *)stream;
    struct ring *ring = client->ring;
    *client->link = client->next;
    if (client->next)
        client->next->link = client->link;
    if (client->current || client->id < ring->end)
        ring->events->dropped++; /* it left, or was stuck, with something still to read */
    ring->left = loop_now(ring->events->loop);
    ring->events->clients--;
    release(client->current);
    free(client);
}

static const struct http_stream_kind client_kind = {.read = read_client, .free = free_client};

/* The event that a client gets first. */
static uint64_t first_id(const struct ring *ring, const char *last)
{
    char *end = NULL;
    uint64_t id = last ? strtoull(last, &end, 10) : 0;
    if (id > 0 && *end == '\0' && id < ring->end)
        return id + 1 > ring->first ? id + 1 : ring->first;
    return ring->newest_telegram >= ring->first && ring->newest_telegram > 0 ? ring->newest_telegram
                                                                             : ring->end;
}

struct http_stream *events_stream(struct events *events, struct board_meter *meter,
                                  const char *last)
{
    if (events->clients >= EVENTS_CLIENTS)
        return NULL;
    struct ring *ring = meter->events ? meter->events : new_ring(events, meter);
    struct client *client = memory_new(1, sizeof *client);
    client->stream.kind = &client_kind;
    client->ring = ring;
    client->id = first_id(ring, last);
    client->beat = true; /* so that something comes at once, whatever the meter does */
    client->next = ring->clients;
    client->link = &ring->clients;
    if (client->next)
        client->next->link = &client->next;
    ring->clients = client;
    events->clients++;
    return &client->stream;
}

struct events *events_new(struct loop *loop)
{
    struct events *events = memory_new(1, sizeof *events);
    events->loop = loop;
    events->timer = loop_timer_new(loop, timer_fired, events);
    return events;
}

size_t events_clients(const struct events *events)
{
    return events->clients;
}

uint64_t events_dropped(const struct events *events)
{
    return events->dropped;
}

void events_free(struct events *events)
{
    if (!events)
        return;
    while (events->rings)
        free_ring(events->rings);
    loop_timer_free(events->timer);
    free(events);
}
