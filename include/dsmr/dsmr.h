/* SPDX-License-Identifier: MIT */
/*
 * libdsmr: reads the telegrams that a smart meter sends on its P1 port.
 *
 * The library is handed bytes and hands back readings. It allocates nothing, does no input or output,
 * asks no clock and no locale, and keeps no state of its own: everything lives in structs that the
 * caller declares. Two calls do the work:
 *
 *     static char buffer[DSMR_TELEGRAM_MAX];
 *     struct dsmr_framer framer;
 *     struct dsmr_telegram telegram;
 *     struct dsmr_channels channels;
 *
 *     dsmr_framer_init(&framer, buffer, sizeof buffer);
 *     dsmr_channels_init(&channels);
 *     ...
 *     dsmr_framer_push(&framer, bytes, count);              // any piece of the stream, of any size
 *     while (dsmr_framer_next(&framer, &telegram) != DSMR_MORE) {
 *         if (telegram.status != DSMR_OK)
 *             continue;                                     // refused: dsmr_strerror(telegram.status)
 *         struct dsmr_decoder decoder;
 *         struct dsmr_reading reading;
 *         enum dsmr_status status;
 *         dsmr_decode(&decoder, &telegram, &channels, NULL);
 *         while ((status = dsmr_decode_next(&decoder, &reading)) != DSMR_END)
 *             if (status == DSMR_OK && !reading.superseded) // a value that counts
 *                 use(dsmr_item_id(reading.item), reading.number);
 *     }
 *
 * However the stream is cut into pieces, the readings are the same.
 *
 * Memory. Every struct dsmr_text points into the telegram, and a telegram points into the bytes that
 * were pushed or into the framer's buffer. Both stay valid until the next dsmr_framer_next() or
 * dsmr_framer_push(). Nothing has to be freed.
 *
 * Threads. The library has no mutable global. Different structs may be used by different threads.
 *
 * Chips. DSMR_SMALL makes the structs smaller and leaves out shapes, DSMR_NO_CIPHER leaves out encrypted
 * telegrams. They are given to every file that includes this header; one without them does not link.
 *
 * Sources are named as: [P1 5.0.2 6.12] = DSMR P1 Companion Standard 5.0.2, section 6.12.
 */
#ifndef DSMR_H
#define DSMR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ------------------------------------------------------------------------------------------------
 * Sizes
 */

#ifdef DSMR_SMALL
typedef uint16_t dsmr_length; /* bytes of a telegram: 65535 at most */
typedef uint32_t dsmr_offset; /* bytes of a stream: starts at 0 again after 4 GB */
#ifdef __GNUC__
typedef int64_t dsmr_int64 __attribute__((aligned(4))); /* or four bytes behind it are lost */
#else
typedef int64_t dsmr_int64;
#endif
#else
typedef size_t dsmr_length;
typedef uint64_t dsmr_offset;
typedef int64_t dsmr_int64;
#endif

/* What every program calls first has another name where the structs are others: none mixes the two. */
#if defined(DSMR_SMALL) && defined(DSMR_NO_CIPHER)
#define dsmr_framer_init dsmr_framer_init_small_plain
#elif defined(DSMR_NO_CIPHER)
#define dsmr_framer_init dsmr_framer_init_plain
#elif defined(DSMR_SMALL)
#define dsmr_framer_init dsmr_framer_init_small
#endif
#ifdef DSMR_SMALL
#define dsmr_cursor_init dsmr_cursor_init_small
#define dsmr_decode dsmr_decode_small
#endif

/* ------------------------------------------------------------------------------------------------
 * Status
 */

/* What a call has to say. Failures are negative; each has a name so that it can be counted. */
enum dsmr_status {
    DSMR_OK = 0,            /* a telegram, an object or a reading was delivered */
    DSMR_END = 1,           /* nothing is left in this telegram */
    DSMR_MORE = 2,          /* more bytes are needed */
    DSMR_UNKNOWN = 3,       /* an object without an item: handed on with its code and raw groups */
    DSMR_ERR_TOO_LONG = -1, /* no end within the buffer: dropped */
    DSMR_ERR_CRC = -2,      /* the CRC is there and is wrong [P1 5.0.2 6.2] */
    DSMR_ERR_CUT = -3,      /* the telegram broke off: another began, or the stream ended */
    DSMR_ERR_GARBAGE = -4,  /* bytes that belong to no telegram were skipped */
    DSMR_ERR_LINE = -5,     /* a line that is not OBIS(value)… */
    DSMR_ERR_NUMBER = -6,   /* not a number where one belongs */
    DSMR_ERR_TIME = -7,     /* not a moment in time, or a filler such as 632525252525S */
    DSMR_ERR_UNIT = -8,     /* a unit that the item cannot have */
    DSMR_ERR_RANGE = -9,    /* too large, or a filler: a power failure of 2^31 seconds */
    DSMR_ERR_TEXT = -10,    /* not text coded in hexadecimal digits */
    DSMR_ERR_SPACE = -11,   /* the caller's buffer is too small */
    DSMR_ERR_HDLC = -12,    /* DLMS in HDLC frames (7E … 7E): another protocol, no P1 text */
    DSMR_ERR_KEY = -13,     /* encrypted, and there is no key: see dsmr_framer_decrypt() */
    DSMR_ERR_DECRYPT = -14, /* encrypted, and the key does not fit, or the frame was damaged */
    DSMR_ERR_TAG = -15,     /* the key fits, the authentication tag does not */
};

/* A status in a few plain English words; static text, never NULL. */
const char *dsmr_strerror(enum dsmr_status status);

/* Bytes that belong to somebody else; not ended by a NUL. */
struct dsmr_text {
    const char *at;
    size_t size; /* bytes */
};

