/* SPDX-License-Identifier: MIT */
/*
 * Whether each meter is to be had: "online" while its line is connected and telegrams come, else
 * "offline". A meter of which no telegram came for a minute is offline even where its adapter is not.
 */
#ifndef DSMR_SINK_MQTT_LINES_H
#define DSMR_SINK_MQTT_LINES_H

#include "bus/sink.h"
#include "core/loop.h"
#include "sink/emit.h"
#include "sink/mqtt_topic.h"

struct mqtt_lines;

/* topics is borrowed. The states go to emit, retained. */
struct mqtt_lines *mqtt_lines_new(struct loop *loop, const struct mqtt_topics *topics,
                                  const struct emit *emit);
void mqtt_lines_free(struct mqtt_lines *lines);

/* True when a meter with this topic has sent a telegram since its port is read. */
bool mqtt_lines_have_heard(const struct mqtt_lines *lines, const char *topic);

/* What the bus tells of a line. */
void mqtt_lines_status(struct mqtt_lines *lines, const struct line_status *status);

#endif
