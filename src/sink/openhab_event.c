/* SPDX-License-Identifier: MIT */
/* Composes the events; what openHAB does with them is from the sources of its core. */
#include "sink/openhab_event.h"

#include "core/json_writer.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* The type must be one that the item accepts exactly; a Number takes both kinds of number. */
static const char *type_of(const struct bound_item *item, const struct buffer *state)
{
    switch (item->type) {
    case ITEM_NUMBER:
        return memchr(state->at, ' ', state->size) != NULL ? "Quantity" : "Decimal";
    case ITEM_DATETIME:
        return "DateTime";
    case ITEM_STRING:
        break;
    }
    return "String";
}

static void member(struct json *json, const char *name, const char *text)
{
    json_name(json, name);
    json_utf8(json, text);
}

void event_write_state(struct buffer *out, const struct bound_item *item,
                       const struct buffer *state, uint64_t id)
{
    char number[24];
    struct buffer payload = {0}, topic = {0};
    struct json json = {.out = &payload};
    json_open(&json, '{');
    member(&json, "type", type_of(item, state));
    member(&json, "value", state->at);
    json_close(&json, '}');
    buffer_print(&topic, "openhab/items/%s/state", item->name);
    snprintf(number, sizeof number, "%" PRIu64, id);
    buffer_clear(out);
    json = (struct json){.out = out};
    json_open(&json, '{');
    member(&json, "type", "ItemStateEvent");
    member(&json, "topic", topic.at);
    member(&json, "payload", payload.at);
    member(&json, "source", "dsmr");
    member(&json, "eventId", number);
    json_close(&json, '}');
    buffer_free(&payload);
    buffer_free(&topic);
}

static void write_ours(struct buffer *out, const char *topic, const char *payload)
{
    struct json json = {.out = out};
    buffer_clear(out);
    json_open(&json, '{');
    member(&json, "type", "WebSocketEvent");
    member(&json, "topic", topic);
    member(&json, "payload", payload);
    json_close(&json, '}');
}

void event_write_heartbeat(struct buffer *out)
{
    write_ours(out, "openhab/websocket/heartbeat", "PING");
}

/* An empty list means all; this type is never on the event bus. */
void event_write_filter(struct buffer *out)
{
    write_ours(out, "openhab/websocket/filter/type", "[\"WebSocketEvent\"]");
}
