/* SPDX-License-Identifier: MIT */
/*
 * Telegrams in InfluxDB's line protocol:
 *
 *     dsmr,meter=main eDeliveryTariff1=1581.123,eActualDelivery=0.193,eTariffIndicator="0002" 1479067077
 *     dsmr,meter=main gValue=981.443 1479063600
 *
 * The field keys are the item ids. A field has the type that the catalogue gives its item, whatever
 * the meter sends, since InfluxDB refuses a field that changes its type: numbers are floats, texts and
 * times are strings. Where readings stand for several telegrams, what fluctuates has two fields more,
 * "…_least" and "…_greatest". Times are seconds. A value of an M-Bus device that has its own time
 * stands at that; everything else at the time of the telegram, or of its arrival where it has none.
 * P1Timestamp is that time and no field.
 */
#ifndef DSMR_SINK_INFLUX_LINES_H
#define DSMR_SINK_INFLUX_LINES_H

#include "bus/sink.h"
#include "core/buffer.h"

/* Adds the lines, each with its line end; nothing when no value is to be sent. */
void influx_lines(struct buffer *out, const char *measurement, const struct readings *readings);

/*
 * Adds a name (UTF-8) as a measurement or the value of a tag. What has no safe form there is replaced:
 * control characters, what is no UTF-8 and a # in front by ?, a backslash by a slash.
 */
void influx_name(struct buffer *out, const char *name);

/* Adds text of a meter as the string of a field, in quotes; control characters are left out. */
void influx_string(struct buffer *out, struct dsmr_text text);

/* The URL of InfluxDB's writing, with precision= in its query as the times of the lines have it. Freed by
 * the caller. */
char *influx_url(const char *url);

#endif