/* ------------------------------------------------------------------------------------------------
 * From bytes to telegrams
 */

enum {
    DSMR_TELEGRAM_MAX = 16384,     /* bytes; a good size for the framer's buffer */
    DSMR_IDENTIFICATION_MAX = 128, /* bytes of an identification line */
    DSMR_FRAME_MAX = 8192,         /* bytes of an encrypted telegram */
    DSMR_TITLE_SIZE = 8,           /* bytes of a system title */
};

enum dsmr_crc {
    DSMR_CRC_NONE, /* the telegram has none: NTA 8130, DSMR 2.x and 3.0 */
    DSMR_CRC_OK,
    DSMR_CRC_WRONG,
};

/* How a telegram came, and what was done about it. */
enum dsmr_protection {
    DSMR_PLAIN,         /* as text */
    DSMR_ENCRYPTED,     /* encrypted; a good one was decrypted, and its CRC vouches for it */
    DSMR_AUTHENTICATED, /* encrypted; it was decrypted and its authentication tag is right */
};

/* One whole message, or what was refused. */
struct dsmr_telegram {
    enum dsmr_status status; /* DSMR_OK, or why it was refused */
    enum dsmr_crc crc;
    enum dsmr_protection protection;
    bool tagged;           /* encrypted, with an authentication tag, checked or not */
    uint32_t counter;      /* of an encrypted one: the frame counter */
    uint16_t crc_sent;     /* as the meter printed it; 0 when crc is DSMR_CRC_NONE */
    uint16_t crc_computed; /* from '/' to '!': CRC-16/ARC, or CRC-16/X-25 where the meter uses it */
    struct dsmr_text text; /* from '/' to '!', both included; for DSMR_ERR_GARBAGE the
                                        first bytes that were skipped */
    struct dsmr_text whole; /* text and the CRC digits behind it, decrypted if need be; the line
                               end may be still to come */
    struct dsmr_text sent;  /* the same byte for byte as it came: of an encrypted one the frame */
    struct dsmr_text title; /* of an encrypted one: the system title, DSMR_TITLE_SIZE bytes of any
                               kind; the first three are letters that stand for the maker */
    struct dsmr_text identification; /* behind '/', up to the line end; may hold any byte */
    dsmr_offset offset;              /* of the first byte, counted from dsmr_framer_init() */
    dsmr_offset skipped;             /* bytes of text that were dropped, for a refused one */
#ifndef DSMR_SMALL
    struct dsmr_shapes *shapes; /* of the framer, or NULL; see dsmr_framer_remember() */
    struct dsmr_shape *shape;   /* that the text has been found to have, or NULL */
    uint64_t turn;              /* of shape, when it was found */
#endif
};

/* Of the HDLC frame that is looked for between telegrams. Private. */
struct dsmr_hdlc {
    uint16_t sum;
    uint16_t left; /* bytes of the frame to come */
    uint8_t state;
    bool frames; /* there were some since this was last told */
};

struct dsmr_cipher;

#ifdef DSMR_SMALL
enum { DSMR_GARBAGE_HEAD = 4 }; /* bytes that are shown of skipped ones */
#define DSMR_BITS(width) : width
#else
enum { DSMR_GARBAGE_HEAD = 16 };
#define DSMR_BITS(width)
#endif

/* Finds telegrams in a stream of bytes. Its members are private. */
struct dsmr_framer {
#ifndef DSMR_NO_CIPHER
    const struct dsmr_cipher *cipher; /* NULL without a key */
#endif
    char *buffer;
    const char *input; /* what was pushed and not yet used */
    size_t input_size;
    dsmr_length capacity;
    dsmr_length held;           /* bytes of the open telegram that were copied into the buffer */
    dsmr_length drop;           /* bytes of what was delivered, let go at the next call */
    dsmr_length scan;           /* bytes of the open telegram that were looked at */
    dsmr_length summed;         /* bytes of it that are in sum */
    dsmr_length identification; /* length of its identification */
    dsmr_offset offset;         /* of the first byte held, or else of input */
    dsmr_offset garbage;        /* bytes skipped in front of it and not yet reported */
    char garbage_head[DSMR_GARBAGE_HEAD];
    uint16_t sum;       /* CRC of the first summed bytes */
    uint16_t sum_meter; /* the identification that sum_kind is of, as its own CRC */
    struct dsmr_hdlc hdlc;
    char previous;                 /* the byte before the first one held */
    uint8_t sum_kind DSMR_BITS(2); /* which CRC that meter uses */
    uint8_t state DSMR_BITS(2);
    bool after_crc DSMR_BITS(1); /* the rest of this line is ignored */
    bool mid_line DSMR_BITS(1);  /* the open telegram started inside a line */
    bool silent DSMR_BITS(1);    /* dsmr_framer_flush() was called */
    bool ended DSMR_BITS(1);     /* … for good */
#ifndef DSMR_SMALL
    uint8_t processor;
    struct dsmr_shapes *shapes;
#endif
};

/*
 * Starts afresh with the caller's buffer, which must live as long as the framer. A telegram longer
 * than size bytes is refused with DSMR_ERR_TOO_LONG; DSMR_TELEGRAM_MAX suits every known meter.
 */
void dsmr_framer_init(struct dsmr_framer *framer, char *buffer, size_t size);

/*
 * Offers the next piece of the stream. The bytes are borrowed until dsmr_framer_next() returns
 * DSMR_MORE, which must have happened before the next push. A telegram that lies whole in one piece
 * is not copied.
 */
void dsmr_framer_push(struct dsmr_framer *framer, const void *bytes, size_t size);

