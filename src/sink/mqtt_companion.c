/* SPDX-License-Identifier: MIT */
#include "sink/mqtt_companion.h"

#include "core/memory.h"

#include <stdlib.h>

struct mqtt_companion {
    struct log quiet;
    struct mqtt_client *client;
    char *topic;
    void (*connected)(void *context, const char *will_topic);
    void *context;
};

static void on_connected(void *context)
{
    const struct mqtt_companion *companion = context;
    companion->connected(companion->context, companion->topic);
}

struct mqtt_companion *mqtt_companion_new(const struct mqtt_companion_setup *setup)
{
    const struct mqtt_composer *composer = setup->composer;
    struct mqtt_companion *companion = memory_new(1, sizeof *companion);
    struct mqtt_setup connection = {
        .loop = setup->loop,
        .log = &companion->quiet,
        .topic = composer->name,
        .broker = *setup->broker,
        .will = {composer->will_topic, composer->will, composer->farewell},
        .listener = {.connected = on_connected, .context = companion},
    };
    /* Two connections with one id would throw each other out. */
    char *id =
        setup->named ? memory_print("%s-%s", setup->broker->client_id, composer->name) : NULL;
    char *error = NULL;
    connection.broker.client_id = id;
    companion->connected = setup->connected;
    companion->context = setup->context;
    companion->topic = memory_text(composer->will_topic);
    companion->client = mqtt_client_new(&connection, &error);
    free(id);
    free(error);
    return companion;
}

void mqtt_companion_free(struct mqtt_companion *companion)
{
    mqtt_client_free(companion->client);
    free(companion->topic);
    free(companion);
}
