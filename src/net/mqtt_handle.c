/* SPDX-License-Identifier: MIT */
/* What libmosquitto is told before it connects. */
#include "net/mqtt_handle.h"

#include <errno.h>
#include <fcntl.h>
#include <mosquitto.h>
#include <mqtt_protocol.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { FAILURE = 128 }; /* reasons from here on are failures [MQTT 5, 2.4] */

static const char system_certificates[] = "/etc/ssl/certs";

/* libmosquitto fails in these places only when there is no memory. */
static void *must(void *made)
{
    if (made != NULL)
        return made;
    fprintf(stderr, "dsmr: out of memory\n");
    exit(EXIT_FAILURE);
}

/* OpenSSL would ask for a pass phrase on the terminal, and wait. */
static int no_pass_phrase(char *out, int size, int encrypting, void *context)
{
    (void)out;
    (void)size;
    (void)encrypting;
    (void)context;
    return 0;
}

/* It would be told in words that nobody can act on. */
static bool is_readable(const char *key, const char *file, struct buffer *bad)
{
    if (file == NULL)
        return true;
    int fd = open(file, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd >= 0) {
        close(fd);
        return true;
    }
    int error = errno;
    buffer_clear(bad);
    buffer_print(bad, "%s=%s", key, file);
    errno = error;
    return false;
}

static bool set_tls(struct mosquitto *handle, const struct mqtt_broker *broker, struct buffer *bad)
{
    if (!is_readable("mqtt.ca", broker->ca, bad) ||
        !is_readable("mqtt.cert", broker->certificate, bad) ||
        !is_readable("mqtt.key", broker->key, bad))
        return false;
    if (broker->ca == NULL)
        mosquitto_int_option(handle, MOSQ_OPT_TLS_USE_OS_CERTS, 1);
    if (broker->ca == NULL && broker->certificate == NULL)
        return true;
    bool both = broker->certificate != NULL && broker->key != NULL;
    mosquitto_tls_set(handle, broker->ca, broker->ca == NULL ? system_certificates : NULL,
                      both ? broker->certificate : NULL, both ? broker->key : NULL, no_pass_phrase);
    return true;
}

/* ------------------------------------------------------------------------------------------------
 * What libmosquitto tells
 */

static void on_log(struct mosquitto *handle, void *context, int level, const char *text)
{
    const struct mqtt_handle_caller *caller = context;
    static const char prefix[] = "Error: ";
    (void)handle;
    if (level == MOSQ_LOG_ERR)
        caller->calls->error(caller->context, strncmp(text, prefix, strlen(prefix)) == 0
                                                  ? text + strlen(prefix)
                                                  : text);
}

static void on_connect(struct mosquitto *handle, void *context, int reason, int flags,
                       const mosquitto_property *properties)
{
    const struct mqtt_handle_caller *caller = context;
    (void)handle;
    (void)flags;
    (void)properties;
    caller->calls->connected(caller->context, reason);
}

static void on_disconnect(struct mosquitto *handle, void *context, int reason,
                          const mosquitto_property *properties)
{
    const struct mqtt_handle_caller *caller = context;
    (void)handle;
    (void)properties;
    caller->calls->disconnected(caller->context, reason);
}

static void on_publish(struct mosquitto *handle, void *context, int id, int reason,
                       const mosquitto_property *properties)
{
    const struct mqtt_handle_caller *caller = context;
    (void)handle;
    (void)properties;
    caller->calls->published(caller->context, id, reason);
}

static void on_message(struct mosquitto *handle, void *context,
                       const struct mosquitto_message *message)
{
    const struct mqtt_handle_caller *caller = context;
    (void)handle;
    caller->calls->message(caller->context, message->topic,
                           message->payload != NULL ? message->payload : "",
                           (size_t)message->payloadlen, message->retain);
}

static void on_subscribe(struct mosquitto *handle, void *context, int id, int count,
                         const int *granted)
{
    const struct mqtt_handle_caller *caller = context;
    (void)handle;
    caller->calls->subscribed(caller->context, id, count > 0 ? granted[0] : FAILURE);
}

static void set_callbacks(struct mosquitto *handle)
{
    mosquitto_log_callback_set(handle, on_log);
    mosquitto_connect_v5_callback_set(handle, on_connect);
    mosquitto_disconnect_v5_callback_set(handle, on_disconnect);
    mosquitto_publish_v5_callback_set(handle, on_publish);
    mosquitto_message_callback_set(handle, on_message);
    mosquitto_subscribe_callback_set(handle, on_subscribe);
}

/* ------------------------------------------------------------------------------------------------
 * Making one
 */

struct mosquitto *mqtt_handle_new(const struct mqtt_broker *broker,
                                  const struct broker_address *address,
                                  const struct mqtt_will *will, struct mqtt_handle_caller *caller,
                                  struct buffer *bad)
{
    /* Counted by the library. It is never cleaned up: that would take from libcurl what they share. */
    mosquitto_lib_init();
    struct mosquitto *handle = must(mosquitto_new(broker->client_id, true, caller));
    set_callbacks(handle);
    mosquitto_int_option(handle, MOSQ_OPT_PROTOCOL_VERSION,
                         broker->version == 5 ? MQTT_PROTOCOL_V5 : MQTT_PROTOCOL_V311);
    mosquitto_int_option(handle, MOSQ_OPT_SEND_MAXIMUM, MQTT_IN_FLIGHT);
    if (broker->user != NULL)
        mosquitto_username_pw_set(handle, broker->user, broker->password);
    if (will->topic != NULL)
        mosquitto_will_set(handle, will->topic, (int)strlen(will->lost), will->lost, 1, true);
    if (!address->tls || set_tls(handle, broker, bad))
        return handle;
    int error = errno;
    mosquitto_destroy(handle);
    errno = error;
    return NULL;
}

enum mqtt_trouble mqtt_handle_trouble(int result)
{
    switch (result) {
    case MOSQ_ERR_EAI:
        return MQTT_TROUBLE_NAME;
    case MOSQ_ERR_ERRNO:
        return MQTT_TROUBLE_SYSTEM;
    case MOSQ_ERR_TLS:
        return MQTT_TROUBLE_TLS;
    case MOSQ_ERR_KEEPALIVE:
        return MQTT_TROUBLE_SILENT;
    case MOSQ_ERR_PROTOCOL:
    case MOSQ_ERR_MALFORMED_PACKET:
    case MOSQ_ERR_MALFORMED_UTF8:
    case MOSQ_ERR_NOMEM: /* for a packet as large as nobody sends */
        return MQTT_TROUBLE_PROTOCOL;
    case MOSQ_ERR_SUCCESS:
    case MOSQ_ERR_CONN_LOST:
    case MOSQ_ERR_NO_CONN:
        return MQTT_TROUBLE_CLOSED;
    default:
        return MQTT_TROUBLE_OTHER;
    }
}
