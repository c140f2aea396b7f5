/* SPDX-License-Identifier: MIT */
/* The MQTT sink as the configuration wants it. */
#ifndef DSMR_CMD_SERVICE_MQTT_H
#define DSMR_CMD_SERVICE_MQTT_H

#include "bus/sink.h"
#include "config/config.h"
#include "core/log.h"
#include "core/loop.h"
#include "net/mqtt_client.h"
#include "sink/mqtt_topic.h"

/* NULL when mqtt.url is not set. Files that cannot be read are told in the log. */
struct sink *service_mqtt_new(const struct config *config, struct loop *loop, struct log *log);

/* Where the broker is and how to get in, by the mqtt keys; the texts are the configuration's, but for
 * *password, which is to be given to service_mqtt_forget(). */
struct mqtt_broker service_mqtt_broker(const struct config *config, struct log *log,
                                       char **password);
void service_mqtt_forget(char *password);

/*
 * The same for the broker that a port names (mqtt://host/topic). User, password and certificate are for
 * the broker of mqtt.url alone, or without that key for the one that all such ports name: another one
 * gets none of them, which is told. The URL is not that of the port.
 */
struct mqtt_broker service_mqtt_port_broker(const struct config *config, const char *port,
                                            struct log *log, char **password);

/* Everything that tells the broker of such a port who we are, in one text, to see whether it is another
 * now; what cannot be read is left out and not told. To be given to service_mqtt_forget(). */
char *service_mqtt_identity(const struct config *config, const char *port);

/* Where it publishes, by the mqtt keys; to be given to service_mqtt_free_topics(). */
struct mqtt_topics service_mqtt_topics(const struct config *config);
void service_mqtt_free_topics(const struct mqtt_topics *topics);

#endif
