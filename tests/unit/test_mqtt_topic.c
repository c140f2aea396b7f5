/* SPDX-License-Identifier: MIT */
/* Topics: whatever stands in a name, no topic means anything else for it. */
#include "sink/mqtt_topic.h"

#include "config/topic_form.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void assert_level(const char *text, size_t size, const char *wanted)
{
    struct buffer out = {0};
    mqtt_topic_level(&out, text, size);
    assert_string_equal(out.at, wanted);
    assert_int_equal(out.size, strlen(wanted));
    assert_true(topic_is_good(out.at));
    buffer_free(&out);
}

#define LEVEL(text, wanted) assert_level(text, sizeof text - 1, wanted)

static void test_plain_names_stay(void **state)
{
    (void)state;
    LEVEL("main", "main");
    LEVEL("eDeliveryTariff1", "eDeliveryTariff1");
    LEVEL("meter 2 (cellar)", "meter 2 (cellar)");
    LEVEL("zähler", "zähler");
    LEVEL("a$b", "a$b");
}

static void test_what_means_something_is_escaped(void **state)
{
    (void)state;
    LEVEL("a/b", "a%2Fb");
    LEVEL("+", "%2B");
    LEVEL("#", "%23");
    LEVEL("100%", "100%25");
    LEVEL("{item}", "%7Bitem%7D");
    LEVEL("$SYS", "%24SYS");
    LEVEL("a\0b", "a%00b");
    LEVEL("\r\n\t\x7F", "%0D%0A%09%7F");
    LEVEL("", "%");
}

static void test_what_is_no_utf8_is_escaped(void **state)
{
    (void)state;
    LEVEL("\xFF", "%FF");
    LEVEL("\xE4", "%E4");
    LEVEL("\xC3", "%C3");
    LEVEL("\xC0\x80", "%C0%80");               /* overlong NUL */
    LEVEL("\xED\xA0\x80", "%ED%A0%80");        /* surrogate */
    LEVEL("\xEF\xBF\xBF", "%EF%BF%BF");        /* not a character */
    LEVEL("\xC2\x85", "%C2%85");               /* control character */
    LEVEL("\xF4\x90\x80\x80", "%F4%90%80%80"); /* beyond Unicode */
    LEVEL("\xF0\x9F\x94\x8C", "\xF0\x9F\x94\x8C");
}

static void test_long_names_are_cut_and_differ(void **state)
{
    (void)state;
    char text[3][5000];
    struct buffer out[3] = {{0}};
    for (size_t i = 0; i < 3; i++) {
        memset(text[i], i < 2 ? 'x' : '+', sizeof text[i]);
        text[i][4999] = (char)('0' + i);
        mqtt_topic_level(&out[i], text[i], sizeof text[i]);
        assert_true(out[i].size <= MQTT_LEVEL_MAX);
        assert_true(topic_is_good(out[i].at));
    }
    assert_string_not_equal(out[0].at, out[1].at);
    assert_memory_equal(out[0].at, out[1].at, 80);
    for (size_t i = 0; i < 3; i++)
        buffer_free(&out[i]);
    memset(text[0], 'y', MQTT_LEVEL_MAX);
    text[0][MQTT_LEVEL_MAX] = '\0';
    assert_level(text[0], MQTT_LEVEL_MAX, text[0]);
}

static void test_any_bytes_give_a_good_topic(void **state)
{
    (void)state;
    unsigned random = 1;
    for (int round = 0; round < 20000; round++) {
        char text[150];
        size_t size = 0;
        for (; size < sizeof text; size++) {
            random = random * 1103515245u + 12345u;
            text[size] = (char)(random >> 16);
            if ((random >> 8 & 0x3F) == 0)
                break;
        }
        struct buffer out = {0};
        mqtt_topic_level(&out, text, size);
        assert_true(out.size > 0 && out.size <= MQTT_LEVEL_MAX);
        assert_true(topic_is_good(out.at));
        assert_null(strchr(out.at, '/'));
        buffer_free(&out);
    }
}

static void test_patterns(void **state)
{
    (void)state;
    struct buffer out = {0};
    mqtt_pattern_topic(&out, "dsmr/{meter}/{item}", "main", "gValue");
    assert_string_equal(out.at, "dsmr/main/gValue");
    mqtt_pattern_topic(&out, "p1-{item}", "main", "gValue");
    assert_string_equal(out.at, "p1-gValue");
    mqtt_pattern_topic(&out, "{meter}{item}/x{meter}", "a/b", "+");
    assert_string_equal(out.at, "a%2Fb%2B/xa%2Fb");
    buffer_free(&out);
}