/*
 * The next telegram, good or refused, or a stretch of garbage (DSMR_ERR_GARBAGE).
 * Returns telegram->status, or DSMR_MORE when the bytes are used up.
 * A telegram with a wrong CRC has status DSMR_ERR_CRC and can still be decoded if the caller insists.
 * Errors: DSMR_ERR_TOO_LONG, DSMR_ERR_CRC, DSMR_ERR_CUT, DSMR_ERR_GARBAGE; for encrypted ones also
 * DSMR_ERR_KEY, DSMR_ERR_DECRYPT, DSMR_ERR_TAG and DSMR_ERR_SPACE (longer than cipher->size).
 */
enum dsmr_status dsmr_framer_next(struct dsmr_framer *framer, struct dsmr_telegram *telegram);

/*
 * Says that nothing follows for now: the end of a file, or 200 ms of silence on the line. A telegram
 * whose '!' was the last byte is then complete, since some meters send no line end behind it.
 * With end set, an open telegram is reported as DSMR_ERR_CUT as well; without it, it stays open.
 * Call dsmr_framer_next() afterwards until it returns DSMR_MORE.
 */
void dsmr_framer_flush(struct dsmr_framer *framer, bool end);

/* True while the beginning of a telegram waits for its end, or HDLC frames wait to be told: then silence
 * is worth a dsmr_framer_flush(). */
bool dsmr_framer_open(const struct dsmr_framer *framer);

/* ------------------------------------------------------------------------------------------------
 * Encrypted telegrams: Luxembourg, Austria, Poland
 *
 * A frame is general-glo-ciphering of IEC 62056-5-3 with AES-128-GCM: 0xDB, the system title, the
 * length in any form of BER, a security byte (0x20 encrypted, 0x30 with an authentication tag of 12
 * bytes as well), the frame counter, the telegram. The framer finds frames as it finds telegrams;
 * the library has no cipher of its own and calls the caller's.
 */

enum { DSMR_KEY_SIZE = 16, DSMR_NONCE_SIZE = 12, DSMR_TAG_SIZE = 12 };

/* One message for AES-128-GCM. */
struct dsmr_gcm {
    const uint8_t *nonce; /* DSMR_NONCE_SIZE bytes */
    const uint8_t *in;    /* encrypted */
    size_t size;          /* bytes of it, and of what comes out */
    const uint8_t *tag;   /* DSMR_TAG_SIZE bytes to be checked; NULL: decrypt, check nothing */
    const uint8_t *aad;   /* what the tag covers beside the message; NULL without tag */
    size_t aad_size;
};

/*
 * Decrypts a message into out, which never overlaps in. Returns false when it cannot, or when the
 * tag, if one is given, is wrong; what is in out then does not matter.
 */
typedef bool (*dsmr_gcm_decrypt)(void *context, const struct dsmr_gcm *message, uint8_t *out);

/* What it takes to read encrypted telegrams. */
struct dsmr_cipher {
    dsmr_gcm_decrypt decrypt;
    void *context; /* handed to decrypt; knows the key */
    char *plain;   /* the caller's; receives the telegram, never the same memory as the framer's */
    size_t size;   /* of plain, bytes; DSMR_FRAME_MAX suits every frame */
    bool authenticate;
    uint8_t authentication_key[DSMR_KEY_SIZE]; /* if authenticate: tags are checked */
};

/*
 * From now on encrypted telegrams are decrypted; cipher is borrowed as long as the framer is used,
 * and NULL ends it. dsmr_framer_init() comes first. Telegrams that come as text are read as before.
 * Texts of a decrypted telegram point into cipher->plain.
 * A frame without tag, or without authentication key, is trusted when the CRC inside is right;
 * telegram->protection says which was done. Whether counters rise is for the caller to see.
 */
void dsmr_framer_decrypt(struct dsmr_framer *framer, const struct dsmr_cipher *cipher);

/*
 * Looks whether a frame begins at at. For who has to tell frames from noise: three bytes of a header
 * are certain. Returns DSMR_OK with *frame_size, its bytes from 0xDB to its end, DSMR_MORE when a
 * header (20 bytes at most) may have begun, or DSMR_ERR_GARBAGE.
 */
enum dsmr_status dsmr_frame_look(const void *at, size_t size, size_t *frame_size);

/* ------------------------------------------------------------------------------------------------
 * CRC
 */

/* What makes decoding faster and not every processor has. */
enum dsmr_processor {
    DSMR_PORTABLE = 0, /* nothing: plain C */
    DSMR_CLMUL = 1,    /* carry-less multiplication, and SSE 4.1 on x86-64 */
    DSMR_AVX512 = 2,   /* AVX-512 BW and VL with VPCLMULQDQ */
};

/* What this processor has, as a sum of enum dsmr_processor. Slow: ask once. */
unsigned dsmr_processor(void);

/* CRC-16/ARC over size bytes, continued from crc (0 to start) [P1 5.0.2 6.2]. */
uint16_t dsmr_crc16(uint16_t crc, const void *bytes, size_t size);

/* ------------------------------------------------------------------------------------------------
 * From a telegram to COSEM objects
 */

/* An OBIS code A-B:C.D.E; a sixth group (*255, .255) is read and dropped. */
struct dsmr_obis {
    uint8_t a, b, c, d, e;
};

enum { DSMR_OBIS_SIZE = 24 }; /* bytes that every OBIS code fits in, its NUL included */

/* Reads a code in any form that meters use (1-0:1.8.1, 1-0:99:97.0, 0-0:1.0.0*255, blanks inside).
 * Errors: DSMR_ERR_LINE, DSMR_ERR_RANGE (a number above 255). */
