/* SPDX-License-Identifier: MIT */
/* The store keeps the newest value of each item, longer than its telegram lives. */
#include "bus/store.h"

#include "taken.h"

static void setup(struct taken **taken, struct store **store)
{
    *taken = calloc(1, sizeof **taken);
    assert_non_null(*taken);
    *store = store_new();
}

static const struct stored_value *get(const struct store *store, const char *id)
{
    return store_get(store, item_of(id));
}

/* Nothing of a telegram may be needed once it was taken. */
static void forget_telegram(struct taken *taken)
{
    memset(taken->text, '?', sizeof taken->text);
    memset(taken->buffer, '?', sizeof taken->buffer);
}

static void assert_number(const struct stored_value *value, const char *expected)
{
    char printed[DSMR_NUMBER_SIZE];
    assert_non_null(value);
    assert_int_equal(value->type, DSMR_TYPE_NUMBER);
    dsmr_number_print(value->number, printed);
    assert_string_equal(printed, expected);
}

static void test_an_empty_store_has_nothing(void **state)
{
    (void)state;
    struct store *store = store_new();
    for (size_t item = 0; item < dsmr_item_count(); item++)
        assert_null(store_get(store, (dsmr_item)item));
    assert_null(store_get(store, DSMR_ITEM_NONE));
    store_free(store);
    store_free(NULL);
}

static void test_values_of_every_type_outlive_their_telegram(void **state)
{
    (void)state;
    struct taken *taken;
    struct store *store;
    setup(&taken, &store);
    store_update(store, take_lines(taken, "KFM5KAIFA-METER",
                                   "0-0:1.0.0(161113205757W)\r\n0-0:96.1.1(4B3847)\r\n"
                                   "1-0:1.8.1(001581.120*kWh)\r\n0-1:24.1.0(003)\r\n"
                                   "0-1:24.2.1(161113200000W)(00981.443*m3)\r\n"));
    forget_telegram(taken);
    assert_number(get(store, "eDeliveryTariff1"), "1581.120");
    assert_int_equal(get(store, "eDeliveryTariff1")->unit, DSMR_UNIT_KWH);
    assert_int_equal(get(store, "eDeliveryTariff1")->channel, 0);
    assert_string_equal(get(store, "eEquipmentId")->text, "4B3847");
    assert_int_equal(get(store, "eEquipmentId")->text_size, 6);
    assert_int_equal(get(store, "P1Timestamp")->type, DSMR_TYPE_TIME);
    assert_int_equal(get(store, "P1Timestamp")->time.unix_s, 1479067077);
    assert_number(get(store, "gValue"), "981.443");
    assert_true(get(store, "gValue")->has_time);
    assert_int_equal(get(store, "gValue")->time.hour, 20);
    assert_int_equal(get(store, "gValue")->channel, 1);
    assert_null(get(store, "eDeliveryTariff2"));
    store_free(store);
    taken_free(taken);
}

static void test_the_newest_value_counts_and_others_stay(void **state)
{
    (void)state;
    struct taken *taken;
    struct store *store;
    setup(&taken, &store);
    store_update(store,
                 take_lines(taken, "KFM5", "1-0:1.8.1(000001*kWh)\r\n1-0:1.8.2(000002*kWh)\r\n"));
    store_update(store, take_lines(taken, "KFM5", "1-0:1.8.1(000003*kWh)\r\n"));
    assert_number(get(store, "eDeliveryTariff1"), "3");
    assert_number(get(store, "eDeliveryTariff2"), "2");
    store_free(store);
    taken_free(taken);
}

static void test_superseded_readings_do_not_count(void **state)
{
    (void)state;
    struct taken *taken;
    struct store *store;
    setup(&taken, &store);
    /* Both are eActualDelivery: 1.7.0 goes before 15.7.0, whatever stands last. */
    store_update(store,
                 take_lines(taken, "ACE5", "1-0:1.7.0(0001.23*kW)\r\n1-0:15.7.0(0009999*W)\r\n"));
    assert_int_equal(taken->decoded.count, 2);
    assert_number(get(store, "eActualDelivery"), "1.23");
    store_free(store);
    taken_free(taken);
}

static void test_texts_grow_and_shrink(void **state)
{
    (void)state;
    static const size_t sizes[] = {2, 2048, 0, 40, 4000, 2};
    struct taken *taken;
    struct store *store;
    char lines[5000];
    setup(&taken, &store);
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        char text[4001];
        memset(text, '4', sizeof text);
        text[sizes[i]] = '\0';
        snprintf(lines, sizeof lines, "0-0:96.13.0(%s)\r\n", text);
        store_update(store, take_lines(taken, "KFM5", lines));
        forget_telegram(taken);
        const struct stored_value *value = get(store, "eTextMessage");
        if (sizes[i] == 0) /* an empty value is no value: what was there stays */
            continue;
        assert_int_equal(value->text_size, sizes[i]);
        assert_string_equal(value->text, text);
    }
    store_free(store);
    taken_free(taken);
}

static void test_an_item_that_does_not_exist_is_passed_over(void **state)
{
    (void)state;
    struct dsmr_reading reading = {.item = DSMR_ITEM_NONE, .type = DSMR_TYPE_TEXT};
    struct readings readings = {.at = &reading, .count = 1};
    struct store *store = store_new();
    store_update(store, &readings);
    reading.item = (dsmr_item)dsmr_item_count();
    store_update(store, &readings);
    assert_null(store_get(store, reading.item));
    store_free(store);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_an_empty_store_has_nothing),
        cmocka_unit_test(test_values_of_every_type_outlive_their_telegram),
        cmocka_unit_test(test_the_newest_value_counts_and_others_stay),
        cmocka_unit_test(test_superseded_readings_do_not_count),
        cmocka_unit_test(test_texts_grow_and_shrink),
        cmocka_unit_test(test_an_item_that_does_not_exist_is_passed_over),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
