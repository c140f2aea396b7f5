/* SPDX-License-Identifier: MIT */
/*
 * The catalogue in 8 bytes a row, for chips: with DSMR_SMALL, instead of the table and the index of
 * catalogue.c. A code and its unit are one word; to find a code all words are looked through, which for
 * a telegram a second takes no time that matters.
 */
#include "internal.h"

#ifdef DSMR_SMALL

/* The place of an item, as in catalogue.c. */
enum {
#define ITEM(id, ...) ITEM_##id,
#define OBJECT(...)
#include "objects.def"
#undef ITEM
#undef OBJECT
    ITEM_COUNT
};

/* Bits: A 3 (its fourth is with the item), B 3, C 7, D 7, E 8, unit 4. */
enum { B_ANY = 7, UNIT_BITS = 4, UNIT_MASK = 15 };

#define PACK(a, b, c, d, e, unit)                                                                  \
    ((uint32_t)(a) << 29 | (uint32_t)((b) == DSMR_CHANNEL_ANY ? B_ANY : (b)) << 26 |               \
     (uint32_t)(c) << 19 | (uint32_t)(d) << 12 | (uint32_t)(e) << UNIT_BITS | (uint32_t)(unit))

/* Bits: A's fourth, position 6, item 9. */
#define PLACE(a, position, item)                                                                   \
    (uint16_t)((unsigned)(a) >> 3 << 15 | (unsigned)(position) << 9 | (item))

#define n 0xFF /* DSMR_CHANNEL_ANY, of no enumeration */
#define ITEM(...)
#define OBJECT(a, b, c, d, e, position, id, unit, flags, standards)                                \
    _Static_assert((a) < 16 && ((b) < 7 || (b) == 0xFF) && (c) < 128 && (d) < 128 && (e) < 256 &&  \
                       (position) < 64 && (flags) <= 0xFFFF,                                       \
                   #id " does not fit into the packed catalogue");
#include "objects.def"
#undef OBJECT
_Static_assert(ITEM_COUNT <= 512 && DSMR_UNIT_COUNT <= UNIT_MASK + 1, "too much for packed rows");

#define OBJECT(a, b, c, d, e, position, id, unit, flags, standards)                                \
    PACK(a, b, c, d, e, DSMR_UNIT_##unit),
static const uint32_t codes[] = {
#include "objects.def"
};
#undef OBJECT

#define OBJECT(a, b, c, d, e, position, id, unit, flags, standards) PLACE(a, position, ITEM_##id),
static const uint16_t places[] = {
#include "objects.def"
};
#undef OBJECT

#define OBJECT(a, b, c, d, e, position, id, unit, flags, standards) flags,
static const uint16_t row_flag_words[] = {
#include "objects.def"
};
#undef OBJECT
#undef ITEM
#undef n

enum { ROWS = sizeof codes / sizeof codes[0] };

static uint16_t find_from(unsigned row, uint32_t code, unsigned top)
{
    for (; row < ROWS; row++)
        if (((codes[row] ^ code) >> UNIT_BITS) == 0 && (unsigned)(places[row] >> 15) == top)
            return (uint16_t)row;
    return ROW_NONE;
}

uint16_t catalogue_find(struct dsmr_obis obis)
{
    bool fits = obis.a < 16 && (obis.b < B_ANY || obis.b == DSMR_CHANNEL_ANY) && obis.c < 128 &&
                obis.d < 128;
    return fits ? find_from(0, PACK(obis.a, obis.b, obis.c, obis.d, obis.e, 0), obis.a >> 3)
                : (uint16_t)ROW_NONE;
}

uint16_t catalogue_next(uint16_t row)
{
    return find_from(row + 1U, codes[row], places[row] >> 15);
}

uint16_t row_flags(uint16_t row)
{
    return row_flag_words[row];
}

unsigned row_position(uint16_t row)
{
    return places[row] >> 9 & 63U;
}

enum dsmr_unit row_unit(uint16_t row)
{
    return (enum dsmr_unit)(codes[row] & UNIT_MASK);
}

dsmr_item row_item(uint16_t row)
{
    return places[row] & 511;
}

struct row catalogue_unpack(uint16_t row)
{
    uint32_t code = codes[row];
    unsigned place = places[row];
    uint8_t b = (uint8_t)(code >> 26 & 7);
    return (struct row){
        .obis = {(uint8_t)(code >> 29 | (place >> 15) << 3),
                 b == B_ANY ? (uint8_t)DSMR_CHANNEL_ANY : b, (uint8_t)(code >> 19 & 127),
                 (uint8_t)(code >> 12 & 127), (uint8_t)(code >> 4 & 255)},
        .position = (uint8_t)row_position(row),
        .unit = (uint8_t)row_unit(row),
        .flags = row_flags(row),
        .item = row_item(row),
    };
}

#endif
