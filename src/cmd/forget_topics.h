/* SPDX-License-Identifier: MIT */
/* The topics at which the MQTT sink itself publishes with a configuration: all there can be. */
#ifndef DSMR_CMD_FORGET_TOPICS_H
#define DSMR_CMD_FORGET_TOPICS_H

#include "config/config.h"
#include "sink/mqtt_topic.h"

#include <stdbool.h>
#include <stddef.h>

struct forget_topics {
    const char *values; /* pattern, borrowed; NULL: no plain values */
    char **at;          /* sorted */
    size_t count;
    size_t capacity;
};

/* Of all meters of the configuration and all items there are; published is borrowed. */
void forget_topics_init(struct forget_topics *topics, const struct config *config,
                        const struct mqtt_topics *published);

/* True for one of them, and for the least and the greatest of an item, one level below. */
bool forget_topics_have(const struct forget_topics *topics, const char *topic);

void forget_topics_free(struct forget_topics *topics);

/* A filter for the topics of a pattern and what is below them. Freed by the caller. */
char *forget_filter(const char *pattern);

#endif
