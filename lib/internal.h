/* SPDX-License-Identifier: MIT */
/* What the files of the library know of each other and nobody else needs. */
#ifndef DSMR_INTERNAL_H
#define DSMR_INTERNAL_H

#include "dsmr/dsmr.h"

/* On a chip a function of its own leaves its stack to whoever is called next. */
#if defined(DSMR_SMALL) && defined(__GNUC__)
#define OUT_OF_LINE __attribute__((noinline))
#else
#define OUT_OF_LINE
#endif

/* ------------------------------------------------------------------------------------------------
 * Dialects
 */

/* Objects that tell meters of one identification apart. */
enum {
    MARK_ANY = 0,
    MARK_VERSION = 1,   /* 1-3:0.2.8 */
    MARK_EMUCS = 2,     /* 0-0:96.1.4 */
    MARK_SERIAL_0 = 4,  /* 0-0:96.1.0 */
    MARK_SERIAL_1 = 8,  /* 0-0:96.1.1 */
    MARK_LOGICAL = 16,  /* 0-0:42.0.0 */
    MARK_RATES = 32,    /* 1-0:1.8.11 */
    MARK_POLISH = 64,   /* 0-0:94.98.31 */
    MARK_MEASURED = 128 /* 1-0:1.7.0 or 1-0:21.7.0 */
};

/* The mark that a code is, MARK_ANY for all others. */
unsigned mark_of(struct dsmr_obis obis);

/* What a meter does in its own way. */
enum {
    TRAIT_LT = 1,
    TRAIT_LU = 2,
    TRAIT_PL = 4,
    TRAIT_NAMED = 8,   /* 0-0:42.0.0 is a logical name, never a serial number */
    ACE_CHANNELS = 16, /* fixed channels, and no device types */
    CRC_X25 = 32,      /* some firmware sums as CRC-16/X-25 */
};

struct dialect {
    const char *letters;
    uint8_t marks;
    uint8_t traits;
    struct dsmr_zone zone;
};

/* The line of dialects.def for a telegram with these marks; never NULL. */
const struct dialect *dialect_find(struct dsmr_text identification, unsigned marks);

/* Which line of dialects.def it is, from 0. */
size_t dialect_place(const struct dialect *dialect);

/* True when the meters of this identification have that trait, whatever the marks of the telegram. */
bool dialect_has_fixed_channels(struct dsmr_text identification);
bool dialect_may_sum_x25(struct dsmr_text identification);

/* ------------------------------------------------------------------------------------------------
 * The catalogue
 */

/* Flags of an entry of the catalogue. */
enum {
    RANK_1 = 1, /* used rather than an object of rank 0 with the same id */
    RANK_2 = 2,
    RANK_MASK = 3,
    UNIT_OPTIONAL = 1 << 2, /* a number without unit is taken too */
    UNIT_ANY = 1 << 3,      /* a number of whatever unit */
    WORDS = 1 << 4,         /* ON and OFF are 1 and 0 */
    PAIR = 1 << 5,          /* two values in one group, a comma between */
    ALSO = 1 << 6,          /* the next row has the same group */
    CAPTURED = 1 << 7,      /* for values that LAYOUT_CAPTURES names */
    LAYOUT_PLAIN = 0,
    LAYOUT_LOG = 1 << 8,
    LAYOUT_PROFILE = 2 << 8,
    LAYOUT_PEAKS = 3 << 8,    /* 98.1.0 in Belgium and Switzerland */
    LAYOUT_RESET = 4 << 8,    /* 98.1.0 in Belgian industry */
    LAYOUT_MONTH = 5 << 8,    /* 98.1.0 in Hungary */
    LAYOUT_CAPTURES = 6 << 8, /* 98.1.1 in Belgian industry */
    LAYOUT_INTERVAL = 7 << 8, /* 99.1.0 in Israel */
    LAYOUT_MASK = 7 << 8,
    IN_LT = 1 << 11, /* conditions: one of those that are set must hold */
    IN_LU = 1 << 12,
    IN_PL = 1 << 13,
    NAMED = 1 << 14,
    MEASURED = 1 << 15,
    CONDITIONS = IN_LT | IN_LU | IN_PL | NAMED | MEASURED,
};

/* One OBJECT of objects.def. */
struct row {
    struct dsmr_obis obis;
    uint8_t position;
    uint8_t unit;
    uint16_t flags;
    dsmr_item item;
};

enum { ROW_NONE = 0xFFFF };

/* The first row of a code (b = DSMR_CHANNEL_ANY for an M-Bus object), or ROW_NONE. */
uint16_t catalogue_find(struct dsmr_obis obis);

