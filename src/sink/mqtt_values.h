/* SPDX-License-Identifier: MIT */
/* The messages that the MQTT sink publishes of itself: plain values, the telegram as it came. */
#ifndef DSMR_SINK_MQTT_VALUES_H
#define DSMR_SINK_MQTT_VALUES_H

#include "bus/sink.h"
#include "core/buffer.h"
#include "sink/emit.h"
#include "sink/mqtt_topic.h"

struct mqtt_values {
    const struct mqtt_topics *topics;
    int qos;
    bool retain;
    struct emit emit;
    struct buffer topic; /* being composed; zeroed to begin with */
    struct buffer text;
};

void mqtt_values_free(struct mqtt_values *values);

/*
 * One message a value that counts: numbers with the meter's digits, times in ISO 8601, texts in
 * UTF-8. Where readings stand for several telegrams, the least and the greatest of what fluctuates
 * follow one level below: dsmr/main/eActualDelivery/least.
 */
void mqtt_values_plain(struct mqtt_values *values, const struct readings *readings);

/* The telegram, byte for byte as it was sent; nothing where there is none. */
void mqtt_values_raw(struct mqtt_values *values, const struct readings *readings);

#endif
