/* SPDX-License-Identifier: MIT */
/*
 * What is written into an openHAB item: the state text of a reading, as the item's type wants it.
 *
 *   Number            1581.123           text is sent when it is a number: 0002 becomes 2
 *   Number:Energy     1581.123 kWh       openHAB writes cubic metres as m³, never m3
 *   DateTime          2016-11-13T20:57:57+01:00
 *   String            text as on the wire, without line ends, as UTF-8; numbers and times as above
 */
#ifndef DSMR_SINK_STATE_TEXT_H
#define DSMR_SINK_STATE_TEXT_H

#include "config/items.h"
#include "core/buffer.h"
#include "dsmr/dsmr.h"

enum state_result {
    STATE_WRITTEN,
    STATE_WRONG_TYPE, /* an item of this type never shows this kind of reading: DateTime, number */
    STATE_NO_NUMBER,  /* text that is no number, for a Number */
    STATE_WRONG_UNIT, /* a unit that the item's dimension does not have */
};

/*
 * Writes the state of the item for this reading over what out holds. out is not touched when there
 * is none.
 */
enum state_result state_text_write(struct buffer *out, const struct bound_item *item,
                                   const struct dsmr_reading *reading);

#endif