enum dsmr_status dsmr_obis_parse(struct dsmr_text text, struct dsmr_obis *obis);

/* Writes A-B:C.D.E and a NUL into out; returns the bytes written without the NUL. Where E is 255 a sixth
 * group follows (0-0:96.1.255*255), or it would be taken for one itself. */
size_t dsmr_obis_print(struct dsmr_obis obis, char out[DSMR_OBIS_SIZE]);

/* One line of a telegram, its continuation lines included. */
struct dsmr_object {
    struct dsmr_obis obis;
    struct dsmr_text line;   /* the whole of it, without the line end */
    struct dsmr_text groups; /* from the first '(' to the last ')' */
};

struct dsmr_cursor {
    const char *at;
    const char *end;
};

/* Starts at the first line of a telegram. */
void dsmr_cursor_init(struct dsmr_cursor *cursor, const struct dsmr_telegram *telegram);

/*
 * The next object, in the order of the wire. Returns DSMR_OK, DSMR_END, DSMR_ERR_RANGE for a line whose
 * code has a number above 255 (object->obis is then void), or DSMR_ERR_LINE with object->line set to
 * what could not be read; the lines behind it are not affected.
 */
enum dsmr_status dsmr_cursor_next(struct dsmr_cursor *cursor, struct dsmr_object *object);

/*
 * The groups of an object one by one: group receives the text between the brackets. *at is the
 * caller's, 0 to begin with. Returns DSMR_OK or DSMR_END.
 */
enum dsmr_status dsmr_group_next(const struct dsmr_object *object, size_t *at,
                                 struct dsmr_text *group);

/* ------------------------------------------------------------------------------------------------
 * Values
 */

/* mantissa * 10^-decimals: 001581.120 is {1581120, 3}. Exact; never a floating-point number. */
struct dsmr_number {
    dsmr_int64 mantissa;
    uint8_t decimals;
};

enum { DSMR_NUMBER_SIZE = 32 }; /* bytes that every printed number fits in, its NUL included */

/* Reads an optional sign, digits and an optional point; surrounding blanks are allowed.
 * Errors: DSMR_ERR_NUMBER, DSMR_ERR_RANGE (more than 18 digits). */
enum dsmr_status dsmr_number_parse(struct dsmr_text text, struct dsmr_number *number);

/* Multiplies by 10^exponent by moving the point: no digit changes.
 * Errors: DSMR_ERR_RANGE. */
enum dsmr_status dsmr_number_scale(struct dsmr_number *number, int exponent);

/* Writes the number (1581.120, -0.5) and a NUL into out; returns the bytes without the NUL. */
size_t dsmr_number_print(struct dsmr_number number, char out[DSMR_NUMBER_SIZE]);

/* The units that items are given in. */
enum dsmr_unit {
    DSMR_UNIT_NONE,
    DSMR_UNIT_KWH,
    DSMR_UNIT_KW,
    DSMR_UNIT_V,
    DSMR_UNIT_A,
    DSMR_UNIT_M3,
    DSMR_UNIT_GJ,
    DSMR_UNIT_S,
    DSMR_UNIT_MIN,
    DSMR_UNIT_KVA,
    DSMR_UNIT_KVAR,
    DSMR_UNIT_KVARH,
    DSMR_UNIT_KVAH,
    DSMR_UNIT_HZ,
    DSMR_UNIT_COUNT,
};

/* "kWh", "m3", …; "" for DSMR_UNIT_NONE. Static text. */
const char *dsmr_unit_name(enum dsmr_unit unit);

/*
 * Reads a unit as meters spell it, in any case (kWh, Wh, MWh, kVArh, dm3, mA …). *exponent receives
 * the power of ten that turns the wire's unit into *unit: Wh is {DSMR_UNIT_KWH, -3}.
 * Errors: DSMR_ERR_UNIT.
 */
enum dsmr_status dsmr_unit_parse(struct dsmr_text text, enum dsmr_unit *unit, int *exponent);

/* Reads number*unit, with or without the asterisk; the unit may be missing (DSMR_UNIT_NONE). The
 * number is scaled to *unit. Errors: DSMR_ERR_NUMBER, DSMR_ERR_UNIT, DSMR_ERR_RANGE. */
enum dsmr_status dsmr_quantity_parse(struct dsmr_text text, struct dsmr_number *number,
                                     enum dsmr_unit *unit);

/* Where a meter's clock stands. */
struct dsmr_zone {
    int16_t offset; /* minutes east of Greenwich in winter */
    bool
        summer; /* the clock goes an hour ahead from the last Sunday of March to October, EU rule */
};

/* Europe/Amsterdam, used where nothing better is known. */
extern const struct dsmr_zone dsmr_zone_default;

/* A zone by its IANA name (Europe/Brussels, UTC, …). Knows the zones of countries with P1 meters.
 * Returns false for a name that it does not know. */
bool dsmr_zone_parse(struct dsmr_text name, struct dsmr_zone *zone);

/* The zone that an identification line tells by its maker's or operator's letters, if it does.
 * Returns false where it does not; *zone is then dsmr_zone_default. */
bool dsmr_zone_of(struct dsmr_text identification, struct dsmr_zone *zone);

/* ------------------------------------------------------------------------------------------------
 * Where a meter is from
 */

enum dsmr_standard {
    DSMR_STANDARD_UNTOLD,
    DSMR_STANDARD_DSMR,     /* the Netherlands, and those who took it over */
    DSMR_STANDARD_EMUCS,    /* Belgium */
    DSMR_STANDARD_SMARTY,   /* Luxembourg */
    DSMR_STANDARD_H1,       /* Sweden, Finland, Denmark */
    DSMR_STANDARD_NATIONAL, /* P1 with a list of objects of the country's own */
    DSMR_STANDARD_D0,       /* IEC 62056-21 of an optical port: no P1 */
};

