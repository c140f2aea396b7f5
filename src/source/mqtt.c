/* SPDX-License-Identifier: MIT */
/*
 * A meter whose telegrams come through an MQTT broker: port=mqtt://host:1883/topic, as Wi-Fi adapters
 * and other dsmr's publish them. Each message is a telegram, or a piece of one; what the broker had
 * kept of that topic may be days old and is passed over.
 */
#include "config/key.h"
#include "config/port_form.h"
#include "core/memory.h"
#include "net/mqtt_client.h"
#include "source/parity.h"
#include "source/source_list.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { KEEP_ALIVE_S = 30 };

struct mqtt_source {
    struct source source;
    struct source_setup setup;
    struct mqtt_client *client;
    struct parity parity;
    char *topic;
    bool connected;
    bool has_bytes; /* over this connection */
};

static void changed(const struct mqtt_source *source)
{
    source->setup.listener.changed(source->setup.listener.context);
}

static void on_connected(void *context)
{
    struct mqtt_source *source = context;
    source->connected = true;
    source->has_bytes = false;
    parity_init(&source->parity);
    changed(source);
}

static void on_lost(void *context, const struct mqtt_end *end)
{
    struct mqtt_source *source = context;
    (void)end;
    source->connected = false;
    source->setup.listener.restart(source->setup.listener.context);
    changed(source);
}

static void on_message(void *context, const char *topic, const char *payload, size_t size,
                       bool retained)
{
    struct mqtt_source *source = context;
    if (retained) {
        log_debug(source->setup.log, "port", "%s: passed over what the broker had kept of %s",
                  source->setup.port, topic);
        return;
    }
    char *bytes = memory_copy(payload, size);
    bool news = !source->has_bytes;
    source->has_bytes = true;
    parity_strip(&source->parity, bytes, size);
    source->setup.listener.bytes(source->setup.listener.context, bytes, size);
    free(bytes);
    if (news)
        changed(source);
}

static void get_status(const struct source *base, struct source_status *status)
{
    const struct mqtt_source *source = (const struct mqtt_source *)base;
    *status = (struct source_status){.connected = source->connected};
    if (!source->connected)
        snprintf(status->state, sizeof status->state, "connecting to the broker");
    else if (!source->has_bytes)
        snprintf(status->state, sizeof status->state, "waiting for telegrams on %.200s",
                 source->topic);
    else
        snprintf(status->state, sizeof status->state, "reading");
}

static void free_source(struct source *base)
{
    struct mqtt_source *source = (struct mqtt_source *)base;
    mqtt_client_free(source->client);
    free(source->topic);
    free(source);
}

/* The URL of the broker in front of the topic. */
static void connect_to(struct mqtt_source *source, const struct mqtt_broker *broker,
                       size_t url_size, char **error)
{
    static const struct mqtt_broker anybody = {.version = 3};
    char *url = memory_copy(source->setup.port, url_size);
    struct mqtt_setup setup = {
        .loop = source->setup.loop,
        .log = source->setup.log,
        .topic = "port",
        .meanwhile = "no telegrams come from it",
        .broker = broker ? *broker : anybody,
        .listener = {.connected = on_connected,
                     .lost = on_lost,
                     .message = on_message,
                     .context = source},
    };
    setup.broker.url = url;
    setup.broker.client_id = NULL; /* that of the settings belongs to who publishes */
    setup.broker.keep_alive_s = KEEP_ALIVE_S;
    source->client = mqtt_client_new(&setup, error);
    free(url);
}

static struct source *open_mqtt(const struct source_setup *setup, char **error)
{
    size_t url_size = port_form_broker(setup->port);
    if (url_size == 0) {
        char *shown = key_show(CONFIG_PORT, setup->port);
        *error = memory_print("port %s: a broker and a topic are wanted, as in "
                              "mqtt://192.168.1.5:1883/p1/raw; user and password are mqtt.user and "
                              "mqtt.password.file",
                              shown);
        free(shown);
        return NULL;
    }
    struct mqtt_source *source = memory_new(1, sizeof *source);
    source->source.kind = &mqtt_source;
    source->setup = *setup;
    source->setup.broker = NULL; /* was only lent */
    source->topic = memory_text(setup->port + url_size + 1);
    connect_to(source, setup->broker, url_size, error);
    if (!source->client) {
        free_source(&source->source);
        return NULL;
    }
    mqtt_client_subscribe(source->client, source->topic);
    return &source->source;
}

const struct source_kind mqtt_source = {
    .scheme = "mqtt:",
    .open = open_mqtt,
    .status = get_status,
    .free = free_source,
};

const struct source_kind mqtts_source = {
    .scheme = "mqtts:",
    .open = open_mqtt,
    .status = get_status,
    .free = free_source,
};
