/* SPDX-License-Identifier: MIT */
/* Numbers, units and hexadecimal text. [P1 5.0.2 6.4] */
#include "internal.h"

#include "characters.h"

/* 10^18 is the largest power of ten in an int64_t. */
enum { DIGITS_MAX = 18 };
static const int64_t seventeen_digits = 99999999999999999;

/* From so many digits on with a letter behind them it is a time: 632525252525W is not a power. */
enum { TIME_DIGITS = 12 };

static bool is_blank(char c)
{
    return c == ' ' || is_line_end(c);
}

/* Nothing is added to a pointer that may be none. */
static const char *end_of(struct dsmr_text text)
{
    return text.size > 0 ? text.at + text.size : text.at;
}

/* Pointers go in, and no struct dsmr_text: a copy of one is made on the stack for every call. */
static const char *behind_blanks(const char *at, const char *end)
{
    while (at < end && is_blank(*at))
        at++;
    return at;
}

static const char *before_blanks(const char *at, const char *end)
{
    while (at < end && is_blank(end[-1]))
        end--;
    return end;
}

#ifdef DSMR_SMALL
/* In words of a chip: the compiler would call for a multiplication of 64 bits, which takes stack. */
OUT_OF_LINE static int64_t tenfold(int64_t mantissa)
{
    uint64_t bits = (uint64_t)mantissa;
    uint32_t low = (uint32_t)(bits & 0xFFFF) * 10;
    uint32_t middle = (uint32_t)(bits >> 16 & 0xFFFF) * 10 + (low >> 16);
    uint32_t high = (uint32_t)(bits >> 32) * 10 + (middle >> 16);
    return (int64_t)((uint64_t)high << 32 | (middle << 16 | (low & 0xFFFF)));
}
#else
static int64_t tenfold(int64_t mantissa)
{
    return mantissa * 10;
}
#endif

OUT_OF_LINE static enum dsmr_status read_number(const char *at, const char *end,
                                                struct dsmr_number *number)
{
    const char *point = NULL;
    at = behind_blanks(at, end);
    end = before_blanks(at, end);
    int64_t mantissa = 0;
    bool negative = at < end && *at == '-';
    bool digits = false;
    for (at += at < end && (*at == '-' || *at == '+'); at < end; at++) {
        if (*at == '.' && !point) {
            point = at;
            continue;
        }
        if (!is_digit(*at))
            return DSMR_ERR_NUMBER;
        if (mantissa > seventeen_digits)
            return DSMR_ERR_RANGE;
        digits = true;
        mantissa = tenfold(mantissa) + (*at - '0');
    }
    size_t decimals = point ? (size_t)(end - point) - 1 : 0;
    if (!digits)
        return DSMR_ERR_NUMBER;
    if (decimals > DIGITS_MAX)
        return DSMR_ERR_RANGE;
    *number = (struct dsmr_number){negative ? -mantissa : mantissa, (uint8_t)decimals};
    return DSMR_OK;
}

enum dsmr_status dsmr_number_parse(struct dsmr_text text, struct dsmr_number *number)
{
    return read_number(text.at, end_of(text), number);
}

enum dsmr_status dsmr_number_scale(struct dsmr_number *number, int exponent)
{
    int64_t mantissa = number->mantissa;
    if (exponent < number->decimals - DIGITS_MAX)
        return DSMR_ERR_RANGE;
    int decimals = number->decimals - exponent;
    for (; decimals < 0; decimals++) {
        if (mantissa > INT64_MAX / 10 || mantissa < INT64_MIN / 10)
            return DSMR_ERR_RANGE;
        mantissa = tenfold(mantissa);
    }
    *number = (struct dsmr_number){mantissa, (uint8_t)decimals};
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

static bool spelled(const struct spelling *spelling, const char *at, size_t size)
{
    for (size_t i = 0; i < size; i++)
        if (lower(at[i]) != spelling->text[i])
            return false;
    return size == sizeof spelling->text || spelling->text[size] == '\0';
}

OUT_OF_LINE static enum dsmr_status read_unit(const char *at, const char *end, enum dsmr_unit *unit,
                                              int *exponent)
{
    at = behind_blanks(at, end);
    size_t size = (size_t)(before_blanks(at, end) - at);
    *unit = DSMR_UNIT_NONE;
    *exponent = 0;
    if (size == 0)
        return DSMR_OK;
    if (size > sizeof spellings[0].text)
        return DSMR_ERR_UNIT;
    for (size_t i = 0; i < sizeof spellings / sizeof spellings[0]; i++) {
        if (spelled(&spellings[i], at, size)) {
            *unit = (enum dsmr_unit)spellings[i].unit;
            *exponent = spellings[i].exponent;
            return DSMR_OK;
        }
    }
    return DSMR_ERR_UNIT;
}

enum dsmr_status dsmr_unit_parse(struct dsmr_text text, enum dsmr_unit *unit, int *exponent)
{
    return read_unit(text.at, end_of(text), unit, exponent);
}

static const char *behind_number(const char *at, const char *end)
{
    while (at < end && (is_digit(*at) || *at == '.' || *at == '-' || *at == '+' || *at == ' '))
        at++;
    return at;
}

enum dsmr_status dsmr_quantity_parse(struct dsmr_text text, struct dsmr_number *number,
                                     enum dsmr_unit *unit)
{
    const char *start = text.at;
    const char *end = end_of(text);
    const char *at = behind_number(start, end);
    bool starred = at < end && *at == '*';
    enum dsmr_status status = read_number(start, at, number);
    if (status != DSMR_OK)
        return status;
    if (!starred && at < end && at - start >= TIME_DIGITS && number->decimals == 0)
        return DSMR_ERR_NUMBER;
    int exponent = 0;
    status = read_unit(at + starred, end, unit, &exponent);
    /* 00.A23*kW is a number with a bit error, not one in the unit "A23*kW". */
    if (status != DSMR_OK)
        return starred ? status : DSMR_ERR_NUMBER;
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