/* "DSMR", "eMUCS P1", …; "" for DSMR_STANDARD_UNTOLD. Static text. */
const char *dsmr_standard_name(enum dsmr_standard standard);

enum { DSMR_VERSION_SIZE = 8 };

/* What identification and objects tell of a meter. All texts are static but for the version. */
struct dsmr_origin {
    const char *country; /* ISO 3166: "NL"; "SE/FI" where both have such meters; "" if untold */
    const char *grid;    /* operator or use: "Fluvius", "industry"; "" if untold */
    enum dsmr_standard standard;
    char version[DSMR_VERSION_SIZE]; /* "5.0", "1.7"; "" if untold */
    struct dsmr_zone zone;           /* dsmr_zone_default where nothing better is known */
};

/* Looks through a telegram for it. */
void dsmr_origin_of(const struct dsmr_telegram *telegram, struct dsmr_origin *origin);

/* A dialect that the library knows: meters whose identification begins with these letters. */
struct dsmr_dialect {
    const char *letters;
    const char *country;
    const char *grid;
    enum dsmr_standard standard;
    const char *sample; /* name of the telegram that tests it */
};

/* The dialects one by one; false when index is past the last. */
bool dsmr_dialect_at(size_t index, struct dsmr_dialect *dialect);

/* A moment as the meter shows it, and as the world counts it. */
struct dsmr_time {
    dsmr_int64 unix_s; /* seconds since 1970-01-01T00:00:00Z */
    int16_t offset;    /* minutes east of Greenwich at that moment */
    uint16_t year;     /* 2000 … 2099; 1970 for a clock that was never set */
    uint8_t month, day, hour, minute, second;
    char season; /* 'S' summer, 'W' winter, 0 when the meter does not say: then by the EU rule */
};

enum { DSMR_TIME_SIZE = 26 }; /* bytes of 2016-11-13T20:57:57+01:00 and its NUL */

/*
 * Reads YYMMDDhhmmss with or without S or W, yy-MM-dd HH:mm:ss (ACE4000), YYYYMMDD HH:MM:SS (NES)
 * and the 24 hexadecimal digits of a DLMS date-time (Metcom).
 * The season letter decides, whatever the calendar says [P1 5.0.2 6.4].
 * Errors: DSMR_ERR_TIME, also for the fillers 000000000000 and 632525252525; DSMR_ERR_RANGE for 700101…
 * (1970) and the first of January 2000, where clocks start that were never set: *time is that moment.
 */
enum dsmr_status dsmr_time_parse(struct dsmr_text text, struct dsmr_zone zone,
                                 struct dsmr_time *time);

/* A moment by its seconds since 1970, as a clock in that zone shows it; season is 'S' or 'W'. Whatever is
 * before the year 5 is shown in that year, whatever is behind the year 9999 on its last day. */
void dsmr_time_from_unix(int64_t unix_s, struct dsmr_zone zone, struct dsmr_time *time);

/* Writes ISO 8601 with the offset and a NUL into out; returns the bytes without the NUL (25). */
size_t dsmr_time_print(const struct dsmr_time *time, char out[DSMR_TIME_SIZE]);

/*
 * Decodes text that a meter sends as two hexadecimal digits per character [P1 5.0.2 6.4, S n].
 * *length receives the bytes written; no NUL is added. Line ends inside the text are passed over.
 * Errors: DSMR_ERR_TEXT (odd length, other characters, or an unprintable byte: then the text was
 * plain all along), DSMR_ERR_SPACE.
 */
enum dsmr_status dsmr_hex_decode(struct dsmr_text text, char *out, size_t size, size_t *length);

/* ------------------------------------------------------------------------------------------------
 * The catalogue: what the objects mean
 */

/* The kinds of meter that a reading can be of. */
enum dsmr_kind {
    DSMR_KIND_NONE,
    DSMR_KIND_DEVICE, /* the P1 port itself */
    DSMR_KIND_ELECTRICITY,
    DSMR_KIND_GAS,
    DSMR_KIND_HEATING,
    DSMR_KIND_COOLING,
    DSMR_KIND_WATER,
    DSMR_KIND_GENERIC,
    DSMR_KIND_SLAVE_ELECTRICITY,
    DSMR_KIND_THERMAL, /* heat and cold in one device */
    DSMR_KIND_COUNT,
};

/* "electricity", "gas", …; static text. */
const char *dsmr_kind_name(enum dsmr_kind kind);

enum dsmr_type {
    DSMR_TYPE_NUMBER,
    DSMR_TYPE_TIME,
    DSMR_TYPE_TEXT,
};

/* An item of the catalogue, by its place in it. The number may change from release to release; what
 * is stored or published is the id. */
typedef uint16_t dsmr_item;
enum { DSMR_ITEM_NONE = 0xFFFF };

/* What the catalogue says of an item. All texts are static. */
struct dsmr_item_info {
    const char *id; /* "eDeliveryTariff1": never changes once published */
    enum dsmr_kind kind;
    enum dsmr_type type;
    enum dsmr_unit unit;
    uint8_t decimals;         /* worth showing to a person */
    const char *device_class; /* of Home Assistant, "" if none */
    const char *state_class;  /* of Home Assistant, "" if none */
    const char *description;  /* English */
    const char *beschrijving; /* Dutch */
};

/* How many items there are; they are numbered from 0. */
size_t dsmr_item_count(void);

/* What is known of an item; NULL for a number that is none. */
const struct dsmr_item_info *dsmr_item_info(dsmr_item item);

