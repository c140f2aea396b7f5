/* SPDX-License-Identifier: MIT */
/* What one physical meter tells: each of its items, the least and the greatest of those that a pace
 * makes them of, and the net powers that follow from two of them, with its newest value. */
#ifndef DSMR_SINK_QUANTITY_H
#define DSMR_SINK_QUANTITY_H

#include "bus/sink.h"
#include "config/pace_rule.h"
#include "core/buffer.h"
#include "sink/item_words.h"
#include "sink/net_power.h"

enum { QUANTITY_GONE = 10 }; /* telegrams without a value, and it is none any more */

struct quantity {
    const char *id; /* of the item, "eActualDeliveryLeast" of its least, or of the net power */
    enum pace_part part;
    const struct dsmr_item_info *info; /* NULL for a net power */
    const struct net_power *net;       /* NULL for an item */
    enum dsmr_type type;
    enum dsmr_unit unit;
    const struct enumeration *enumeration; /* NULL for any value */
    bool odd;         /* it had a value that its enumeration lacks: taken for free text since */
    bool fraction;    /* it had a value with decimals */
    bool present;     /* it has a value */
    bool same;        /* … that need not be sent again, see struct readings */
    unsigned missed;  /* telegrams since then */
    const char *word; /* of the enumeration; NULL without one, or for an odd value */
    struct dsmr_number number;          /* DSMR_TYPE_NUMBER */
    struct dsmr_time time;              /* DSMR_TYPE_TIME */
    struct buffer text;                 /* DSMR_TYPE_TEXT: UTF-8, decoded where it was coded */
    bool text_changed;                  /* by the last telegram */
    const struct dsmr_reading *reading; /* of the telegram that is being taken in */
    struct dsmr_number bound;           /* … its least or greatest, for that part */
};

/* Zeroed to begin with. */
struct quantities {
    struct quantity *at;
    size_t count;
    size_t capacity;
    size_t hint;  /* where the next reading is likely to belong */
    bool changed; /* one is new, or no longer what it was; reset by who asks */
};

/* A telegram is taken in: begin, the readings that count, end. They live until the end. */
void quantities_begin(struct quantities *quantities);
void quantities_take(struct quantities *quantities, const struct readings *readings, size_t place);
void quantities_end(struct quantities *quantities);

/* Its name, written over what out holds: "Power taken from the grid now, max". */
void quantity_name(struct buffer *out, const struct quantity *quantity, enum language language);

/* By its id; NULL if there is none. */
const struct quantity *quantities_find(const struct quantities *quantities, const char *id);

void quantities_free(struct quantities *quantities);

#endif
