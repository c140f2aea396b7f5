/* SPDX-License-Identifier: MIT */
#include "cmd/service_mqtt.h"

#include "cmd/secret_file.h"
#include "config/broker.h"
#include "config/port_form.h"
#include "core/memory.h"
#include "sink/mqtt.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { MEGABYTE = 1000000 };

/* ------------------------------------------------------------------------------------------------
 * Who we are to the broker
 */

static struct mqtt_broker read_broker(const struct config *config, const char *password)
{
    return (struct mqtt_broker){
        .url = config_text(config, CONFIG_MQTT_URL),
        .user = config_text(config, CONFIG_MQTT_USER),
        .password = password,
        .ca = config_text(config, CONFIG_MQTT_CA),
        .certificate = config_text(config, CONFIG_MQTT_CERT),
        .key = config_text(config, CONFIG_MQTT_KEY),
        .client_id = config_text(config, CONFIG_MQTT_CLIENT),
        .version = strcmp(config_text(config, CONFIG_MQTT_VERSION), "5") == 0 ? 5 : 3,
        .keep_alive_s = (int)config_number(config, CONFIG_MQTT_KEEP_ALIVE),
    };
}

struct mqtt_broker service_mqtt_broker(const struct config *config, struct log *log,
                                       char **password)
{
    const char *file = config_text(config, CONFIG_MQTT_PASSWORD_FILE);
    *password = file != NULL ? secret_file_line("mqtt.password.file", file, "mqtt", log) : NULL;
    return read_broker(config, *password);
}

void service_mqtt_forget(char *password)
{
    secret_forget(password);
}

/* The broker in front of the topic of mqtt://host/topic. */
static bool broker_of_port(const char *port, struct broker_address *address)
{
    size_t size = port_form_broker(port);
    char *url = memory_copy(port, size);
    bool found = size > 0 && broker_parse(url, address);
    free(url);
    return found;
}

static bool is_same_broker(const struct broker_address *a, const struct broker_address *b)
{
    return a->tls == b->tls && a->port == b->port && strcasecmp(a->host, b->host) == 0;
}

/* Without mqtt.url, the one that all ports of this kind name. */
static bool is_our_broker(const struct config *config, const struct broker_address *asked)
{
    const char *url = config_text(config, CONFIG_MQTT_URL);
    struct broker_address other;
    if (url != NULL)
        return broker_parse(url, &other) && is_same_broker(&other, asked);
    for (size_t i = 0; i < config_meter_count(config); i++) {
        const char *port = config_meter_text(config, i, CONFIG_PORT);
        if (port != NULL && broker_of_port(port, &other) && !is_same_broker(&other, asked))
            return false;
    }
    return true;
}

struct mqtt_broker service_mqtt_port_broker(const struct config *config, const char *port,
                                            struct log *log, char **password)
{
    struct broker_address address;
    if (broker_of_port(port, &address) && is_our_broker(config, &address))
        return service_mqtt_broker(config, log, password);
    *password = NULL;
    struct mqtt_broker broker = read_broker(config, NULL);
    if (broker.user != NULL || broker.certificate != NULL)
        log_warn(
            log, "port",
            "%s: its broker does not get mqtt.user, mqtt.password.file and mqtt.cert: they are "
            "for %s",
            port, broker.url != NULL ? broker.url : "one broker, and the ports name several");
    broker.user = NULL;
    broker.certificate = NULL;
    broker.key = NULL;
    return broker;
}

char *service_mqtt_identity(const struct config *config, const char *port)
{
    struct log nobody = {0};
    char *password;
    const struct mqtt_broker broker = service_mqtt_port_broker(config, port, &nobody, &password);
    const char *const texts[] = {broker.user, password, broker.ca, broker.certificate, broker.key};
    char *identity = memory_print("MQTT %d", broker.version);
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        char *longer = memory_print("%s\n%s", identity, texts[i] != NULL ? texts[i] : "");
        service_mqtt_forget(identity);
        identity = longer;
    }
    service_mqtt_forget(password);
    return identity;
}

/* ------------------------------------------------------------------------------------------------
 * Topics
 */

/* What stands before the first level with something to fill in, or "dsmr". Freed by the caller. */
static char *prefix_of(const char *pattern)
{
    size_t size = strcspn(pattern, "{");
    while (size > 0 && pattern[size] != '/')
        size--;
    return size > 0 ? memory_copy(pattern, size) : memory_text("dsmr");
}

/* The pattern with this for {item}. Freed by the caller. */
static char *with_item(const char *pattern, const char *item)
{
    static const char place[] = "{item}";
    const char *at = strstr(pattern, place);
    return memory_print("%.*s%s%s", (int)(at - pattern), pattern, item, at + strlen(place));
}

/* A pattern of its own, the one for values with this item, or NULL for none. Freed by the caller. */
static char *pattern_of(const struct config *config, enum config_key key, const char *values,
                        const char *item)
{
    const char *text = config_text(config, key);
    if (strcmp(text, "no") == 0)
        return NULL;
    return strcmp(text, "yes") == 0 ? with_item(values, item) : memory_text(text);
}

struct mqtt_topics service_mqtt_topics(const struct config *config)
{
    static const char usual[] = "dsmr/{meter}/{item}";
    const char *text = config_text(config, CONFIG_MQTT_TOPIC);
    const char *status = config_text(config, CONFIG_MQTT_STATUS);
    const char *values = strcmp(text, "no") == 0 ? usual : text;
    /* Without {meter}, the line would have the topic of dsmr itself. */
    const char *line = strstr(values, "{meter}") != NULL ? "status" : "line";
    char *prefix = prefix_of(values);
    struct mqtt_topics topics = {
        .values = strcmp(text, "no") == 0 ? NULL : memory_text(text),
        .json = pattern_of(config, CONFIG_MQTT_JSON, values, "json"),
        .raw = pattern_of(config, CONFIG_MQTT_RAW, values, "raw"),
        .status = status != NULL ? memory_text(status) : memory_print("%s/status", prefix),
        .line = with_item(values, line),
    };
    free(prefix);
    return topics;
}

void service_mqtt_free_topics(const struct mqtt_topics *topics)
{
    const char *const texts[] = {topics->values, topics->json, topics->raw, topics->status,
                                 topics->line};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        free((char *)texts[i]);
}

/* ------------------------------------------------------------------------------------------------
 * The sink
 */

struct sink *service_mqtt_new(const struct config *config, struct loop *loop, struct log *log)
{
    char *error = NULL;
    char *password;
    if (!config_is_set(config, CONFIG_MQTT_URL))
        return NULL;
    struct mqtt_topics topics = service_mqtt_topics(config);
    struct mqtt_sink_setup setup = {
        .loop = loop,
        .log = log,
        .broker = service_mqtt_broker(config, log, &password),
        .topics = topics,
        .qos = (int)config_number(config, CONFIG_MQTT_QOS),
        .retain = strcmp(config_text(config, CONFIG_MQTT_RETAIN), "yes") == 0,
        .spool = config_text(config, CONFIG_MQTT_SPOOL),
        .spool_limit = (uint64_t)config_number(config, CONFIG_MQTT_SPOOL_LIMIT) * MEGABYTE,
        .spool_rate = config_number(config, CONFIG_MQTT_SPOOL_RATE),
    };
    struct sink *sink = mqtt_sink_new(&setup, &error);
    if (sink == NULL)
        log_error(log, "mqtt", "%s", error);
    service_mqtt_forget(password);
    free(error);
    service_mqtt_free_topics(&topics);
    return sink;
}
