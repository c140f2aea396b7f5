/* SPDX-License-Identifier: MIT */
/*
 * What a broker keeps for ever of an MQTT sink that ends, when the one that takes its place, after the
 * configuration was read again, does not publish there any more: of a meter that is gone, of another
 * mqtt.topic, of another prefix. The new sink empties those topics.
 */
#ifndef DSMR_CMD_LEFTOVERS_H
#define DSMR_CMD_LEFTOVERS_H

#include "bus/sink.h"
#include "config/config.h"
#include "core/log.h"

struct leftovers;

/*
 * Notes what the broker keeps for the sink, which was made by this configuration, and what it was to remove
 * and may not have. earlier is what leftovers_clean() returned for the sink, or NULL, and is freed. NULL
 * when sink is.
 */
struct leftovers *leftovers_take(struct leftovers *earlier, const struct sink *sink,
                                 const struct config *config);

/*
 * Has the new sink, NULL where there is none, empty what it does not publish itself by its configuration.
 * At another broker nothing can be emptied any more, which is told. leftovers may be NULL and is freed, or
 * returned with what the sink is going to publish again: until it has, only we know of that.
 */
struct leftovers *leftovers_clean(struct leftovers *leftovers, struct sink *sink,
                                  const struct config *config, struct log *log);

/* NULL is allowed. */
void leftovers_free(struct leftovers *leftovers);

#endif
