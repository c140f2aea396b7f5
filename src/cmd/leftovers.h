/* SPDX-License-Identifier: MIT */
/*
 * What a broker keeps for ever of an MQTT sink that ends, when the one that takes its place, after the
 * configuration was read again, does not publish there any more: of a meter that is gone, of another
 * mqtt.topic, of another prefix. The new sink empties those topics.
 */
#ifndef DSMR_CMD_LEFTOVERS_H
#define DSMR_CMD_LEFTOVERS_H

#include "config/config.h"
#include "core/log.h"
#include "sink/sink.h"

struct leftovers;

/* Notes what the broker keeps for the sink, which was made by this configuration. NULL when sink is. */
struct leftovers *leftovers_take(const struct sink *sink, const struct config *config);

/*
 * Has the new sink, NULL where there is none, empty what it does not publish itself by its configuration.
 * At another broker nothing can be emptied any more, which is told. Frees leftovers, which may be NULL.
 */
void leftovers_clean(struct leftovers *leftovers, struct sink *sink, const struct config *config,
                     struct log *log);

#endif
