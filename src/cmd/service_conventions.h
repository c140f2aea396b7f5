/* SPDX-License-Identifier: MIT */
/* Home Assistant and Homie as the configuration wants them, on top of the MQTT sink. */
#ifndef DSMR_CMD_SERVICE_CONVENTIONS_H
#define DSMR_CMD_SERVICE_CONVENTIONS_H

#include "bus/sink.h"
#include "config/config.h"
#include "config/pace_rule.h"
#include "core/log.h"
#include "core/loop.h"
#include "sink/mqtt_composer.h"
#include "sink/mqtt_topic.h"

/* Adds those that are wanted to the MQTT sink. config is borrowed as long as the sink lives; rule is
 * the sink's. */
void service_add_conventions(const struct config *config, const struct pace_rule *rule,
                             struct sink *mqtt, struct loop *loop, struct log *log);

/* One by one, wanted or not. config and topics are borrowed as long as they live. Never NULL. */
struct mqtt_composer *service_homeassistant(const struct config *config,
                                            const struct pace_rule *rule,
                                            const struct mqtt_topics *topics, struct emit emit,
                                            struct loop *loop, struct log *log);
struct mqtt_composer *service_homie(const struct config *config, struct emit emit,
                                    struct loop *loop, struct log *log);

#endif
