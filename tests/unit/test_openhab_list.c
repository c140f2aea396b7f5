/* SPDX-License-Identifier: MIT */
/* What openHAB answers about its items and its things, and what is new in it. */
#include "sink/openhab_list.h"
#include "sink/openhab_things.h"

#include "core/memory.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* Items named by single letters; a capital one is bound to another reading. */
static struct bound_items items_of(const char *letters)
{
    struct bound_items items = {0};
    for (; *letters != '\0'; letters++) {
        bool other = *letters < 'a';
        char name[2] = {(char)(other ? *letters - 'A' + 'a' : *letters), '\0'};
        struct bound_item item = {.name = memory_text(name), .reading = other ? 1 : 0};
        items_add(&items, &item);
    }
    return items;
}

static void assert_change(const char *old_letters, const char *fresh_letters, const char *expected)
{
    struct bound_items old = items_of(old_letters), fresh = items_of(fresh_letters);
    struct buffer words = {0};
    buffer_add_text(&words, "");
    openhab_list_describe(&old, &fresh, true, &words);
    assert_string_equal(words.at, expected);
    struct list_change change = openhab_list_compare(&old, &fresh);
    assert_int_equal(change.gained + change.lost + change.altered > 0, expected[0] != '\0');
    buffer_free(&words);
    items_free(&old);
    items_free(&fresh);
}

static void test_differences_are_described(void **state)
{
    (void)state;
    assert_change("", "", "");
    assert_change("abc", "abc", "");
    assert_change("ac", "abc", "1 more is bound (b)");
    assert_change("", "ab", "2 more are bound (a, b)");
    assert_change("", "abcde", "5 more are bound (a, b, c and 2 more)");
    assert_change("abc", "", "3 are bound no longer (a, b, c)");
    assert_change("abz", "aBc",
                  "1 more is bound (c), 1 is bound otherwise (b), "
                  "1 is bound no longer (z)");
}

static void test_lost_items_can_be_kept(void **state)
{
    (void)state;
    struct bound_items old = items_of("abx"), fresh = items_of("Ac");
    struct buffer words = {0};
    openhab_list_describe(&old, &fresh, false, &words);
    assert_string_equal(words.at, "1 more is bound (c), 1 is bound otherwise (a)");
    openhab_list_keep_lost(&fresh, &old);
    assert_int_equal(fresh.count, 4);
    for (size_t i = 0; i < fresh.count; i++)
        assert_memory_equal(fresh.at[i].name, &"abcx"[i], 1);
    assert_int_equal(fresh.at[0].reading, 1);
    buffer_free(&words);
    items_free(&old);
    items_free(&fresh);
}

static void assert_trouble(enum query_outcome outcome, struct http_answer answer,
                           enum list_trouble expected, const char *reason)
{
    struct bound_items items = {0};
    struct complaints complaints = {0};
    char *why = NULL;
    assert_int_equal(openhab_list_read(&items, outcome, &answer, &complaints, &why), expected);
    assert_int_equal(items.count, 0);
    assert_non_null(why);
    assert_non_null(strstr(why, reason));
    free(why);
    complaints_free(&complaints);
}

static void test_every_trouble_has_its_words(void **state)
{
    (void)state;
    assert_trouble(QUERY_ABSENT, (struct http_answer){.error = "connection refused"}, LIST_ABSENT,
                   "connection refused");
    assert_trouble(QUERY_ABSENT, (struct http_answer){.status = 503}, LIST_ABSENT,
                   "it answers 503");
    assert_trouble(QUERY_DENIED, (struct http_answer){.status = 401}, LIST_DENIED,
                   "it answers 401");
    assert_trouble(QUERY_UNKNOWN, (struct http_answer){.status = 404}, LIST_STRANGE,
                   "it answers 404");
    assert_trouble(QUERY_TOO_LARGE, (struct http_answer){.status = 200}, LIST_STRANGE,
                   "its answer is longer than 8 MB");
    assert_trouble(QUERY_FOUND, (struct http_answer){.status = 200, .body = "<p>", .body_size = 3},
                   LIST_STRANGE, "its answer is no JSON: ");
}

/* ------------------------------------------------------------------------------------------------
 * Things
 */

#define BRIDGE(port, detail)                                                                       \
    "{\"UID\":\"dsmr:dsmrBridge:p1\",\"thingTypeUID\":\"dsmr:dsmrBridge\",\"statusInfo\":{"        \
    "\"status\":\"ONLINE\",\"statusDetail\":\"" detail                                             \
    "\"},\"configuration\":{\"serialPort\":\"" port "\"},\"channels\":[]}"
