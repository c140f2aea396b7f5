/* SPDX-License-Identifier: MIT */
/*
 * The catalogue as the decoder needs it: which rows an OBIS code has. The look-up is a perfect hash,
 * made from objects.def by tools/catalogue_index.c: one multiplication, one displacement, one compare.
 * Where memory is dear (DSMR_SMALL) the rows are packed and have no index: catalogue_small.c.
 */
#include "internal.h"

enum {
#define ITEM(id, ...) ITEM_##id,
#define OBJECT(...)
#include "objects.def"
#undef ITEM
#undef OBJECT
    ITEM_COUNT
};

static const struct {
    uint8_t kind : 4; /* enum dsmr_kind */
    uint8_t type : 2; /* enum dsmr_type */
} items[] = {
#define ITEM(id, kind, type, ...) {DSMR_KIND_##kind, DSMR_TYPE_##type},
#define OBJECT(...)
#include "objects.def"
#undef ITEM
#undef OBJECT
};

#ifndef DSMR_SMALL

const struct row catalogue_rows[] = {
#define n DSMR_CHANNEL_ANY
#define ITEM(...)
#define OBJECT(a, b, c, d, e, position, id, unit, flags, standards)                                \
    {{a, b, c, d, e}, position, DSMR_UNIT_##unit, flags, ITEM_##id},
#include "objects.def"
#undef ITEM
#undef OBJECT
#undef n
};

#include "catalogue_index.h"

_Static_assert(sizeof catalogue_rows / sizeof catalogue_rows[0] == INDEX_ROWS,
               "objects.def was changed: make catalogue");

static bool same_code(struct dsmr_obis x, struct dsmr_obis y)
{
    return x.a == y.a && x.b == y.b && x.c == y.c && x.d == y.d && x.e == y.e;
}

uint16_t catalogue_find(struct dsmr_obis obis)
{
    uint64_t hash = INDEX_HASH(obis.a, obis.b, obis.c, obis.d, obis.e);
    uint16_t row = index_slots[INDEX_SLOT(hash, index_displacements[INDEX_BUCKET(hash)])];
    return row != ROW_NONE && same_code(catalogue_rows[row].obis, obis) ? row : (uint16_t)ROW_NONE;
}

uint16_t catalogue_next(uint16_t row)
{
    return index_next[row];
}

#endif

enum dsmr_kind catalogue_kind(dsmr_item item)
{
    return (enum dsmr_kind)items[item].kind;
}

enum dsmr_type catalogue_type(dsmr_item item)
{
    return (enum dsmr_type)items[item].type;
}

const struct clock_items clock_items = {ITEM_P1Timestamp, ITEM_eMeterTime, ITEM_eMeterDate};

uint8_t obis_channel(struct dsmr_obis obis)
{
    bool device = obis.c == 24 || (obis.c == 96 && obis.d == 1);
    return device && obis.a == 0 && obis.b <= DSMR_CHANNELS ? obis.b : 0;
}
