/* SPDX-License-Identifier: MIT */
/* openHAB's list of items: as it sends it, and as nobody should. */
#include "config/items_json.h"

#include "core/memory.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* GET /rest/items?recursive=false&metadata=dsmr&fields=name,type,metadata */
static const char house[] =
    "[{\"type\":\"Number\",\"name\":\"P1_Power\","
    "\"metadata\":{\"dsmr\":{\"value\":\"eActualDelivery\",\"editable\":false}}},"
    "{\"type\":\"Switch\",\"name\":\"Lamp\"},"
    "{\"metadata\":{\"dsmr\":{\"value\":\"eDeliveryTariff1\",\"config\":{},\"editable\":true}},"
    "\"type\":\"Number:Energy\",\"name\":\"P1_Low\"},"
    "{\"type\":\"Group\",\"name\":\"gP1\"},"
    "{\"type\":\"DateTime\",\"name\":\"Garage_Time\","
    "\"metadata\":{\"dsmr\":{\"value\":\" garage : P1Timestamp \"}}},"
    "{\"type\":\"String\",\"name\":\"A_Version\","
    "\"metadata\":{\"unit\":{\"value\":\"kWh\"},\"dsmr\":{\"value\":\"main:P1VersionOutput\"}}}]";

/* The same without fields=…, as an openHAB that does not know the parameter. */
static const char all_fields[] =
    "[{\"link\":\"http://openhab:8080/rest/items/"
    "P1_Power\",\"state\":\"0.512\",\"stateDescription\":"
    "{\"step\":1,\"pattern\":\"%.3f kW\",\"readOnly\":false,\"options\":[]},\"metadata\":{\"dsmr\":"
    "{\"value\":\"eActualDelivery\"}},\"editable\":false,\"type\":\"Number\",\"name\":\"P1_Power\","
    "\"label\":\"Verbruik "
    "\xC3\xA9\\u0000\",\"category\":\"energy\",\"tags\":[],\"groupNames\":[\"gP1\"]},"
    "{\"members\":[],\"groupType\":\"Number:Energy\",\"function\":{\"name\":\"SUM\"},\"link\":"
    "\"x\","
    "\"state\":\"NULL\",\"type\":\"Group\",\"name\":\"gSum\",\"tags\":[],\"groupNames\":[]}]";

struct fixture {
    struct bound_items items;
    struct complaints complaints;
    char *reason;
};

static bool read_text(struct fixture *f, const char *text)
{
    memset(f, 0, sizeof *f);
    return items_read_json(&f->items, text, strlen(text), &f->complaints, &f->reason);
}

static void tear_down(struct fixture *f)
{
    items_free(&f->items);
    complaints_free(&f->complaints);
    free(f->reason);
}

static void assert_item(const struct fixture *f, size_t place, const char *name,
                        enum item_type type, const char *dimension, const char *meter,
                        const char *reading)
{
    const struct bound_item *item = &f->items.at[place];
    assert_true(place < f->items.count);
    assert_string_equal(item->name, name);
    assert_int_equal(item->type, type);
    assert_string_equal(item->dimension != NULL ? item->dimension : "", dimension);
    assert_string_equal(item_meter(item), meter);
    assert_string_equal(dsmr_item_id(item->reading), reading);
    assert_string_equal(item->file, "openHAB");
    assert_int_equal(item->line, 0);
}

static void test_bound_items_are_taken_in_the_order_of_their_names(void **state)
{
    (void)state;
    struct fixture f;
    assert_true(read_text(&f, house));
    assert_int_equal(f.complaints.count, 0);
    assert_int_equal(f.items.count, 4);
    assert_item(&f, 0, "A_Version", ITEM_STRING, "", "main", "P1VersionOutput");
    assert_item(&f, 1, "Garage_Time", ITEM_DATETIME, "", "garage", "P1Timestamp");
    assert_item(&f, 2, "P1_Low", ITEM_NUMBER, "Energy", "main", "eDeliveryTariff1");
    assert_item(&f, 3, "P1_Power", ITEM_NUMBER, "", "main", "eActualDelivery");
    tear_down(&f);
}

