/* SPDX-License-Identifier: MIT */
/* Any text as a broker's URL, a topic or a pattern of topics, a place to listen at, a port: what is
 * taken fits into what it is read into, and makes topics that a broker takes. */
#include "config/broker.h"
#include "config/listen.h"
#include "config/port_form.h"
#include "config/topic_form.h"
#include "core/memory.h"
#include "sink/mqtt_topic.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static void must(bool condition)
{
    if (!condition)
        abort();
}

/* Ended within its memory, and not empty. */
static void must_be_text(const char *text, size_t capacity)
{
    must(memchr(text, '\0', capacity) != NULL && text[0] != '\0');
}

static void try_broker(const char *text)
{
    struct broker_address broker;
    if (!broker_parse(text, &broker))
        return;
    must_be_text(broker.host, sizeof broker.host);
    must(broker.port >= 0 && broker.port <= 65535);
    must((broker.port == 0) == (broker.host[0] == '/'));
}

static void try_port(const char *text)
{
    size_t url = port_form_broker(text);
    if (url > 0) {
        must(port_form_is_good(text));
        must(url < strlen(text) && text[url] == '/' && text[url + 1] != '\0');
        char *broker = memory_copy(text, url);
        try_broker(broker);
        free(broker);
    }
    must(!port_form_is_good(text) || text[0] != '\0');
}

static void try_listen(const char *text)
{
    struct listen_place place;
    const char *rest = text;
    bool good = true;
    int count = 0;
    while (listen_next(&rest, &place) != LISTEN_END) {
        must(rest > text && rest <= text + strlen(text));
        count++;
        good = good && place.kind != LISTEN_BAD;
        if (place.kind == LISTEN_TCP) {
            must_be_text(place.address.host, sizeof place.address.host);
            must(place.address.port >= 1 && place.address.port <= 65535);
        } else if (place.kind != LISTEN_BAD) {
            must_be_text(place.path, sizeof place.path);
            must(place.path[0] == '/');
        }
    }
    must(listen_is_good(text) == (good && count > 0 && count <= LISTEN_PLACES));
}

static void must_be_topic(const char *topic)
{
    must(topic[0] != '\0' && topic[0] != '$' && strpbrk(topic, "+#\r\n") == NULL);
    must(strlen(topic) <= 65535);
}

/* name stands for what a meter or a user calls something: it must not add a level or a wildcard. */
static void try_pattern(const char *pattern, const char *name)
{
    struct buffer topic = {0};
    must(!topic_is_good(pattern) || topic_pattern_is_good(pattern));
    if (topic_pattern_is_good(pattern)) {
        mqtt_pattern_topic(&topic, pattern, name, name);
        must_be_topic(topic.at);
        must(mqtt_topic_matches(topic.at, topic.at) && mqtt_topic_matches("#", topic.at));
    }
    buffer_free(&topic);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    char *text = memory_copy((const char *)bytes, size);
    const char *name = strchr(text, '\n');
    try_broker(text);
    try_port(text);
    try_listen(text);
    try_pattern(text, name != NULL ? name + 1 : "main");
    try_pattern("dsmr/{meter}/{item}", text);
    free(text);
    return 0;
}
