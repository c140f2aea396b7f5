/* SPDX-License-Identifier: MIT */
/* OBIS codes in the forms that meters print. [IEC 62056-61; P1 5.0.2 6.4] */
#include "dsmr/dsmr.h"

#include "characters.h"

enum { GROUPS = 6 }; /* A-B:C.D.E and a sixth, *255 */

/*
 * Some firmware prints a colon for a point (72:32.0), a sixth dotted group (.255), or blanks inside:
 * so the separators are told apart only where that decides something, behind A and behind B.
 */
static bool separator_fits(char separator, int group)
{
    if (group == 1)
        return separator == '-';
    if (group == 2)
        return separator == ':';
    return separator == '.' || separator == ':' || (separator == '*' && group == 5);
}

enum dsmr_status dsmr_obis_parse(struct dsmr_text text, struct dsmr_obis *obis)
{
    uint8_t value[GROUPS] = {0};
    int groups = 0;
    bool in_digits = false;
    bool in_range = true;
    for (size_t i = 0; i < text.size; i++) {
        char c = text.at[i];
        if (is_digit(c)) {
            if (!in_digits && groups == GROUPS)
                return DSMR_ERR_LINE;
            groups += in_digits ? 0 : 1;
            in_digits = true;
            unsigned longer = value[groups - 1] * 10U + (unsigned)(c - '0');
            in_range = in_range && longer <= 255;
            value[groups - 1] = (uint8_t)longer;
        } else if (c != ' ') {
            if (!in_digits || !separator_fits(c, groups))
                return DSMR_ERR_LINE;
            in_digits = false;
        }
    }
    if (groups < 5 || !in_digits)
        return DSMR_ERR_LINE;
    if (!in_range)
        return DSMR_ERR_RANGE;
    *obis = (struct dsmr_obis){value[0], value[1], value[2], value[3], value[4]};
    return DSMR_OK;
}

static size_t print_byte(unsigned byte, char *out)
{
    size_t length = 0;
    if (byte >= 100)
        out[length++] = (char)('0' + byte / 100);
    if (byte >= 10)
        out[length++] = (char)('0' + byte / 10 % 10);
    out[length++] = (char)('0' + byte % 10);
    return length;
}

size_t dsmr_obis_print(struct dsmr_obis obis, char out[DSMR_OBIS_SIZE])
{
    const uint8_t groups[GROUPS] = {obis.a, obis.b, obis.c, obis.d, obis.e, 255};
    static const char separators[GROUPS] = {'-', ':', '.', '.', '*'};
    size_t count = obis.e == 255 ? GROUPS : GROUPS - 1;
    size_t length = 0;
    for (size_t i = 0; i < count; i++) {
        length += print_byte(groups[i], out + length);
        out[length++] = separators[i];
    }
    out[--length] = '\0';
    return length;
}