static void test_the_greatest_of_an_interval(void **state)
{
    static const char list[] =
        "[{\"type\":\"Number\",\"name\":\"A\",\"metadata\":{\"dsmr\":{\"value\":"
        "\"garage:eActualDelivery:greatest\"}}},{\"type\":\"Number\",\"name\":\"B\",\"metadata\":"
        "{\"dsmr\":{\"value\":\"eActualDelivery:least\"}}}]";
    (void)state;
    struct fixture f, other;
    assert_true(read_text(&f, list));
    assert_int_equal(f.complaints.count, 0);
    assert_int_equal(f.items.count, 2);
    assert_item(&f, 0, "A", ITEM_NUMBER, "", "garage", "eActualDelivery");
    assert_int_equal(f.items.at[0].part, PACE_GREATEST);
    assert_item(&f, 1, "B", ITEM_NUMBER, "", "main", "eActualDelivery");
    assert_int_equal(f.items.at[1].part, PACE_LEAST);
    assert_true(read_text(&other, house));
    assert_int_equal(other.items.at[3].part, PACE_MEAN);
    assert_true(items_are_alike(&f.items.at[1], &f.items.at[1]));
    assert_false(items_are_alike(&f.items.at[1], &other.items.at[3])); /* P1_Power, of the mean */
    tear_down(&f);
    tear_down(&other);
}

static void test_more_fields_than_were_asked_for_do_no_harm(void **state)
{
    (void)state;
    struct fixture f;
    assert_true(read_text(&f, all_fields));
    assert_int_equal(f.complaints.count, 0);
    assert_int_equal(f.items.count, 1);
    assert_item(&f, 0, "P1_Power", ITEM_NUMBER, "", "main", "eActualDelivery");
    tear_down(&f);
}

static void test_an_openhab_without_items_is_one_all_the_same(void **state)
{
    (void)state;
    struct fixture f;
    assert_true(read_text(&f, "[]"));
    assert_int_equal(f.items.count, 0);
    assert_null(f.reason);
    tear_down(&f);
}

static void assert_no_list(const char *text, const char *reason)
{
    struct fixture f;
    assert_false(read_text(&f, text));
    assert_non_null(f.reason);
    assert_non_null(strstr(f.reason, reason));
    tear_down(&f);
}

static void test_what_is_no_list_is_refused(void **state)
{
    (void)state;
    assert_no_list("", "no JSON: ");
    assert_no_list("<html><body>It works!</body></html>", "no JSON: ");
    assert_no_list("[{\"type\":\"Number\",\"name\":\"P1_Pow", "no JSON: ");
    assert_no_list("[{\"name\":\"P1\xFF\"}]", "no JSON: ");
    assert_no_list("{\"error\":{\"message\":\"no\"}}", "JSON, but no list of items");
    assert_no_list("[1,\"a\",null,[],{},{\"name\":7},{\"name\":\"\"}]",
                   "JSON, but no list of items");
    char *deep = memory_new(100001, 1);
    memset(deep, '[', 100000);
    assert_no_list(deep, "no JSON: ");
    free(deep);
}

static void assert_mistake(const char *facts, const char *text)
{
    struct fixture f;
    char *json = memory_print("[{\"name\":\"Good\",\"type\":\"Number\",\"metadata\":{\"dsmr\":"
                              "{\"value\":\"eActualDelivery\"}}},{%s}]",
                              facts);
    assert_true(read_text(&f, json));
    assert_int_equal(f.items.count, 1);
    assert_int_equal(f.complaints.mistakes, 1);
    assert_string_equal(f.complaints.at[0].file, "openHAB");
    assert_int_equal(f.complaints.at[0].line, 0);
    assert_string_equal(f.complaints.at[0].text, text);
    tear_down(&f);
    free(json);
}

static void test_mistakes_are_told_in_the_words_for_files(void **state)
{
    (void)state;
    assert_mistake(
        "\"name\":\"A\",\"type\":\"Number\",\"metadata\":{\"dsmr\":{\"value\":\"eActualDelivry\"}}",
        "item 'A': id 'eActualDelivry' is unknown; did you mean 'eActualDelivery'?");
    assert_mistake("\"name\":\"A\",\"type\":\"Number\",\"metadata\":{\"dsmr\":{\"value\":\"\"}}",
                   "item 'A': dsmr=\"\" names no id; allowed: an id such as eActualDelivery");
    assert_mistake("\"name\":\"A\",\"type\":\"Number\",\"metadata\":{\"dsmr\":{}}",
                   "item 'A': dsmr=\"\" names no id; allowed: an id such as eActualDelivery");
    assert_mistake("\"name\":\"A\",\"type\":\"Number\",\"metadata\":{\"dsmr\":null}",
                   "item 'A': dsmr=\"\" names no id; allowed: an id such as eActualDelivery");
    assert_mistake("\"name\":\"A\",\"type\":\"Group\",\"groupType\":\"Number:Energy\",\"metadata\":"
                   "{\"dsmr\":{\"value\":\"eDeliveryTariff1\"}}",
                   "item 'A': type 'Group' cannot be bound; allowed: Number, String, DateTime");
    assert_mistake(
        "\"name\":\"A\",\"type\":\"String:Energy\",\"metadata\":{\"dsmr\":{\"value\":\"gValue\"}}",
        "item 'A': type 'String:Energy' cannot be bound; allowed: Number, String, DateTime");
    assert_mistake("\"name\":\"A\",\"metadata\":{\"dsmr\":{\"value\":\"gValue\"}}",
                   "item 'A': type '' cannot be bound; allowed: Number, String, DateTime");
    assert_mistake(
        "\"name\":\"A/../B\",\"type\":\"Number\",\"metadata\":{\"dsmr\":{\"value\":\"gValue\"}}",
        "item 'A/../B': openHAB does not take this name; allowed: letters, digits and _");
    assert_mistake("\"name\":\"A\",\"type\":\"Number:Volume\",\"metadata\":{\"dsmr\":"
                   "{\"value\":\"eActualDelivery\"}}",
                   "item 'A': type 'Number:Volume' cannot hold 'eActualDelivery', which is in kW; "
                   "allowed: Number, Number:Power");
}

