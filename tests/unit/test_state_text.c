/* SPDX-License-Identifier: MIT */
/* What is written into an openHAB item: every item type with every type of reading. */
#include "sink/state_text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct dsmr_reading number(const char *digits, enum dsmr_unit unit)
{
    struct dsmr_reading reading = {.type = DSMR_TYPE_NUMBER, .unit = unit};
    reading.text = (struct dsmr_text){digits, strlen(digits)};
    assert_int_equal(dsmr_number_parse(reading.text, &reading.number), DSMR_OK);
    return reading;
}

static struct dsmr_reading text(const char *bytes)
{
    return (struct dsmr_reading){.type = DSMR_TYPE_TEXT, .text = {bytes, strlen(bytes)}};
}

static struct dsmr_reading moment(const char *digits)
{
    struct dsmr_reading reading = {.type = DSMR_TYPE_TIME};
    reading.text = (struct dsmr_text){digits, strlen(digits)};
    assert_int_equal(dsmr_time_parse(reading.text, dsmr_zone_default, &reading.time), DSMR_OK);
    return reading;
}

/* The state of an item of that type; wanted is NULL where there is none, for that reason. */
static void check(enum item_type type, const char *dimension, struct dsmr_reading reading,
                  const char *wanted, enum state_result reason)
{
    static char untouched[] = "untouched";
    char name[] = "P1";
    char *owned = dimension != NULL ? strdup(dimension) : NULL;
    struct bound_item item = {.name = name, .type = type, .dimension = owned, .file = name};
    struct buffer out = {0};
    buffer_add_text(&out, untouched);
    assert_int_equal(state_text_write(&out, &item, &reading), reason);
    assert_string_equal(out.at, wanted != NULL ? wanted : untouched);
    assert_int_equal(out.size, strlen(out.at));
    buffer_free(&out);
    free(owned);
}

static void test_plain_number(void **state)
{
    (void)state;
    const enum state_result ok = STATE_WRITTEN;
    check(ITEM_NUMBER, NULL, number("001581.123", DSMR_UNIT_KWH), "1581.123", ok);
    check(ITEM_NUMBER, NULL, number("001581.120", DSMR_UNIT_KWH), "1581.120", ok);
    check(ITEM_NUMBER, NULL, number("123456.789", DSMR_UNIT_KWH), "123456.789", ok);
    check(ITEM_NUMBER, NULL, number("00.000", DSMR_UNIT_KW), "0.000", ok);
    check(ITEM_NUMBER, NULL, number("-0.5", DSMR_UNIT_KW), "-0.5", ok);
    check(ITEM_NUMBER, NULL, number("00004", DSMR_UNIT_NONE), "4", ok);
    check(ITEM_NUMBER, NULL, number("2317482647", DSMR_UNIT_S), "2317482647", ok);
}

static void test_quantity(void **state)
{
    (void)state;
    const enum state_result ok = STATE_WRITTEN;
    check(ITEM_NUMBER, "Energy", number("001581.123", DSMR_UNIT_KWH), "1581.123 kWh", ok);
    check(ITEM_NUMBER, "Energy", number("12.345", DSMR_UNIT_GJ), "12.345 GJ", ok);
    check(ITEM_NUMBER, "Energy", number("1.2", DSMR_UNIT_KVARH), "1.2 kvarh", ok);
    check(ITEM_NUMBER, "Power", number("01.193", DSMR_UNIT_KW), "1.193 kW", ok);
    check(ITEM_NUMBER, "Volume", number("00981.443", DSMR_UNIT_M3), "981.443 m³", ok);
    check(ITEM_NUMBER, "ElectricCurrent", number("002", DSMR_UNIT_A), "2 A", ok);
    check(ITEM_NUMBER, "ElectricPotential", number("230.1", DSMR_UNIT_V), "230.1 V", ok);
    check(ITEM_NUMBER, "Time", number("0000000240", DSMR_UNIT_S), "240 s", ok);
    check(ITEM_NUMBER, "Time", number("60", DSMR_UNIT_MIN), "60 min", ok);
    check(ITEM_NUMBER, "Frequency", number("50.01", DSMR_UNIT_HZ), "50.01 Hz", ok);
}

static void test_number_without_dimension_or_unit_is_plain(void **state)
{
    (void)state;
    const enum state_result ok = STATE_WRITTEN;
    check(ITEM_NUMBER, "Dimensionless", number("00004", DSMR_UNIT_NONE), "4", ok);
    check(ITEM_NUMBER, "Dimensionless", number("4", DSMR_UNIT_KW), "4", ok);
    check(ITEM_NUMBER, "Energy", number("000012.5", DSMR_UNIT_NONE), "12.5", ok);
}

