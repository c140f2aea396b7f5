/* SPDX-License-Identifier: MIT */
/* Numbers, units and hexadecimal text. [P1 5.0.2 6.4] */
#include "dsmr/dsmr.h"

#include "characters.h"

/* 10^18 is the largest power of ten in an int64_t. */
enum { DIGITS_MAX = 18 };

/* From so many digits on with a letter behind them it is a time: 632525252525W is not a power. */
enum { TIME_DIGITS = 12 };

static bool is_blank(char c)
{
    return c == ' ' || is_line_end(c);
}

static void trim(struct dsmr_text *text)
{
    while (text->size > 0 && is_blank(text->at[0])) {
        text->at++;
        text->size--;
    }
    while (text->size > 0 && is_blank(text->at[text->size - 1]))
        text->size--;
}

enum dsmr_status dsmr_number_parse(struct dsmr_text text, struct dsmr_number *number)
{
    trim(&text);
    bool negative = text.size > 0 && text.at[0] == '-';
    size_t i = text.size > 0 && (text.at[0] == '-' || text.at[0] == '+') ? 1 : 0;
    int64_t mantissa = 0;
    int significant = 0;
    bool digits = false;
    size_t point = text.size;
    for (; i < text.size; i++) {
        if (text.at[i] == '.' && point == text.size) {
            point = i;
            continue;
        }
        if (!is_digit(text.at[i]))
            return DSMR_ERR_NUMBER;
        digits = true;
        significant += significant > 0 || text.at[i] != '0';
        if (significant > DIGITS_MAX)
            return DSMR_ERR_RANGE;
        mantissa = mantissa * 10 + (text.at[i] - '0');
    }
    size_t decimals = point < text.size ? text.size - point - 1 : 0;
    if (!digits)
        return DSMR_ERR_NUMBER;
    if (decimals > DIGITS_MAX)
        return DSMR_ERR_RANGE;
    *number = (struct dsmr_number){negative ? -mantissa : mantissa, (uint8_t)decimals};
    return DSMR_OK;
}

enum dsmr_status dsmr_number_scale(struct dsmr_number *number, int exponent)
{
    struct dsmr_number scaled = *number;
    for (; exponent < 0 && scaled.decimals <= DIGITS_MAX; exponent++)
        scaled.decimals++;
    for (; exponent > 0 && scaled.decimals > 0; exponent--)
        scaled.decimals--;
    for (; exponent > 0; exponent--) {
        if (scaled.mantissa > INT64_MAX / 10 || scaled.mantissa < INT64_MIN / 10)
            return DSMR_ERR_RANGE;
        scaled.mantissa *= 10;
    }
    if (scaled.decimals > DIGITS_MAX)
        return DSMR_ERR_RANGE;
    *number = scaled;
    return DSMR_OK;
}

size_t dsmr_number_print(struct dsmr_number number, char out[DSMR_NUMBER_SIZE])
{
    char text[DSMR_NUMBER_SIZE];
    uint64_t rest = number.mantissa < 0 ? 0 - (uint64_t)number.mantissa : (uint64_t)number.mantissa;
    size_t decimals = number.decimals < DIGITS_MAX ? number.decimals : DIGITS_MAX;
    size_t at = sizeof text;
    text[--at] = '\0';
    for (size_t i = 0; i < decimals; i++, rest /= 10)
        text[--at] = (char)('0' + rest % 10);
    if (decimals > 0)
        text[--at] = '.';
    do
        text[--at] = (char)('0' + rest % 10);
    while ((rest /= 10) > 0);
    if (number.mantissa < 0)
        text[--at] = '-';
    for (size_t i = at; i < sizeof text; i++)
        out[i - at] = text[i];
    return sizeof text - 1 - at;
}

/* ------------------------------------------------------------------------------------------------
 * Units
 */

static const char *const unit_names[DSMR_UNIT_COUNT] = {
    [DSMR_UNIT_NONE] = "",     [DSMR_UNIT_KWH] = "kWh",   [DSMR_UNIT_KW] = "kW",
    [DSMR_UNIT_V] = "V",       [DSMR_UNIT_A] = "A",       [DSMR_UNIT_M3] = "m3",
    [DSMR_UNIT_GJ] = "GJ",     [DSMR_UNIT_S] = "s",       [DSMR_UNIT_MIN] = "min",
    [DSMR_UNIT_KVA] = "kVA",   [DSMR_UNIT_KVAR] = "kvar", [DSMR_UNIT_KVARH] = "kvarh",
    [DSMR_UNIT_KVAH] = "kVAh", [DSMR_UNIT_HZ] = "Hz",
};

const char *dsmr_unit_name(enum dsmr_unit unit)
{
    return (unsigned)unit < DSMR_UNIT_COUNT ? unit_names[unit] : "";
}