static void test_of_two_items_of_one_name_one_is_left(void **state)
{
    (void)state;
    struct fixture f;
    assert_true(
        read_text(&f, "[{\"name\":\"A\",\"type\":\"Number\",\"metadata\":{\"dsmr\":{\"value\":"
                      "\"gValue\"}}},{\"name\":\"A\",\"type\":\"Number\",\"metadata\":{\"dsmr\":"
                      "{\"value\":\"gValue\"}}}]"));
    assert_int_equal(f.items.count, 1);
    tear_down(&f);
}

/* count items that are bound to that. */
static char *print_many(size_t count, const char *reading)
{
    static const char form[] = "%s{\"name\":\"I%zu\",\"type\":\"Number\",\"metadata\":{\"dsmr\":"
                               "{\"value\":\"%s\"}}}";
    size_t room = count * (sizeof form + 32 + strlen(reading)) + 3, size = 1;
    char *text = memory_new(room, 1);
    text[0] = '[';
    for (size_t i = 0; i < count; i++)
        size += (size_t)snprintf(text + size, room - size, form, i > 0 ? "," : "", i, reading);
    text[size] = ']';
    return text;
}

static void test_a_flood_of_items_or_mistakes_has_an_end(void **state)
{
    (void)state;
    struct fixture f;
    char *good = print_many(20000, "eActualDelivery");
    assert_true(read_text(&f, good));
    assert_int_equal(f.items.count, ITEMS_MAX);
    assert_int_equal(f.complaints.count, 1);
    tear_down(&f);
    free(good);
    char *bad = print_many(20000, "eActualDelivry");
    assert_true(read_text(&f, bad));
    assert_int_equal(f.items.count, 0);
    assert_int_equal(f.complaints.count, 101);
    assert_string_equal(f.complaints.at[100].text,
                        "too many items or mistakes: the rest was not read");
    tear_down(&f);
    free(bad);
}

static void test_alike(void **state)
{
    (void)state;
    char energy[] = "Energy", power[] = "Power", main_name[] = "main", garage[] = "garage";
    struct bound_item a = {.type = ITEM_NUMBER, .reading = 3, .dimension = energy};
    struct bound_item b = a;
    assert_true(items_are_alike(&a, &b));
    b.meter = main_name;
    assert_true(items_are_alike(&a, &b));
    b.meter = garage;
    assert_false(items_are_alike(&a, &b));
    b = a;
    b.dimension = power;
    assert_false(items_are_alike(&a, &b));
    b.dimension = NULL;
    assert_false(items_are_alike(&a, &b));
    b = a;
    b.reading = 4;
    assert_false(items_are_alike(&a, &b));
    b = a;
    b.type = ITEM_STRING;
    assert_false(items_are_alike(&a, &b));
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bound_items_are_taken_in_the_order_of_their_names),
        cmocka_unit_test(test_the_greatest_of_an_interval),
        cmocka_unit_test(test_more_fields_than_were_asked_for_do_no_harm),
        cmocka_unit_test(test_an_openhab_without_items_is_one_all_the_same),
        cmocka_unit_test(test_what_is_no_list_is_refused),
        cmocka_unit_test(test_mistakes_are_told_in_the_words_for_files),
        cmocka_unit_test(test_of_two_items_of_one_name_one_is_left),
        cmocka_unit_test(test_a_flood_of_items_or_mistakes_has_an_end),
        cmocka_unit_test(test_alike),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