/* The id of an item, "" for a number that is none. */
const char *dsmr_item_id(dsmr_item item);

/* The item with this id, letter by letter; DSMR_ITEM_NONE if there is none. */
dsmr_item dsmr_item_find(struct dsmr_text id);

/* An entry of the catalogue: one value of one object. */
struct dsmr_entry {
    struct dsmr_obis obis; /* b is DSMR_CHANNEL_ANY for an object of any M-Bus channel */
    uint8_t position;      /* of the group, counted from 1 */
    dsmr_item item;
    enum dsmr_unit unit;   /* eTreshold is in A or in kW, by the object */
    const char *standards; /* the versions that have it, "2.2 3.0 4.0"; static text */
};

enum { DSMR_CHANNEL_ANY = 0xFF };

/* The entries one by one, in the catalogue's order; false when index is past the last. */
bool dsmr_entry_at(size_t index, struct dsmr_entry *entry);

/* ------------------------------------------------------------------------------------------------
 * Channels: which M-Bus device is the gas meter?
 */

enum { DSMR_CHANNELS = 9 }; /* M-Bus channels 1 … 9; meters have 4 */

/* What is known of the devices behind one meter. Kept from telegram to telegram. Private but for
 * configured[]. */
struct dsmr_channels {
    uint8_t configured[DSMR_KIND_COUNT]; /* channel of a kind, 0 where the user named none */
    struct dsmr_device {
        uint8_t kind : 4;    /* of the device on this channel: enum dsmr_kind */
        uint8_t speaker : 4; /* channel that speaks for the kind of this number, 0 if none does */
    } known[DSMR_CHANNELS + 1];
    uint32_t newest[DSMR_CHANNELS]; /* unix time of the last value of channel 1, 2 …; 0 if none */
};

/* Nothing configured, nothing known. */
void dsmr_channels_init(struct dsmr_channels *channels);

/*
 * The user's word that the device of this kind is on that channel (1 … DSMR_CHANNELS), or 0 to let
 * the telegrams tell. Returns false for a kind without channel or a number out of range.
 */
bool dsmr_channels_set(struct dsmr_channels *channels, enum dsmr_kind kind, unsigned channel);

/* The kind of a device by the M-Bus device type that 0-n:24.1.0 carries, in decimal [EN 13757-3]. */
enum dsmr_kind dsmr_kind_of_device_type(unsigned device_type);

/* ------------------------------------------------------------------------------------------------
 * Readings
 */

/* One value with its meaning. */
struct dsmr_reading {
    dsmr_item item;  /* what it is; with an error what it would have been, if that is known */
    uint8_t channel; /* M-Bus channel, 0 for the electricity meter itself */
    uint8_t rank;    /* see dsmr_reading_supersedes() */
    struct dsmr_object object; /* where it stood */
    struct dsmr_text text;     /* the group it was read from, as on the wire */
    bool
        superseded DSMR_BITS(1); /* not to be used: of a device that does not speak for its kind, or
                                     whose clock was never set, or whose kind nobody knows */
    bool has_time DSMR_BITS(1);  /* time is the value's own */
    bool worded DSMR_BITS(1);    /* the meter says it in its own way: ON for 1, a clock in octets */
    enum dsmr_type type;
    enum dsmr_unit unit;       /* of number */
    struct dsmr_number number; /* DSMR_TYPE_NUMBER */
    struct dsmr_time time;     /* DSMR_TYPE_TIME: the value; otherwise its own time, if has_time */
};

/* Of a profile: what its header says. Private. */
struct dsmr_profile {
    uint16_t period;     /* minutes */
    enum dsmr_unit unit; /* of a value that has none */
    int8_t exponent;
};

/* A part of a telegram, counted from its '/'. Private. */
struct dsmr_part {
    dsmr_length at;
    dsmr_length size;
};

/* Turns a telegram into readings. Its members are private. */
struct dsmr_decoder {
    struct dsmr_channels *channels;
    const char *text; /* of the telegram */
    struct dsmr_zone zone;
    dsmr_length next; /* where the lines to come begin, and where they end */
    dsmr_length end;
    struct dsmr_part line; /* of the object whose groups are being read */
    struct dsmr_part groups;
    dsmr_length at; /* place among them */
#ifdef DSMR_SMALL
    struct dsmr_part time; /* the group that is its own time, or the profile's first */
#else
    struct dsmr_time time; /* its own time, or the profile's first */
#endif
    struct dsmr_part pending; /* second half of an entry of a log, or a group that is two items */
    struct dsmr_part rest;    /* what stands behind the comma of a pair */
    struct dsmr_part culprit; /* the first group that could not be used */
    dsmr_length clock_time;   /* digits of a clock in two objects, or 0 */
    dsmr_length clock_date;
    union {
        uint32_t used; /* of plain groups: positions of the catalogue already filled */
        struct dsmr_profile profile;
    } so_far;
    uint16_t rows; /* first row of the object's code */
    uint16_t pending_row;
    uint16_t layout;
    uint16_t conditions;
    struct dsmr_obis obis;
    enum dsmr_status trouble; /* with the culprit */
    uint8_t count;    /* values of the profile, or codes that the list of captured objects names */
    uint8_t position; /* of the group, from 1 */
    uint8_t channel;
    uint8_t kind;
    bool open DSMR_BITS(1);     /* an object is being read */
    bool clocked DSMR_BITS(1);  /* the telegram's time was told */
    bool stranger DSMR_BITS(1); /* of a device whose kind nobody knows */
    bool has_time DSMR_BITS(1);
    bool void_time DSMR_BITS(1); /* that of a clock that was never set */
    bool delivered DSMR_BITS(1); /* at least one reading of it */
#ifndef DSMR_SMALL
    struct dsmr_shape *shape;  /* that the telegram has, or NULL */
    size_t size;               /* of its text */
    struct dsmr_shape *lesson; /* that is being learnt from it, or NULL */
    uint64_t turn;             /* of shape, when its values were the telegram's */
    const struct dsmr_column *column, *columns_end; /* the next of shape */
    unsigned processor;
#endif
};