static void test_other_dimension_gets_nothing(void **state)
{
    (void)state;
    check(ITEM_NUMBER, "Power", number("16", DSMR_UNIT_A), NULL, STATE_WRONG_UNIT);
    check(ITEM_NUMBER, "Energy", number("1.1", DSMR_UNIT_M3), NULL, STATE_WRONG_UNIT);
    check(ITEM_NUMBER, "Length", number("1.1", DSMR_UNIT_M3), NULL, STATE_WRONG_UNIT);
}

static void test_text_in_a_number(void **state)
{
    (void)state;
    check(ITEM_NUMBER, NULL, text("0002"), "2", STATE_WRITTEN);
    check(ITEM_NUMBER, NULL, text("003"), "3", STATE_WRITTEN);
    check(ITEM_NUMBER, NULL, text("0000"), "0", STATE_WRITTEN);
    check(ITEM_NUMBER, "Dimensionless", text("003"), "3", STATE_WRITTEN);
    check(ITEM_NUMBER, NULL, text("TARIFF 1"), NULL, STATE_NO_NUMBER);
    check(ITEM_NUMBER, NULL, text("4B414C37"), NULL, STATE_NO_NUMBER);
    check(ITEM_NUMBER, NULL, text("1E3"), NULL, STATE_NO_NUMBER);
    check(ITEM_NUMBER, NULL, text("NaN"), NULL, STATE_NO_NUMBER);
    check(ITEM_NUMBER, NULL, text("3132333435363738393031323334353637"), NULL, STATE_NO_NUMBER);
}

static void test_time(void **state)
{
    (void)state;
    check(ITEM_DATETIME, NULL, moment("161113205757W"), "2016-11-13T20:57:57+01:00", STATE_WRITTEN);
    check(ITEM_DATETIME, NULL, moment("161030023000S"), "2016-10-30T02:30:00+02:00", STATE_WRITTEN);
    check(ITEM_DATETIME, NULL, moment("161030023000W"), "2016-10-30T02:30:00+01:00", STATE_WRITTEN);
    check(ITEM_STRING, NULL, moment("161113205757W"), "2016-11-13T20:57:57+01:00", STATE_WRITTEN);
    check(ITEM_NUMBER, NULL, moment("161113205757W"), NULL, STATE_WRONG_TYPE);
    check(ITEM_NUMBER, "Time", moment("161113205757W"), NULL, STATE_WRONG_TYPE);
}

static void test_time_item_takes_nothing_else(void **state)
{
    (void)state;
    struct dsmr_reading gas = number("981.443", DSMR_UNIT_M3);
    gas.has_time = true;
    gas.time = moment("161113200000W").time;
    check(ITEM_DATETIME, NULL, gas, NULL, STATE_WRONG_TYPE);
    check(ITEM_DATETIME, NULL, text("161113205757W"), NULL, STATE_WRONG_TYPE);
}

static void test_string(void **state)
{
    (void)state;
    check(ITEM_STRING, NULL, text("4B414C37303035"), "4B414C37303035", STATE_WRITTEN);
    check(ITEM_STRING, NULL, text("0002"), "0002", STATE_WRITTEN);
    check(ITEM_STRING, NULL, text("first\r\nsecond\n"), "firstsecond", STATE_WRITTEN);
    check(ITEM_STRING, NULL, text("\r\n"), "", STATE_WRITTEN);
    check(ITEM_STRING, NULL, text("G\xE9n\xE9rateur \xFF\x80"), "Générateur ÿ\xC2\x80",
          STATE_WRITTEN);
    check(ITEM_STRING, NULL, number("001581.120", DSMR_UNIT_KWH), "1581.120", STATE_WRITTEN);
    check(ITEM_STRING, NULL, number("00981.443", DSMR_UNIT_M3), "981.443", STATE_WRITTEN);
}

static void test_long_text(void **state)
{
    (void)state;
    static char message[2049];
    memset(message, '3', sizeof message - 1);
    check(ITEM_STRING, NULL, text(message), message, STATE_WRITTEN);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_plain_number),
        cmocka_unit_test(test_quantity),
        cmocka_unit_test(test_number_without_dimension_or_unit_is_plain),
        cmocka_unit_test(test_other_dimension_gets_nothing),
        cmocka_unit_test(test_text_in_a_number),
        cmocka_unit_test(test_time),
        cmocka_unit_test(test_time_item_takes_nothing_else),
        cmocka_unit_test(test_string),
        cmocka_unit_test(test_long_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
