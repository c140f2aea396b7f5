/* SPDX-License-Identifier: MIT */
/* Reads the events of openHAB; apart from the composing, as Jansson and our writer share names. */
#include "sink/openhab_event.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char ours[] = "WebSocketEvent";
static const char topics[] = "openhab/websocket/";

static const char *text_of(const json_t *message, const char *name)
{
    const char *text = json_string_value(json_object_get(message, name));
    return text != NULL ? text : "";
}

static uint64_t read_id(const char *text)
{
    size_t digits = strspn(text, "0123456789");
    if (digits == 0 || digits > 19 || text[digits] != '\0')
        return 0;
    return strtoull(text, NULL, 10);
}

static enum event_kind read_kind(const char *topic, const char *payload)
{
    if (strcmp(topic, "heartbeat") == 0)
        return EVENT_HEARTBEAT;
    if (strcmp(topic, "response/success") == 0)
        return EVENT_TAKEN;
    if (strcmp(topic, "response/failed") != 0)
        return EVENT_OTHER;
    return strstr(payload, "Could not find item") != NULL ? EVENT_MISSING : EVENT_REFUSED;
}

void event_read(const char *text, size_t size, struct event *event)
{
    *event = (struct event){.kind = EVENT_OTHER};
    json_t *message = json_loadb(text, size, 0, NULL);
    const char *topic = text_of(message, "topic");
    if (strcmp(text_of(message, "type"), ours) == 0 &&
        strncmp(topic, topics, strlen(topics)) == 0) {
        const char *payload = text_of(message, "payload");
        event->kind = read_kind(topic + strlen(topics), payload);
        event->id = read_id(text_of(message, "eventId"));
        if (event->kind == EVENT_MISSING || event->kind == EVENT_REFUSED)
            snprintf(event->why, sizeof event->why, "%s", payload);
    }
    json_decref(message);
}
