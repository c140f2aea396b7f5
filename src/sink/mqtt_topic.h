/* SPDX-License-Identifier: MIT */
/*
 * MQTT topics. Parts that come from meters or users can hold anything; in a topic they can hold
 * nothing that means something there.
 */
#ifndef DSMR_SINK_MQTT_TOPIC_H
#define DSMR_SINK_MQTT_TOPIC_H

#include "core/buffer.h"
#include "dsmr/dsmr.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { MQTT_LEVEL_MAX = 96 }; /* bytes of an escaped level; a longer one is cut and made unique */

/*
 * Adds one level of a topic. +, #, /, %, braces, a $ at the start, control characters and what is no
 * UTF-8 become %XX, so that different texts stay different; an empty text becomes %.
 */
void mqtt_topic_level(struct buffer *out, const char *text, size_t size);

/* Writes the topic of a pattern (see topic_form.h) over what out holds, with these for {meter} and {item}. */
void mqtt_pattern_topic(struct buffer *out, const char *pattern, const char *meter,
                        const char *item);

/*
 * Reads a topic by a pattern: what stands for {meter} and {item} in it, as it stands there; empty where
 * the pattern has none. False when the topic is none of the pattern's.
 */
bool mqtt_pattern_read(const char *pattern, const char *topic, struct dsmr_text *meter,
                       struct dsmr_text *item);

/* True when a subscription with this filter (+ and # as they are meant) gets messages of this topic. */
bool mqtt_topic_matches(const char *filter, const char *topic);

/* A number that differs for almost all texts that differ. */
uint32_t mqtt_topic_hash(const char *text, size_t size);

/* The topics that dsmr publishes at, from the keys of the configuration. */
struct mqtt_topics {
    const char *values; /* pattern, with {item}; NULL: no plain values */
    const char *json;   /* pattern; NULL: none */
    const char *raw;    /* pattern; NULL: none */
    const char *status; /* of dsmr itself: "dsmr/status" */
    const char *line;   /* pattern, of each meter's line: "dsmr/{meter}/status" */
};

/* Each writes a topic over what out holds. The pattern must not be NULL. */
void mqtt_value_topic(struct buffer *out, const struct mqtt_topics *topics, const char *meter,
                      const char *item);
void mqtt_line_topic(struct buffer *out, const struct mqtt_topics *topics, const char *meter);
void mqtt_json_topic(struct buffer *out, const struct mqtt_topics *topics, const char *meter);
void mqtt_raw_topic(struct buffer *out, const struct mqtt_topics *topics, const char *meter);

#endif