/*
 * Starts on a telegram. channels is the caller's and is brought up to date with what this telegram
 * tells of its devices. zone may be NULL: then the identification decides, or dsmr_zone_default.
 * The struct telegram itself is not looked at again, only the bytes that it points to: where memory is
 * short, it may share its own with the reading.
 */
void dsmr_decode(struct dsmr_decoder *decoder, const struct dsmr_telegram *telegram,
                 struct dsmr_channels *channels, const struct dsmr_zone *zone);

/*
 * Brings channels up to date as dsmr_decode() does, for whoever has the readings made somewhere else: by
 * another thread, which starts from a copy of the channels. Does less, least where the shape is known.
 */
void dsmr_channels_learn(struct dsmr_channels *channels, const struct dsmr_telegram *telegram,
                         const struct dsmr_zone *zone);

/*
 * The next reading, in the order of the wire. Returns
 *   DSMR_OK          a reading;
 *   DSMR_UNKNOWN     an object that the catalogue does not have: reading->object holds code and
 *                    groups;
 *   DSMR_END         that was all;
 *   DSMR_ERR_LINE    reading->object.line is no object;
 *   DSMR_ERR_NUMBER, DSMR_ERR_TIME, DSMR_ERR_UNIT, DSMR_ERR_RANGE
 *                    an object whose code is out of range (256-0:1.7.0), or a known object of which nothing can be used: reading->object as for
 *                    DSMR_UNKNOWN, reading->text the group at fault.
 * An empty value is no value and is passed over in silence. Where a meter has its clock in two objects
 * (Slovenia, Poland) and nowhere else, P1Timestamp comes last, made of both.
 */
enum dsmr_status dsmr_decode_next(struct dsmr_decoder *decoder, struct dsmr_reading *reading);

/*
 * True when a, which stands later in the telegram, is to be used instead of b, both of one item: it
 * is of the device that speaks for its kind, of the better object (1.7.0 before 15.7.0, 96.1.1 before
 * 96.1.0), or newer. Whoever keeps one value an item calls this.
 */
bool dsmr_reading_supersedes(const struct dsmr_reading *a, const struct dsmr_reading *b);

#ifndef DSMR_SMALL

/* ------------------------------------------------------------------------------------------------
 * Shapes: a telegram like the last one
 *
 * A meter sends the same bytes again but for some digits. A shape is a telegram with its digits left
 * out. When a new telegram has a known shape, only its digits have to be read; the answer is the same,
 * many times sooner. Whatever has no known shape goes the ordinary way. Worth its memory where many
 * telegrams are decoded; needless for one meter.
 *
 *     static struct dsmr_shape room[4];
 *     struct dsmr_shapes shapes;
 *     dsmr_shapes_init(&shapes, room, 4, dsmr_processor());
 *     dsmr_framer_remember(&framer, &shapes);
 *
 * Everything else stays as it was. For archives and head-ends there is also dsmr_row_read().
 */

enum {
    DSMR_SHAPE_TEXT = 2048,  /* bytes of a telegram that can be remembered */
    DSMR_SHAPE_COLUMNS = 96, /* readings, and objects that gave none */
    DSMR_SHAPE_NUMBERS = 64, /* numbers whose digits vary */
    DSMR_SHAPE_TIMES = 12,   /* times whose digits vary */
    DSMR_SHAPE_WORDS = DSMR_SHAPE_TEXT / 8,
    DSMR_SHAPE_SUMS = 128, /* words with digits that vary */
    DSMR_SHAPE_LANES = DSMR_SHAPE_TEXT / 16,
    DSMR_SHAPE_BLOCK = 64,
    DSMR_SHAPE_BLOCKS = DSMR_SHAPE_TEXT / DSMR_SHAPE_BLOCK,
    DSMR_SHAPE_LINE = 64, /* bytes of a line of the cache */
    DSMR_SHAPE_FOURS = DSMR_SHAPE_NUMBERS / 4,
};

enum { DSMR_COLUMN_NONE = 0xFFFF, DSMR_SHAPES_SEEN = 4 };

/* A part of a telegram. */
struct dsmr_span {
    uint16_t at; /* bytes from '/' */
    uint16_t size;
};

/* What dsmr_decode_next() says at one place of every telegram of a shape. */
struct dsmr_column {
    enum dsmr_status status; /* DSMR_OK: a reading; otherwise as dsmr_decode_next() returns */
    uint16_t value;      /* its place in a row's values, DSMR_COLUMN_NONE when it never varies */
    uint16_t time_value; /* place of its own time there, DSMR_COLUMN_NONE when none varies */
    struct dsmr_span line, groups, text; /* text.at is DSMR_COLUMN_NONE when there is none */
    struct dsmr_reading reading; /* but for its texts, and for what varies: the first telegram's */
};

/* How the digits of a number are read. Private. */
struct dsmr_shape_number {
    uint64_t masks[2]
                  [2];  /* of its two halves of eight bytes: the digits before and behind a point */
    uint32_t low_scale; /* 10^ the digits in the second half */
    uint16_t at;        /* of the sixteen bytes that end with the number */
    uint8_t size;       /* bytes from its first digit to its last */
    uint8_t first_half; /* that has digits */
    int64_t sign;       /* -1 for one below zero, or else 0 */
};