static void test_topics_of_the_house(void **state)
{
    (void)state;
    struct buffer out = {0};
    static const struct mqtt_topics topics = {"p1/{meter}/{item}", "p1/{meter}/all", "raw/{meter}",
                                              "p1/status", "p1/{meter}/{item}"};
    mqtt_value_topic(&out, &topics, "cellar", "gValue");
    assert_string_equal(out.at, "p1/cellar/gValue");
    mqtt_json_topic(&out, &topics, "cellar");
    assert_string_equal(out.at, "p1/cellar/all");
    mqtt_raw_topic(&out, &topics, "cellar");
    assert_string_equal(out.at, "raw/cellar");
    mqtt_line_topic(&out, &topics, "cellar");
    assert_string_equal(out.at, "p1/cellar/status");
    buffer_free(&out);
}

static void test_what_users_may_name(void **state)
{
    (void)state;
    static const char *const good[] = {"dsmr/{meter}/{item}", "a", "{item}", "a/b c/ä", "a/$b",
                                       "x{meter}y{item}z"};
    static const char *const bad[] = {"",   "/a",      "a/",    "a//b",  "a/+/b", "#",    "$SYS/x",
                                      "{}", "{other}", "{item", "item}", "a\nb",  "\xFF", "a/\x7F"};
    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        assert_true(topic_pattern_is_good(good[i]));
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_false(topic_pattern_is_good(bad[i]));
    assert_true(topic_is_good("dsmr/status"));
    assert_false(topic_is_good("dsmr/{meter}"));
    char text[TOPIC_MAX + 2];
    memset(text, 'x', sizeof text);
    text[TOPIC_MAX] = '\0';
    assert_true(topic_is_good(text));
    text[TOPIC_MAX] = 'x';
    text[TOPIC_MAX + 1] = '\0';
    assert_false(topic_is_good(text));
}

static void test_filters(void **state)
{
    (void)state;
    static const char *const yes[][2] = {
        {"homeassistant/status", "homeassistant/status"},
        {"#", "a/b"},
        {"a/#", "a/b/c"},
        {"a/#", "a"},
        {"a/+/c", "a/b/c"},
        {"a/+", "a/"},
        {"+/+", "/finance"},
        {"+", "a"},
        {"+/b/#", "a/b/c/d"},
    };
    static const char *const no[][2] = {
        {"homeassistant/status", "homeassistant/status/x"},
        {"homeassistant/status", "homeassistant/statu"},
        {"a/+", "a"},
        {"a/+", "a/b/c"},
        {"a/#", "ab"},
        {"#", "$SYS/x"},
        {"+/x", "$SYS/x"},
        {"+", "a/b"},
        {"a", ""},
    };
    for (size_t i = 0; i < sizeof yes / sizeof *yes; i++)
        assert_true(mqtt_topic_matches(yes[i][0], yes[i][1]));
    for (size_t i = 0; i < sizeof no / sizeof *no; i++)
        assert_false(mqtt_topic_matches(no[i][0], no[i][1]));
}

static void assert_read(const char *pattern, const char *topic, const char *meter, const char *item)
{
    struct dsmr_text words[2];
    assert_int_equal(mqtt_pattern_read(pattern, topic, &words[0], &words[1]), meter != NULL);
    if (meter == NULL)
        return;
    assert_int_equal(words[0].size, strlen(meter));
    assert_memory_equal(words[0].at, meter, words[0].size);
    assert_int_equal(words[1].size, strlen(item));
    assert_memory_equal(words[1].at, item, words[1].size);
}

static void test_topics_are_read_by_their_pattern(void **state)
{
    (void)state;
    assert_read("dsmr/{meter}/{item}", "dsmr/garage/gValue", "garage", "gValue");
    assert_read("dsmr/{meter}/status", "dsmr/garage/status", "garage", "");
    assert_read("p1-{meter}/x/{item}-now", "p1-main/x/gValue-now", "main", "gValue");
    assert_read("{item}", "gValue", "", "gValue");
    assert_read("power", "power", "", "");
    assert_read("dsmr/{meter}_{item}", "dsmr/a_b_gValue", "a_b", "gValue");
    assert_read("dsmr/{meter}/{item}", "dsmr/garage/gValue/least", NULL, NULL);
    assert_read("dsmr/{meter}/{item}", "dsmr/garage", NULL, NULL);
    assert_read("dsmr/{meter}/{item}", "dsmr//gValue", NULL, NULL);
    assert_read("dsmr/{meter}/status", "dsmr/status", NULL, NULL);
    assert_read("dsmr/{meter}/status", "dsmr/a/b/status", NULL, NULL);
    assert_read("dsmr/{meter}/status", "", NULL, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_plain_names_stay),
        cmocka_unit_test(test_what_means_something_is_escaped),
        cmocka_unit_test(test_what_is_no_utf8_is_escaped),
        cmocka_unit_test(test_long_names_are_cut_and_differ),
        cmocka_unit_test(test_any_bytes_give_a_good_topic),
        cmocka_unit_test(test_patterns),
        cmocka_unit_test(test_topics_of_the_house),
        cmocka_unit_test(test_what_users_may_name),
        cmocka_unit_test(test_filters),
        cmocka_unit_test(test_topics_are_read_by_their_pattern),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
