/* SPDX-License-Identifier: MIT */
/*
 * Watches the states of lines that the broker keeps: one of a meter that is not configured was left by an
 * earlier configuration, or another dsmr has that meter, or something else says online at such a topic. It
 * is told, with the command that removes what is surely dsmr's, and nothing is done about it.
 */
#ifndef DSMR_CMD_STRAY_LINES_H
#define DSMR_CMD_STRAY_LINES_H

#include "config/config.h"
#include "core/log.h"
#include "core/loop.h"
#include "sink/mqtt_composer.h"
#include "sink/mqtt_topic.h"

/* config is read now; topics are borrowed as long as it lives. NULL where topics do not tell meters
 * apart. */
struct mqtt_composer *stray_lines_new(const struct config *config, const struct mqtt_topics *topics,
                                      struct loop *loop, struct log *log);

#endif