/* How a time is read, and what was last read for its day and hour. Private. */
struct dsmr_shape_time {
    struct dsmr_span text;
    uint64_t hour_digits; /* as they stand in the text, 0 while none were read */
    struct dsmr_time hour;
    uint8_t channel; /* whose newest value it is the time of, 0 if of none */
};

/* Of the numbers of a shape. Private. */
struct dsmr_shape_range {
    uint8_t first, behind;
};

/* Four numbers, as they are read at once. Private. */
struct dsmr_shape_four {
    uint8_t orders[4][16]; /* the digits without the point, at the end */
    int64_t signs[4];
    uint16_t windows[4]; /* of the sixteen bytes that end with each */
    uint16_t unused[12]; /* two lines of the cache in all */
};

/* What is read in pieces as long as a line of the cache. One that crosses two lines takes longer, so all
 * of this begins at one. Private. */
struct dsmr_shape_bytes {
    char latest[DSMR_SHAPE_TEXT];        /* the text that was met last */
    char text[DSMR_SHAPE_TEXT];          /* with '0' for every digit that varies */
    uint8_t slack[DSMR_SHAPE_TEXT];      /* 127 less how much a byte may differ from that */
    uint64_t moves[DSMR_SHAPE_LANES][2]; /* by which half a lane adds to the CRC, block by block */
    struct dsmr_shape_four fours[DSMR_SHAPE_FOURS];
    int64_t values[DSMR_SHAPE_NUMBERS + DSMR_SHAPE_TIMES]; /* what the latest text says */
};

/* Sixty-four bytes of a text. The last block ends with the text. Private. */
struct dsmr_shape_block {
    uint16_t at;
    uint16_t lane; /* the first of its four */
};

/* Which blocks are expected to change. Private. */
struct dsmr_shape_habit {
    uint32_t busy; /* a bit for each that is */
    uint8_t busy_count, quiet_count, four_count;
    struct dsmr_shape_block busy_blocks[DSMR_SHAPE_BLOCKS];
    uint16_t quiet[DSMR_SHAPE_BLOCKS]; /* where the others begin; the last may stand there again */
    uint8_t fours[DSMR_SHAPE_FOURS];   /* whose numbers lie in the busy ones */
};

/* Its members are private but for columns, count and serial. */
struct dsmr_shape {
    struct dsmr_column columns[DSMR_SHAPE_COLUMNS];
    size_t count;
    uint64_t serial; /* of what was learnt: the columns are others when it is another */
    size_t number_count, time_count, sum_count;
    size_t size;           /* of the text; 0 while the shape is not known */
    size_t identification; /* bytes of it */
    struct dsmr_zone zone;
    bool own_zone;                 /* it is that of the identification */
    struct dsmr_channels channels; /* as they must be */
    bool has_crc;
    uint16_t sum;                   /* CRC of the latest text */
    uint64_t turn;                  /* another for each text that was held against it */
    struct dsmr_shape_bytes *bytes; /* somewhere in room */
    unsigned char room[sizeof(struct dsmr_shape_bytes) + DSMR_SHAPE_LINE];
    /* Of eight bytes, the last of them ending with the text: the numbers that lie in them, and what
     * their digits add to the CRC. */
    struct dsmr_shape_range words[DSMR_SHAPE_WORDS + 1];
    uint8_t sums_of[DSMR_SHAPE_WORDS + 1];
    uint16_t sums[DSMR_SHAPE_SUMS][8][16];
    uint16_t fours[DSMR_SHAPE_BLOCKS]; /* a bit for each four numbers that lie in a block */
    struct dsmr_shape_number numbers[DSMR_SHAPE_NUMBERS];
    struct dsmr_shape_habit habit;
    uint64_t changed[DSMR_SHAPE_BLOCKS]; /* the turn at which a block last did so unexpectedly */
    struct dsmr_shape_time times[DSMR_SHAPE_TIMES];
};

/* The shapes that are known. Its members are private. */
struct dsmr_shapes {
    struct dsmr_shape *at;
    size_t count;
    size_t latest;                 /* the one that was met last */
    size_t next;                   /* the one that is given up next */
    size_t seen[DSMR_SHAPES_SEEN]; /* sizes of telegrams without a known shape */
    size_t next_seen;
    uint64_t learnt; /* how many */
    unsigned processor;
};

/* Starts with no shape known, in the caller's room for count of them. processor is dsmr_processor(),
 * or less. */
void dsmr_shapes_init(struct dsmr_shapes *shapes, struct dsmr_shape *room, size_t count,
                      unsigned processor);

/* Lets the framer, and whoever decodes its telegrams, remember shapes (NULL: no longer). */
void dsmr_framer_remember(struct dsmr_framer *framer, struct dsmr_shapes *shapes);

/* The values of a telegram. */
struct dsmr_row {
    const struct dsmr_shape *shape; /* its columns say what the values are */
    const int64_t *values;          /* a mantissa, or seconds since 1970 */
};

/*
 * The values of a telegram of a known shape as one row, and channels brought up to date, as dsmr_decode()
 * would. Returns DSMR_OK, or DSMR_UNKNOWN when the shape is not known: decode the telegram to its end
 * with dsmr_decode_next() then, and it may be known the next time. zone as for dsmr_decode().
 *
 * A row lasts until the next telegram is looked for, or decoded, with its shapes. Whoever works out what
 * its columns are for does so once for each shape->serial.
 */
enum dsmr_status dsmr_row_read(struct dsmr_row *row, const struct dsmr_telegram *telegram,
                               struct dsmr_channels *channels, const struct dsmr_zone *zone);

#endif /* DSMR_SMALL */

#ifdef __cplusplus
}
#endif

#endif
