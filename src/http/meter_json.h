/* SPDX-License-Identifier: MIT */
/* What the board knows of a meter, as JSON: docs/api.md. */
#ifndef DSMR_HTTP_METER_JSON_H
#define DSMR_HTTP_METER_JSON_H

#include "core/json_writer.h"
#include "http/board.h"

/* The object of an event: the last telegram, which must be there. */
void meter_json_now(struct buffer *out, const struct board_meter *meter);

/* The members of it, without its brackets. */
void meter_json_now_members(struct json *json, const struct board_meter *meter);

/* The object of an event about the line. */
void meter_json_line(struct buffer *out, const struct board_meter *meter);

/* One of the list of meters; zone is the name of its zone. */
void meter_json_whole(struct json *json, const struct board_meter *meter, const char *zone);

/* {"good":1,"refused":0} */
void meter_json_telegrams(struct json *json, const struct board_meter *meter);

/* The member "errors": how many telegrams were refused, by reason. */
void meter_json_errors(struct json *json, const struct board_meter *meter);

/* A moment by milliseconds since 1970, with the offset of a clock in that zone. */
void meter_json_moment(struct json *json, int64_t ms, struct dsmr_zone zone);

/* The name of the meter's zone, of its configuration or its country. Static text or the configuration's. */
const char *meter_zone_name(const struct board_meter *meter, const struct config *config);

/* "power": "fluctuating", "counter" or "other", for those who draw it. Static text. */
const char *meter_item_kind(const struct dsmr_item_info *info);

#endif