/* The next row of the same code, or ROW_NONE. */
uint16_t catalogue_next(uint16_t row);

/* What a row says. */
#ifdef DSMR_SMALL
/* Rows are packed; all of one takes stack. */
struct row catalogue_unpack(uint16_t row);
#define catalogue_row(place) ((const struct row[1]){catalogue_unpack(place)})
uint16_t row_flags(uint16_t row);
unsigned row_position(uint16_t row);
enum dsmr_unit row_unit(uint16_t row);
dsmr_item row_item(uint16_t row);
#else
extern const struct row catalogue_rows[];
static inline const struct row *catalogue_row(uint16_t row)
{
    return &catalogue_rows[row];
}
static inline uint16_t row_flags(uint16_t row)
{
    return catalogue_rows[row].flags;
}
static inline unsigned row_position(uint16_t row)
{
    return catalogue_rows[row].position;
}
static inline enum dsmr_unit row_unit(uint16_t row)
{
    return (enum dsmr_unit)catalogue_rows[row].unit;
}
static inline dsmr_item row_item(uint16_t row)
{
    return catalogue_rows[row].item;
}
#endif
enum dsmr_kind catalogue_kind(dsmr_item item);
enum dsmr_type catalogue_type(dsmr_item item);

/* The clock of a meter, in one object or in two. */
extern const struct clock_items {
    dsmr_item both, time, date;
} clock_items;

/* ------------------------------------------------------------------------------------------------
 * The rest
 */

/* The channel of an M-Bus object (0-n:24.x.x and 0-n:96.1.x), 0 for any other. */
uint8_t obis_channel(struct dsmr_obis obis);

/* True for a time in the octets of a COSEM clock, as 24 hexadecimal digits. */
bool time_is_octets(struct dsmr_text text);

/* dsmr_time_parse() without a copy: what is no time is all zero in *time. */
enum dsmr_status time_read(struct dsmr_text text, struct dsmr_zone zone, struct dsmr_time *time);

/* dsmr_crc16() with the instructions that the processor has. */
uint16_t crc16_with(unsigned processor, uint16_t crc, const void *bytes, size_t size);

/* The sum as it was before this byte was added to it: dsmr_crc16() backwards. */
uint16_t crc16_undo(uint16_t crc, uint8_t byte);

/* CRC-16/X-25 of size bytes: x^16 + x^12 + x^5 + 1, both ends inverted. */
uint16_t crc16_x25(const void *bytes, size_t size);

/* One more byte in such a sum, which starts at FFFF and is not inverted yet. */
uint16_t crc16_x25_add(uint16_t sum, uint8_t byte);

/* The first group between from and end, and the place behind its bracket; NULL if there is none. */
const char *group_find(const char *from, const char *end, struct dsmr_text *group);

/* Whether encrypted telegrams are looked for at all. */
#ifdef DSMR_NO_CIPHER
enum { HAS_CIPHER = 0 };
#else
enum { HAS_CIPHER = 1 };
#endif

/* The cipher of a framer, or NULL. */
static inline const struct dsmr_cipher *cipher_of(const struct dsmr_framer *framer)
{
#ifdef DSMR_NO_CIPHER
    (void)framer;
    return NULL;
#else
    return framer->cipher;
#endif
}

/* An encrypted telegram: where its parts are. */
struct frame {
    size_t header; /* bytes in front of what is encrypted */
    size_t text;   /* bytes that are encrypted */
    size_t size;   /* of all of it, its tag included */
    bool tagged;
};

enum frame_finding { FRAME_NONE, FRAME_UNSURE, FRAME_FOUND };

/* The first byte of every frame. */
enum { FRAME_START = 0xDB };

/* Whether a frame begins at at, as far as size bytes tell; FRAME_UNSURE when more are needed. */
enum frame_finding frame_look(const char *at, size_t size, struct frame *frame);

/*
 * Decrypts a whole frame. telegram receives protection, tagged, counter and title, *plain what came
 * out, from its '/'.
 * Errors: DSMR_ERR_KEY (cipher is NULL), DSMR_ERR_SPACE, DSMR_ERR_DECRYPT, DSMR_ERR_TAG.
 */
enum dsmr_status frame_open(const struct dsmr_cipher *cipher, const char *at,
                            const struct frame *frame, struct dsmr_telegram *telegram,
                            struct dsmr_text *plain);

/*
 * A whole frame behind the beginning of what is open, which was no beginning then; 0 if there is none.
 * The key opens it; without one it has to be the last thing that came.
 */
size_t frame_find_whole(const struct dsmr_cipher *cipher, const char *at, size_t size);

#endif
