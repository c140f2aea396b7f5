/* SPDX-License-Identifier: MIT */
/* Whose meter is it, and what does it do in its own way? dialects.def tells. */
#include "internal.h"

#include "characters.h"

/* All keep summer time by the EU rule. */
#define ZONE_WET                                                                                   \
    {                                                                                              \
        0, true                                                                                    \
    }
#define ZONE_CET                                                                                   \
    {                                                                                              \
        60, true                                                                                   \
    }
#define ZONE_EET                                                                                   \
    {                                                                                              \
        120, true                                                                                  \
    }

#define DIALECT(letters, marks, country, grid, standard, zone, traits, sample)                     \
    {letters, marks, traits, DSMR_STANDARD_##standard, ZONE_##zone, country, grid},
static const struct dialect dialects[] = {
#include "dialects.def"
};
#undef DIALECT

#define DIALECT(letters, marks, country, grid, standard, zone, traits, sample) sample,
static const char *const samples[] = {
#include "dialects.def"
};
#undef DIALECT

enum { DIALECTS = sizeof dialects / sizeof dialects[0] };

static char upper(char c)
{
    return c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c;
}

/* A lower-case third letter tells of a fast reaction [IEC 62056-21], not of another maker. */
static bool begins(struct dsmr_text identification, const char *letters)
{
    size_t i = 0;
    while (i < identification.size && letters[i] != '\0' &&
           upper(identification.at[i]) == letters[i])
        i++;
    return letters[i] == '\0';
}

const struct dialect *dialect_find(struct dsmr_text identification, unsigned marks)
{
    size_t i = 0;
    while (i < DIALECTS - 1 && ((dialects[i].marks & marks) != dialects[i].marks ||
                                !begins(identification, dialects[i].letters)))
        i++;
    return &dialects[i];
}

unsigned dialect_traits(struct dsmr_text identification)
{
    return dialect_find(identification, MARK_ANY)->traits;
}

/* The code in one number; a switch over it is what the compiler makes best of. */
#define CODE(a, b, c, d, e)                                                                        \
    ((uint64_t)(a) << 32 | (uint64_t)(b) << 24 | (uint64_t)(c) << 16 | (uint64_t)(d) << 8 | (e))

unsigned mark_of(struct dsmr_obis obis)
{
    switch (CODE(obis.a, obis.b, obis.c, obis.d, obis.e)) {
    case CODE(1, 3, 0, 2, 8):
        return MARK_VERSION;
    case CODE(0, 0, 96, 1, 4):
        return MARK_EMUCS;
    case CODE(0, 0, 96, 1, 0):
        return MARK_SERIAL_0;
    case CODE(0, 0, 96, 1, 1):
        return MARK_SERIAL_1;
    case CODE(0, 0, 42, 0, 0):
        return MARK_LOGICAL;
    case CODE(1, 0, 1, 8, 11):
        return MARK_RATES;
    case CODE(0, 0, 94, 98, 31):
        return MARK_POLISH;
    case CODE(1, 0, 1, 7, 0):
    case CODE(1, 0, 21, 7, 0):
        return MARK_MEASURED;
    default:
        return MARK_ANY;
    }
}

bool dsmr_zone_of(struct dsmr_text identification, struct dsmr_zone *zone)
{
    *zone = dialect_find(identification, MARK_ANY)->zone;
    return zone->offset != dsmr_zone_default.offset;
}

/* ------------------------------------------------------------------------------------------------
 * For people
 */

static const char *const standard_names[] = {
    [DSMR_STANDARD_UNTOLD] = "",
    [DSMR_STANDARD_DSMR] = "DSMR",
    [DSMR_STANDARD_EMUCS] = "eMUCS P1",
    [DSMR_STANDARD_SMARTY] = "Smarty P1",
    [DSMR_STANDARD_H1] = "H1",
    [DSMR_STANDARD_NATIONAL] = "P1",
    [DSMR_STANDARD_D0] = "IEC 62056-21 (D0)",
};

const char *dsmr_standard_name(enum dsmr_standard standard)
{
    return (unsigned)standard < sizeof standard_names / sizeof standard_names[0]
               ? standard_names[standard]
               : "";
}

static bool all_digits(struct dsmr_text text)
{
    for (size_t i = 0; i < text.size; i++)
        if (!is_digit(text.at[i]))
            return false;
    return true;
}

/* "50" is 5.0; "50217" is eMUCS 1.7 upon DSMR 5.0.2. Other forms are left as they are sent. */
static void print_version(struct dsmr_text sent, char out[DSMR_VERSION_SIZE])
{
    size_t length = 0;
    if (all_digits(sent) && (sent.size == 2 || sent.size == 5)) {
        out[length++] = sent.at[sent.size - 2];
        out[length++] = '.';
        out[length++] = sent.at[sent.size - 1];
    } else if (sent.size < DSMR_VERSION_SIZE) {
        while (length < sent.size && (is_digit(sent.at[length]) || is_letter(sent.at[length]))) {
            out[length] = sent.at[length];
            length++;
        }
        length = length == sent.size ? length : 0;
    }
    out[length] = '\0';
}

void dsmr_origin_of(const struct dsmr_telegram *telegram, struct dsmr_origin *origin)
{
    struct dsmr_cursor cursor;
    struct dsmr_object object;
    struct dsmr_text version = {0};
    enum dsmr_status status;
    unsigned marks = 0;
    dsmr_cursor_init(&cursor, telegram);
    while ((status = dsmr_cursor_next(&cursor, &object)) != DSMR_END) {
        unsigned mark = status == DSMR_OK ? mark_of(object.obis) : MARK_ANY;
        size_t at = 0;
        marks |= mark;
        if (mark == MARK_VERSION || mark == MARK_EMUCS)
            dsmr_group_next(&object, &at, &version);
    }
    const struct dialect *dialect = dialect_find(telegram->identification, marks);
    *origin = (struct dsmr_origin){.country = dialect->country,
                                   .grid = dialect->grid,
                                   .standard = (enum dsmr_standard)dialect->standard,
                                   .zone = dialect->zone};
    print_version(version, origin->version);
}

bool dsmr_dialect_at(size_t index, struct dsmr_dialect *dialect)
{
    if (index >= DIALECTS)
        return false;
    *dialect = (struct dsmr_dialect){
        .letters = dialects[index].letters,
        .country = dialects[index].country,
        .grid = dialects[index].grid,
        .standard = (enum dsmr_standard)dialects[index].standard,
        .sample = samples[index],
    };
    return true;
}
