/* SPDX-License-Identifier: MIT */
/*
 * Announces the meters to Home Assistant by its MQTT discovery, and feeds the entities; what is said
 * stands in ha_discovery.h. A meter is announced once it is known (see physical_meter.h), and again
 * when it tells something that it did not tell before, and some moment after Home Assistant has
 * started: not at once, since it then hears from everyone.
 */
#ifndef DSMR_SINK_HOMEASSISTANT_H
#define DSMR_SINK_HOMEASSISTANT_H

#include "core/log.h"
#include "core/loop.h"
#include "sink/ha_discovery.h"
#include "sink/mqtt_composer.h"

struct homeassistant_setup {
    struct ha_style style; /* its texts are borrowed as long as the composer lives */
    bool components;       /* one message an entity: the older form */
    int restart_spread_ms; /* how long after Home Assistant's start it may take, at most */
    int settle_ms;         /* how long news of a meter are collected */
    struct emit emit;
    struct loop *loop;
    struct log *log;
};

/* Never NULL. */
struct mqtt_composer *homeassistant_new(const struct homeassistant_setup *setup);

#endif
