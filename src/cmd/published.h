/* SPDX-License-Identifier: MIT */
/*
 * Which retained messages at a broker have the form that dsmr gives them, and of which meter they are,
 * whether that is configured or not: to find what was left of meters that are gone.
 */
#ifndef DSMR_CMD_PUBLISHED_H
#define DSMR_CMD_PUBLISHED_H

#include "config/config.h"
#include "sink/ha_discovery.h"

#include <stdbool.h>
#include <stddef.h>

enum published_kind {
    PUBLISHED_NONE,         /* not of dsmr's form */
    PUBLISHED_LINE,         /* online or offline, of a meter */
    PUBLISHED_VALUE,        /* the topic is that of an item; what it says could be anything */
    PUBLISHED_JSON,         /* a telegram */
    PUBLISHED_ANNOUNCEMENT, /* to Home Assistant */
};

/*
 * What it is, by these topics and this prefix. *meter receives the name of the meter as it stands in the
 * topic, or in the payload of an announcement, borrowed; empty where the patterns have no {meter}.
 */
enum published_kind published_kind(const struct ha_style *style, const char *topic,
                                   const char *payload, size_t size, struct dsmr_text *meter);

/* The names of the configured meters, as they stand in topics, and their ids for Homie. */
struct published_meters {
    char **names; /* sorted */
    char **ids;   /* sorted; empty for the main one */
    size_t count;
};

/* Those of the configuration, which is not kept. */
void published_meters_init(struct published_meters *meters, const struct config *config);
void published_meters_free(struct published_meters *meters);

/* True for the name of one of them, and for an empty one. */
bool published_meters_have(const struct published_meters *meters, struct dsmr_text name);

/* True for the id of one of them. */
bool published_meters_have_id(const struct published_meters *meters, struct dsmr_text id);

#endif
