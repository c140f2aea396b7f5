/* SPDX-License-Identifier: MIT */
/* A telegram on its way to others as one JSON object, the same by MQTT and by HTTP. */
#ifndef DSMR_SINK_READINGS_JSON_H
#define DSMR_SINK_READINGS_JSON_H

#include "bus/sink.h"
#include "core/buffer.h"

#include <stdint.h>

/*
 * Adds the object: the form of dsmr decode, and in front of it "meter", "seq" (number), "received"
 * (UTC) and "crc16" (of the telegram, however the meter sends it; not where readings stand for
 * several). received, crc16 and seq tell copies apart.
 */
void readings_json(struct buffer *out, const struct readings *readings, uint64_t number);

#endif
