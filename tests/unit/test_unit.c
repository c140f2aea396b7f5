/* SPDX-License-Identifier: MIT */
/* Units as meters spell them, values with a unit, and text in hexadecimal digits. */
#include "dsmr/dsmr.h"
#include "tap.h"

static struct dsmr_text text_of(const char *text)
{
    return (struct dsmr_text){text, strlen(text)};
}

static void check_unit(const char *text, enum dsmr_unit want, int want_exponent, int line)
{
    enum dsmr_unit unit;
    int exponent;
    tap_same_number(dsmr_unit_parse(text_of(text), &unit, &exponent), DSMR_OK, text, __FILE__,
                    line);
    tap_same_number(unit, want, text, __FILE__, line);
    tap_same_number(exponent, want_exponent, text, __FILE__, line);
}

#define UNIT(text, want, exponent) check_unit(text, DSMR_UNIT_##want, exponent, __LINE__)

static void every_unit_is_read_by_its_own_name(void)
{
    for (unsigned unit = 0; unit < DSMR_UNIT_COUNT; unit++)
        check_unit(dsmr_unit_name((enum dsmr_unit)unit), (enum dsmr_unit)unit, 0, __LINE__);
}

static void prefixes_become_powers_of_ten(void)
{
    UNIT("Wh", KWH, -3);
    UNIT("MWh", KWH, 3);
    UNIT("W", KW, -3);
    UNIT("MW", KW, 3);
    UNIT("mA", A, -3);
    UNIT("kA", A, 3);
    UNIT("kV", V, 3);
    UNIT("dm3", M3, -3);
    UNIT("MJ", GJ, -3);
    UNIT("VAr", KVAR, -3);
    UNIT("VArh", KVARH, -3);
    UNIT("MVArh", KVARH, 3);
    UNIT("VA", KVA, -3);
    UNIT("VAh", KVAH, -3);
    UNIT("kHz", HZ, 3);
}

static void letters_may_be_of_either_case(void)
{
    UNIT("kwh", KWH, 0);
    UNIT("KWH", KWH, 0);
    UNIT("kVAr", KVAR, 0);
    UNIT("Kvar", KVAR, 0);
    UNIT("kvarh", KVARH, 0);
    UNIT("kVArh", KVARH, 0);
    UNIT("M3", M3, 0);
    UNIT("v", V, 0);
    UNIT("S", S, 0);
}

static void cubic_metres_have_three_spellings(void)
{
    UNIT("m3", M3, 0);
    UNIT("m\xC2\xB3", M3, 0);
    UNIT("m\xB3", M3, 0);
}

static void nothing_is_no_unit(void)
{
    UNIT("", NONE, 0);
    UNIT("  ", NONE, 0);
    UNIT(" s", S, 0);
}

static void other_texts_are_no_units(void)
{
    static const char *const texts[] = {"x",   "kWhh",     "kW h", "*kWh",
                                        "m33", "kilowatt", "\xB3", "3m"};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        enum dsmr_unit unit;
        int exponent;
        SAME(dsmr_unit_parse(text_of(texts[i]), &unit, &exponent), DSMR_ERR_UNIT);
    }
}

static void every_name_is_static_text(void)
{
    SAME_TEXT(dsmr_unit_name(DSMR_UNIT_NONE), 0, "");
    SAME_TEXT(dsmr_unit_name(DSMR_UNIT_COUNT), 0, "");
    SAME_TEXT(dsmr_unit_name((enum dsmr_unit)1000), 0, "");
}

/* "1581.120 kWh", or the failure in words. */
static const char *quantity(const char *text)
{
    static char words[64];
    char printed[DSMR_NUMBER_SIZE];
    struct dsmr_number number;
    enum dsmr_unit unit;
    enum dsmr_status status = dsmr_quantity_parse(text_of(text), &number, &unit);
    if (status != DSMR_OK)
        return dsmr_strerror(status);
    dsmr_number_print(number, printed);
    snprintf(words, sizeof words, "%s %s", printed, dsmr_unit_name(unit));
    return words;
}

#define QUANTITY(text, want) SAME_TEXT(quantity(text), strlen(quantity(text)), want)

static void a_value_is_number_and_unit(void)
{
    QUANTITY("001581.120*kWh", "1581.120 kWh");
    QUANTITY("00981.443*m3", "981.443 m3");
    QUANTITY("0000237126*s", "237126 s");
    QUANTITY("-1.000", "-1.000 ");
    QUANTITY("999*A", "999 A");
}

