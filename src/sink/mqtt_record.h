/* SPDX-License-Identifier: MIT */
/* A message as a record of a spool: the topic, a NUL, the payload, which is JSON. */
#ifndef DSMR_SINK_MQTT_RECORD_H
#define DSMR_SINK_MQTT_RECORD_H

#include "core/buffer.h"
#include "spool/spool.h"

#include <stdbool.h>

/* Writes one over what out holds. */
void mqtt_record_write(struct buffer *out, const char *topic, const char *payload, size_t size);

/* False for what another wrote into the folder, push.spool say: that has no topic. */
bool mqtt_record_is_ours(const struct spool_record *record);

/* The topic of one of ours; borrowed from the record. */
const char *mqtt_record_topic(const struct spool_record *record);

/* The payload of one of ours and its size in bytes; borrowed from the record, not ended by a NUL. */
const char *mqtt_record_payload(const struct spool_record *record, size_t *size);

#endif