/* The units of the wire in lower case, with what makes them one of ours. */
static const struct spelling {
    char text[6];
    int8_t exponent;
    uint8_t unit;
} spellings[] = {
    {"kwh", 0, DSMR_UNIT_KWH},      {"kw", 0, DSMR_UNIT_KW},       {"v", 0, DSMR_UNIT_V},
    {"a", 0, DSMR_UNIT_A},          {"m3", 0, DSMR_UNIT_M3},       {"s", 0, DSMR_UNIT_S},
    {"gj", 0, DSMR_UNIT_GJ},        {"wh", -3, DSMR_UNIT_KWH},     {"mwh", 3, DSMR_UNIT_KWH},
    {"w", -3, DSMR_UNIT_KW},        {"mw", 3, DSMR_UNIT_KW},       {"kv", 3, DSMR_UNIT_V},
    {"ma", -3, DSMR_UNIT_A},        {"ka", 3, DSMR_UNIT_A},        {"dm3", -3, DSMR_UNIT_M3},
    {"m\xC2\xB3", 0, DSMR_UNIT_M3}, {"m\xB3", 0, DSMR_UNIT_M3},    {"mj", -3, DSMR_UNIT_GJ},
    {"kj", -6, DSMR_UNIT_GJ},       {"kvarh", 0, DSMR_UNIT_KVARH}, {"varh", -3, DSMR_UNIT_KVARH},
    {"mvarh", 3, DSMR_UNIT_KVARH},  {"kvar", 0, DSMR_UNIT_KVAR},   {"var", -3, DSMR_UNIT_KVAR},
    {"kva", 0, DSMR_UNIT_KVA},      {"va", -3, DSMR_UNIT_KVA},     {"kvah", 0, DSMR_UNIT_KVAH},
    {"vah", -3, DSMR_UNIT_KVAH},    {"hz", 0, DSMR_UNIT_HZ},       {"khz", 3, DSMR_UNIT_HZ},
    {"min", 0, DSMR_UNIT_MIN},      {"j", -9, DSMR_UNIT_GJ},
};

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static bool spelled(const struct spelling *spelling, struct dsmr_text text)
{
    for (size_t i = 0; i < text.size; i++)
        if (lower(text.at[i]) != spelling->text[i])
            return false;
    return text.size == sizeof spelling->text || spelling->text[text.size] == '\0';
}

enum dsmr_status dsmr_unit_parse(struct dsmr_text text, enum dsmr_unit *unit, int *exponent)
{
    trim(&text);
    *unit = DSMR_UNIT_NONE;
    *exponent = 0;
    if (text.size == 0)
        return DSMR_OK;
    if (text.size > sizeof spellings[0].text)
        return DSMR_ERR_UNIT;
    for (size_t i = 0; i < sizeof spellings / sizeof spellings[0]; i++) {
        if (spelled(&spellings[i], text)) {
            *unit = (enum dsmr_unit)spellings[i].unit;
            *exponent = spellings[i].exponent;
            return DSMR_OK;
        }
    }
    return DSMR_ERR_UNIT;
}

enum dsmr_status dsmr_quantity_parse(struct dsmr_text text, struct dsmr_number *number,
                                     enum dsmr_unit *unit)
{
    size_t split = 0;
    while (split < text.size &&
           (is_digit(text.at[split]) || text.at[split] == '.' || text.at[split] == '-' ||
            text.at[split] == '+' || text.at[split] == ' '))
        split++;
    size_t behind = split < text.size && text.at[split] == '*' ? split + 1 : split;
    enum dsmr_status status = dsmr_number_parse((struct dsmr_text){text.at, split}, number);
    if (status != DSMR_OK)
        return status;
    if (behind == split && behind < text.size && split >= TIME_DIGITS && number->decimals == 0)
        return DSMR_ERR_NUMBER;
    int exponent = 0;
    status =
        dsmr_unit_parse((struct dsmr_text){text.at + behind, text.size - behind}, unit, &exponent);
    /* 00.A23*kW is a number with a bit error, not one in the unit "A23*kW". */
    if (status != DSMR_OK)
        return behind == split ? DSMR_ERR_NUMBER : status;
    return dsmr_number_scale(number, exponent);
}

/* ------------------------------------------------------------------------------------------------
 * Text in hexadecimal digits
 */

enum dsmr_status dsmr_hex_decode(struct dsmr_text text, char *out, size_t size, size_t *length)
{
    int high = -1;
    *length = 0;
    for (size_t i = 0; i < text.size; i++) {
        if (is_line_end(text.at[i]))
            continue;
        int digit = hex_digit(text.at[i]);
        if (digit < 0)
            return DSMR_ERR_TEXT;
        if (high < 0) {
            high = digit;
            continue;
        }
        int byte = high << 4 | digit;
        high = -1;
        if (byte < 0x20 || byte > 0x7E)
            return DSMR_ERR_TEXT;
        if (*length == size)
            return DSMR_ERR_SPACE;
        out[(*length)++] = (char)byte;
    }
    return high < 0 ? DSMR_OK : DSMR_ERR_TEXT;
}