static void a_value_is_brought_to_the_unit_of_the_catalogue(void)
{
    QUANTITY("000123*W", "0.123 kW");
    QUANTITY("123456789*Wh", "123456.789 kWh");
    QUANTITY("475*mA", "0.475 A");
    QUANTITY("1234567*dm3", "1234.567 m3");
    QUANTITY("948333*MJ", "948.333 GJ");
    QUANTITY("41.160*kV", "41160 V");
    QUANTITY("1.2345*MWh", "1234.5 kWh");
}

static void the_asterisk_may_be_missing(void)
{
    QUANTITY("4.251kW", "4.251 kW");
    QUANTITY("000000.034kWh", "0.034 kWh");
    QUANTITY("4.251 kW", "4.251 kW");
}

static void blanks_around_the_asterisk_are_allowed(void)
{
    QUANTITY("0000000240* s", "240 s");
    QUANTITY("0000000240 *s", "240 s");
    QUANTITY(" 240 * s ", "240 s");
}

static void an_asterisk_without_a_unit_is_no_unit(void)
{
    QUANTITY("00000.000*", "0.000 ");
}

static void bad_values_are_refused(void)
{
    QUANTITY("", "not a number");
    QUANTITY("*m3", "not a number");
    QUANTITY("kWh", "not a number");
    QUANTITY("00.A23*kW", "not a number");
    QUANTITY("1.2.3*kW", "not a number");
    QUANTITY("001.0*kW*h", "wrong unit");
    QUANTITY("001.0*xyz", "wrong unit");
    QUANTITY("1234567890123456789*kWh", "out of range");
    QUANTITY("999999999999999999*MWh", "out of range");
    QUANTITY("1-2*kW", "not a number");
}

/* Fillers of times, which end in a letter that is also a unit. */
static void a_time_is_no_quantity(void)
{
    QUANTITY("632525252525W", "not a number");
    QUANTITY("632525252525S", "not a number");
    QUANTITY("35255255255255255S", "not a number");
    QUANTITY("161113205757w", "not a number");
    QUANTITY("123456789012*W", "123456789.012 kW");
    QUANTITY("00000001.120kWh", "1.120 kWh");
}

static const char *decoded(const char *text, size_t room)
{
    static char out[64];
    size_t length;
    memset(out, 0, sizeof out);
    enum dsmr_status status = dsmr_hex_decode(text_of(text), out, room, &length);
    return status == DSMR_OK ? out : dsmr_strerror(status);
}

#define DECODES(text, room, want) SAME_TEXT(decoded(text, room), strlen(decoded(text, room)), want)

static void hexadecimal_digits_become_text(void)
{
    DECODES("4B384547303034303436333935353037", 32, "K8EG004046395507");
    DECODES("7e20", 32, "~ ");
    DECODES("", 32, "");
    DECODES("4142\r\n4344", 32, "ABCD");
    DECODES("4\r\n1", 32, "A");
}

static void plain_text_is_told_from_hexadecimal(void)
{
    DECODES("96815390", 32, "not text in hexadecimal digits");
    DECODES("414", 32, "not text in hexadecimal digits");
    DECODES("41G2", 32, "not text in hexadecimal digits");
    DECODES("1F41", 32, "not text in hexadecimal digits");
    DECODES("7F41", 32, "not text in hexadecimal digits");
    DECODES("41 42", 32, "not text in hexadecimal digits");
    DECODES("xxxxxxxx", 32, "not text in hexadecimal digits");
}

static void decoding_stays_within_the_callers_buffer(void)
{
    DECODES("41424344", 4, "ABCD");
    DECODES("41424344", 3, "buffer too small");
    DECODES("41", 0, "buffer too small");
    DECODES("", 0, "");
}

int main(void)
{
    RUN(every_unit_is_read_by_its_own_name);
    RUN(prefixes_become_powers_of_ten);
    RUN(letters_may_be_of_either_case);
    RUN(cubic_metres_have_three_spellings);
    RUN(nothing_is_no_unit);
    RUN(other_texts_are_no_units);
    RUN(every_name_is_static_text);
    RUN(a_value_is_number_and_unit);
    RUN(a_value_is_brought_to_the_unit_of_the_catalogue);
    RUN(the_asterisk_may_be_missing);
    RUN(blanks_around_the_asterisk_are_allowed);
    RUN(an_asterisk_without_a_unit_is_no_unit);
    RUN(bad_values_are_refused);
    RUN(a_time_is_no_quantity);
    RUN(hexadecimal_digits_become_text);
    RUN(plain_text_is_told_from_hexadecimal);
    RUN(decoding_stays_within_the_callers_buffer);
    return tap_end();
}
