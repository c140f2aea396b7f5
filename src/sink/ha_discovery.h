/* SPDX-License-Identifier: MIT */
/*
 * What Home Assistant is told of a physical meter: the messages of its MQTT discovery, and the JSON
 * object that the states are read from.
 *
 * All entities of a meter read from one JSON object at one topic, PATH/ha/SLUG, where PATH is what
 * stands before the last level of the topic of the meter's line (dsmr/main). So a gas meter that is
 * replaced has a topic of its own and never gets the old one's total; one message a telegram does for
 * forty entities; and every template is {{ value_json.ID }}. The object holds every entity that was
 * announced: null (Home Assistant's "unknown") where the meter has no value, never 0. Whether the
 * meter is there at all stands in it as "status", and the entities listen to that besides dsmr's own
 * status and that of the line. States are not retained: after a restart of Home Assistant an old value
 * must not look fresh.
 *
 * Ids are made from kind and equipment id of the meter and from the id of the item, and from nothing
 * else: they never change.
 */
#ifndef DSMR_SINK_HA_DISCOVERY_H
#define DSMR_SINK_HA_DISCOVERY_H

#include "core/buffer.h"
#include "sink/mqtt_topic.h"
#include "sink/physical_meter.h"

enum { HA_STATE_MAX = 255 }; /* characters of a state */

/* The message to the consumer, which may be longer. */
#define HA_MESSAGE_ID "eTextMessage"

/* How to write the messages. Texts are borrowed. */
struct ha_style {
    const struct mqtt_topics *topics;
    const char *prefix; /* "homeassistant" */
    enum language language;
    int expire_s; /* a state that was not renewed for so long is none; 0: never */
};

/* False for a meter that tells nothing but what it is: a channel that was prepared and never used. */
bool ha_is_worth_telling(const struct physical_meter *meter);

/* Topics, written over what out holds. */
void ha_device_topic(struct buffer *out, const struct ha_style *style,
                     const struct physical_meter *meter);
void ha_component_topic(struct buffer *out, const struct ha_style *style,
                        const struct physical_meter *meter, const struct quantity *quantity);
void ha_state_topic(struct buffer *out, const struct ha_style *style,
                    const struct physical_meter *meter);
/* Of the attributes that hold the whole message to the consumer. */
void ha_message_topic(struct buffer *out, const struct ha_style *style,
                      const struct physical_meter *meter);

/* A meter with all its entities, written over what out holds. main is the electricity meter that it
 * is behind; NULL without, or for that meter itself. */
void ha_device_config(struct buffer *out, const struct ha_style *style,
                      const struct physical_meter *meter, const struct physical_meter *main);

/* One entity, in the older form. */
void ha_component_config(struct buffer *out, const struct ha_style *style,
                         const struct physical_meter *meter, const struct physical_meter *main,
                         const struct quantity *quantity);

/* True for a message of either form that dsmr wrote with these topics, in whatever run. */
bool ha_config_is_ours(const struct ha_style *style, const char *topic, const char *payload,
                       size_t size);

/* The values, written over what out holds. */
void ha_state(struct buffer *out, const struct physical_meter *meter);
void ha_message(struct buffer *out, const struct physical_meter *meter);

#endif
