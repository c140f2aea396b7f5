/* SPDX-License-Identifier: MIT */
/* What the files of the library know of each other and nobody else needs. */
#ifndef DSMR_INTERNAL_H
#define DSMR_INTERNAL_H

#include "dsmr/dsmr.h"

/* Flags of an entry of the catalogue. */
enum {
    RANK_1 = 1, /* used rather than an object of rank 0 with the same id */
    RANK_2 = 2,
    RANK_MASK = 3,
    UNIT_OPTIONAL = 4, /* a number without unit is taken too */
    UNIT_ANY = 8,      /* a number of whatever unit */
    LAYOUT_LOG = 16,
    LAYOUT_PROFILE = 32,
};

/* One OBJECT of objects.def. */
struct row {
    struct dsmr_obis obis;
    uint8_t position;
    uint8_t unit;
    uint8_t flags;
    dsmr_item item;
};

enum { ROW_NONE = 0xFFFF };

/* The first row of a code (b = DSMR_CHANNEL_ANY for an M-Bus object), or ROW_NONE. */
uint16_t catalogue_find(struct dsmr_obis obis);

/* The next row of the same code, or ROW_NONE. */
uint16_t catalogue_next(uint16_t row);

const struct row *catalogue_row(uint16_t row);
enum dsmr_kind catalogue_kind(dsmr_item item);
enum dsmr_type catalogue_type(dsmr_item item);

/* The channel of an M-Bus object (0-n:24.x.x and 0-n:96.1.x), 0 for any other. */
uint8_t obis_channel(struct dsmr_obis obis);

/* The sum as it was before this byte was added to it: dsmr_crc16() backwards. */
uint16_t crc16_undo(uint16_t crc, uint8_t byte);

/* Brings channels up to date with a telegram. */
void channels_learn(struct dsmr_channels *channels, const struct dsmr_telegram *telegram,
                    struct dsmr_zone zone);

#endif
