/* SPDX-License-Identifier: MIT */
/* Where a meter is from, for people: the part of dialects.def that the decoder has no need of. */
#include "internal.h"

#include "characters.h"

#define DIALECT(letters, marks, country, grid, standard, zone, traits, sample)                     \
    {letters, country, grid, sample, DSMR_STANDARD_##standard},
static const struct {
    const char *letters;
    const char *country;
    const char *grid;
    const char *sample;
    uint8_t standard; /* enum dsmr_standard */
} origins[] = {
#include "dialects.def"
};
#undef DIALECT

enum { ORIGINS = sizeof origins / sizeof origins[0] };

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
    size_t index = dialect_place(dialect);
    *origin = (struct dsmr_origin){.country = origins[index].country,
                                   .grid = origins[index].grid,
                                   .standard = (enum dsmr_standard)origins[index].standard,
                                   .zone = dialect->zone};
    print_version(version, origin->version);
}

bool dsmr_dialect_at(size_t index, struct dsmr_dialect *dialect)
{
    if (index >= ORIGINS)
        return false;
    *dialect = (struct dsmr_dialect){
        .letters = origins[index].letters,
        .country = origins[index].country,
        .grid = origins[index].grid,
        .standard = (enum dsmr_standard)origins[index].standard,
        .sample = origins[index].sample,
    };
    return true;
}
