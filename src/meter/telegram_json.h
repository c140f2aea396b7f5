/* SPDX-License-Identifier: MIT */
/* A telegram as one JSON object: the form that dsmr decode prints and other programs read. */
#ifndef DSMR_METER_TELEGRAM_JSON_H
#define DSMR_METER_TELEGRAM_JSON_H

#include "bus/sink.h"
#include "core/buffer.h"
#include "core/json_writer.h"
#include "meter/decoded.h"

/* Adds the object, without a line end. decoded is NULL for a telegram that was refused. */
void telegram_json(struct buffer *out, const struct dsmr_telegram *telegram,
                   const struct decoded *decoded);

/* Adds one element of its "items". */
void telegram_json_item(struct json *json, const struct dsmr_reading *reading);

/*
 * Adds the members of the same object for readings on their way to a sink. Where they stand for several
 * telegrams, an item that fluctuates has "least" and "greatest" behind its "value", which is the mean,
 * and nothing is unknown.
 */
void telegram_json_readings(struct json *json, const struct readings *readings);

#endif
