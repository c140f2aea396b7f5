/* SPDX-License-Identifier: MIT */
/* Whose meter is it, and what does it do in its own way? dialects.def tells. */
#include "internal.h"

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
    {letters, marks, traits, ZONE_##zone},
static const struct dialect dialects[] = {
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

size_t dialect_place(const struct dialect *dialect)
{
    return (size_t)(dialect - dialects);
}

/* Only the lines with the trait are compiled: the framer asks this of every telegram. */
bool dialect_has_fixed_channels(struct dsmr_text identification)
{
#define DIALECT(letters, marks, country, grid, standard, zone, traits, sample)                     \
    if (((traits)&ACE_CHANNELS) != 0 && begins(identification, letters))                           \
        return true;
#include "dialects.def"
#undef DIALECT
    return false;
}

bool dialect_may_sum_x25(struct dsmr_text identification)
{
#define DIALECT(letters, marks, country, grid, standard, zone, traits, sample)                     \
    if (((traits)&CRC_X25) != 0 && begins(identification, letters))                                \
        return true;
#include "dialects.def"
#undef DIALECT
    return false;
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
