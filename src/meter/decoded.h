/* SPDX-License-Identifier: MIT */
/* A telegram, decoded as a whole: of values that come more than once it is known which one counts. */
#ifndef DSMR_METER_DECODED_H
#define DSMR_METER_DECODED_H

#include "dsmr/dsmr.h"

/* A line of which nothing could be used. */
struct leftover {
    enum dsmr_status status; /* DSMR_UNKNOWN or a failure */
    struct dsmr_object object;
    struct dsmr_text culprit;
    dsmr_item item;  /* what it would have been, or DSMR_ITEM_NONE */
    uint8_t channel; /* M-Bus channel, 0 for the electricity meter itself */
    size_t place;    /* how many readings stand before it */
};

/* Zeroed to begin with; kept from telegram to telegram so that nothing is allocated any more. */
struct decoded {
    struct dsmr_reading *readings; /* in the order of the wire */
    size_t count;
    size_t capacity;
    struct leftover *leftovers;
    size_t leftover_count;
    size_t leftover_capacity;
    size_t *newest;  /* by item: place in readings plus 1 of the one that counts so far */
    dsmr_item clock; /* P1Timestamp */
    bool has_time;
    struct dsmr_time time; /* P1Timestamp, if has_time */
};

/* Decodes a telegram. What it holds points into the telegram. zone as for dsmr_decode(). */
void decoded_read(struct decoded *decoded, const struct dsmr_telegram *telegram,
                  struct dsmr_channels *channels, const struct dsmr_zone *zone);

/* Why a superseded reading is not to be used, in a few words; static text. */
const char *why_not_used(const struct dsmr_reading *reading);

void decoded_free(struct decoded *decoded);

#endif
