/* SPDX-License-Identifier: MIT */
/* Names, ids in words and enumerations, of every item of the catalogue. */
#include "sink/item_words.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

enum { NAME_CHARACTERS = 64 };

static const struct dsmr_item_info *item(size_t index)
{
    return dsmr_item_info((dsmr_item)index);
}

static bool same(struct dsmr_text a, struct dsmr_text b)
{
    return a.size == b.size && memcmp(a.at, b.at, a.size) == 0;
}

/* People choose by the name: within a kind of meter no two may be the same. */
static void test_names_are_short_and_tell_the_items_of_a_kind_apart(void **state)
{
    (void)state;
    for (size_t i = 0; i < dsmr_item_count(); i++) {
        assert_in_range(item_name(item(i)->description).size, 3, NAME_CHARACTERS);
        assert_in_range(item_name(item(i)->beschrijving).size, 3, NAME_CHARACTERS);
        for (size_t j = 0; j < i; j++) {
            if (item(i)->kind != item(j)->kind)
                continue;
            bool twins = same(item_name(item(i)->description), item_name(item(j)->description)) ||
                         same(item_name(item(i)->beschrijving), item_name(item(j)->beschrijving));
            if (twins)
                fail_msg("%s and %s have one name", item(i)->id, item(j)->id);
        }
    }
}

static void check_name(const char *description, const char *expected)
{
    struct dsmr_text name = item_name(description);
    assert_int_equal(name.size, strlen(expected));
    assert_memory_equal(name.at, expected, name.size);
}

static void test_remarks_are_no_part_of_a_name(void **state)
{
    (void)state;
    check_name("Tariff in force", "Tariff in force");
    check_name("Energy taken from the grid, tariff 1 (low in the Netherlands)",
               "Energy taken from the grid, tariff 1");
    check_name("Position of the main switch: 0 off, 1 on", "Position of the main switch");
    check_name("Threshold of the limiter, in A up to 3.0 (kW)", "Threshold of the limiter");
}

static void test_ids_in_words(void **state)
{
    char words[ITEM_ID_MAX];
    char others[ITEM_ID_MAX];
    (void)state;
    item_id_in_words("eInstantPowerDeliveryL1", '_', words, sizeof words);
    assert_string_equal(words, "e_instant_power_delivery_l1");
    item_id_in_words("gValueTS", '-', words, sizeof words);
    assert_string_equal(words, "g-value-ts");
    item_id_in_words("P1Timestamp", '-', words, sizeof words);
    assert_string_equal(words, "p1-timestamp");
    item_id_in_words("eDatePowerFailure10", '-', words, 8);
    assert_string_equal(words, "e-date");
    for (size_t i = 0; i < dsmr_item_count(); i++) {
        assert_true(strlen(item(i)->id) < ITEM_ID_MAX / 2);
        item_id_in_words(item(i)->id, '-', words, sizeof words);
        assert_int_equal(strspn(words, "abcdefghijklmnopqrstuvwxyz0123456789-"), strlen(words));
        for (size_t j = 0; j < i; j++) {
            item_id_in_words(item(j)->id, '-', others, sizeof others);
            assert_string_not_equal(words, others);
        }
    }
}

static struct dsmr_reading text_reading(const char *text)
{
    return (struct dsmr_reading){.type = DSMR_TYPE_TEXT, .text = {text, strlen(text)}};
}

static const struct enumeration *enumeration_by_id(const char *id)
{
    return enumeration_of(dsmr_item_info(dsmr_item_find((struct dsmr_text){id, strlen(id)})));
}

static void test_what_values_mean(void **state)
{
    const struct enumeration *tariff = enumeration_by_id("eTariffIndicator");
    const struct enumeration *valve = enumeration_by_id("gValvePosition");
    const struct enumeration *type = enumeration_by_id("wDeviceType");
    struct dsmr_reading reading = text_reading("0002");
    (void)state;
    assert_string_equal(enumeration_meaning(tariff, &reading), "2");
    reading = text_reading("01");
    assert_string_equal(enumeration_meaning(tariff, &reading), "1");
    reading = text_reading("TARIFF 1");
    assert_null(enumeration_meaning(tariff, &reading));
    reading = text_reading("007");
    assert_string_equal(enumeration_meaning(type, &reading), "water");
    reading = (struct dsmr_reading){.type = DSMR_TYPE_NUMBER, .number = {1, 0}};
    assert_string_equal(enumeration_meaning(valve, &reading), "open");
    reading.number = (struct dsmr_number){1, 1};
    assert_null(enumeration_meaning(valve, &reading));
    reading.number = (struct dsmr_number){9, 0};
    assert_null(enumeration_meaning(valve, &reading));
    assert_null(enumeration_by_id("eActualDelivery"));
}

/* An enum without options is nothing that Home Assistant can check. */
static void test_every_enum_of_the_catalogue_has_its_words(void **state)
{
    (void)state;
    for (size_t i = 0; i < dsmr_item_count(); i++) {
        const struct enumeration *enumeration = enumeration_of(item(i));
        assert_int_equal(enumeration != NULL, strcmp(item(i)->device_class, "enum") == 0);
        assert_true(!enumeration || enumeration_word(enumeration, 1) != NULL);
        assert_true(!enumeration || enumeration_word(enumeration, 1000) == NULL);
    }
}

static void test_every_kind_has_a_title(void **state)
{
    (void)state;
    for (int kind = 0; kind < DSMR_KIND_COUNT; kind++) {
        assert_non_null(kind_title((enum dsmr_kind)kind, LANGUAGE_ENGLISH));
        assert_non_null(kind_title((enum dsmr_kind)kind, LANGUAGE_DUTCH));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names_are_short_and_tell_the_items_of_a_kind_apart),
        cmocka_unit_test(test_remarks_are_no_part_of_a_name),
        cmocka_unit_test(test_ids_in_words),
        cmocka_unit_test(test_what_values_mean),
        cmocka_unit_test(test_every_enum_of_the_catalogue_has_its_words),
        cmocka_unit_test(test_every_kind_has_a_title),
    };
    return cmocka_run_group_tests_name("item words", tests, NULL, NULL);
}