#define METER(items)                                                                               \
    "{\"UID\":\"dsmr:electricityV5_0:p1:e\",\"thingTypeUID\":\"dsmr:electricityV5_0\","            \
    "\"channels\":[{\"uid\":\"dsmr:electricityV5_0:p1:e:power\",\"linkedItems\":[" items "]}]}"

static struct rival_things look(const char *text)
{
    static const char configuration[] = "port=/dev/ttyUSB0\nmeter.garage.port=/dev/null\n";
    struct rival_things things;
    struct complaints complaints = {0};
    struct bound_items items = items_of("abcde");
    struct config config;
    config_init(&config);
    config_read_text(&config, "dsmr.cfg", configuration, strlen(configuration), &complaints);
    rival_things_read(&things, text, strlen(text), &items, &config);
    complaints_free(&complaints);
    config_free(&config);
    items_free(&items);
    return things;
}

static void test_a_port_that_is_read_twice_is_seen(void **state)
{
    (void)state;
    struct rival_things things = look("[" BRIDGE("/dev/ttyUSB0", "NONE") "]");
    assert_int_equal(things.count, 1);
    assert_string_equal(things.port, "/dev/ttyUSB0");
    assert_string_equal(things.port_thing, "dsmr:dsmrBridge:p1");
    rival_things_free(&things);
    things = look("[" BRIDGE("/dev/../dev/null", "NONE") "]");
    assert_string_equal(things.port, "/dev/null");
    rival_things_free(&things);
    things = look("[" BRIDGE("/dev/ttyUSB7", "NONE") "]");
    assert_int_equal(things.count, 1);
    assert_null(things.port);
    rival_things_free(&things);
    things = look("[" BRIDGE("/dev/ttyUSB0", "DISABLED") "]");
    assert_int_equal(things.count, 0);
    assert_null(things.port);
    rival_things_free(&things);
}

static void test_items_that_are_fed_twice_are_counted_and_named(void **state)
{
    (void)state;
    struct rival_things things =
        look("[" METER("\"z\",\"b\",7") "," METER("\"a\",\"c\",\"d\"") "]");
    assert_int_equal(things.linked, 4);
    assert_true(things.whole);
    assert_string_equal(things.links.at, "b (dsmr:electricityV5_0:p1:e:power), a "
                                         "(dsmr:electricityV5_0:p1:e:power), c "
                                         "(dsmr:electricityV5_0:p1:e:power)");
    rival_things_free(&things);
}

static void test_the_short_list_tells_only_that_there_is_a_thing(void **state)
{
    (void)state;
    struct rival_things things = look("[{\"UID\":\"dsmr:dsmrBridge:p1\",\"thingTypeUID\":"
                                      "\"dsmr:dsmrBridge\"},{\"UID\":\"astro:sun:a\","
                                      "\"thingTypeUID\":\"astro:sun\"}]");
    assert_int_equal(things.count, 1);
    assert_false(things.whole);
    rival_things_free(&things);
}

static void test_what_is_no_list_of_things_has_none(void **state)
{
    (void)state;
    static const char *const texts[] = {"",
                                        "[",
                                        "{}",
                                        "[]",
                                        "7",
                                        "[7,null,\"dsmr:\",[],{}]",
                                        "[{\"thingTypeUID\":7}]",
                                        "[{\"thingTypeUID\":\"dsmrx:a\"}]",
                                        "<html>"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct rival_things things = look(texts[i]);
        assert_int_equal(things.count, 0);
        rival_things_free(&things);
    }
    struct rival_things things = look("[{\"thingTypeUID\":\"dsmr:a\",\"channels\":{\"a\":1},"
                                      "\"configuration\":[],\"statusInfo\":\"x\"},"
                                      "{\"thingTypeUID\":\"dsmr:b\",\"channels\":[{\"linkedItems\":"
                                      "{\"a\":\"a\"}},\"x\"]}]");
    assert_int_equal(things.count, 2);
    assert_int_equal(things.linked, 0);
    rival_things_free(&things);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_differences_are_described),
        cmocka_unit_test(test_lost_items_can_be_kept),
        cmocka_unit_test(test_every_trouble_has_its_words),
        cmocka_unit_test(test_a_port_that_is_read_twice_is_seen),
        cmocka_unit_test(test_items_that_are_fed_twice_are_counted_and_named),
        cmocka_unit_test(test_the_short_list_tells_only_that_there_is_a_thing),
        cmocka_unit_test(test_what_is_no_list_of_things_has_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
