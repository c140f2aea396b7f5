/* SPDX-License-Identifier: MIT */
/* One entity of Home Assistant, as part of a discovery message. */
#ifndef DSMR_SINK_HA_ENTITY_H
#define DSMR_SINK_HA_ENTITY_H

#include "core/json_writer.h"
#include "sink/ha_discovery.h"

/* Whether an entity is shown at once. */
enum ha_rank { HA_NORMAL, HA_DIAGNOSTIC, HA_HIDDEN };
enum ha_rank ha_rank_of(const struct quantity *quantity);

/* Writes the members that it has in both forms of discovery. */
void ha_entity_write(struct json *json, const struct ha_style *style,
                     const struct physical_meter *meter, const struct quantity *quantity);

#endif
