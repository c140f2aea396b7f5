/* SPDX-License-Identifier: MIT */
/* Which topics at a broker are dsmr's own. */
#include "cmd/forget_topics.h"

#include "core/complaints.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void read_config(struct config *config)
{
    static const char text[] = "port=/dev/ttyUSB0\nmeter.garage.port=/dev/ttyUSB1\n";
    struct complaints complaints = {0};
    config_init(config);
    config_read_text(config, "test.cfg", text, strlen(text), &complaints);
    assert_int_equal(complaints.count, 0);
}

static void test_all_that_can_be_published_is_ours_and_nothing_else(void **state)
{
    static const struct mqtt_topics published = {
        .values = "dsmr/{meter}/{item}",
        .json = "json/{meter}",
        .status = "dsmr/status",
        .line = "dsmr/{meter}/status",
    };
    static const char *const ours[] = {
        "dsmr/status",      "dsmr/main/status",   "dsmr/garage/status",
        "dsmr/main/gValue", "dsmr/garage/gValue", "dsmr/main/eActualDelivery/least",
        "json/main",        "json/garage",        "dsmr/main/eActualDelivery/greatest",
    };
    static const char *const others[] = {
        "dsmr",
        "dsmr/main",
        "dsmr/attic/gValue",
        "dsmr/main/gvalue",
        "dsmr/main/raw",
        "json",
        "json/attic",
        "dsmr/main/notes",
        "dsmr/main/eActualDelivery/least/x",
        "dsmr/main/eActualDelivery/mean",
        "dsmr/main/status/deep",
        "dsmr/main/status/least",
        "dsmr/status/greatest",
        "json/main/least",
        "",
    };
    struct config config;
    struct forget_topics topics;
    (void)state;
    read_config(&config);
    forget_topics_init(&topics, &config, &published);
    for (size_t i = 0; i < sizeof ours / sizeof ours[0]; i++)
        assert_true(forget_topics_have(&topics, ours[i]));
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
        assert_false(forget_topics_have(&topics, others[i]));
    forget_topics_free(&topics);
    config_free(&config);
}

static void check_filter(const char *pattern, const char *expected, const char *topic)
{
    char *filter = forget_filter(pattern);
    assert_string_equal(filter, expected);
    assert_true(mqtt_topic_matches(filter, topic));
    free(filter);
}

static void test_filters_get_all_topics_of_a_pattern(void **state)
{
    (void)state;
    check_filter("dsmr/{meter}/{item}", "dsmr/+/+/#", "dsmr/main/gValue");
    check_filter("dsmr/{meter}/{item}", "dsmr/+/+/#", "dsmr/main/eActualDelivery/least");
    check_filter("p1-{meter}/x/{item}-now", "+/x/+/#", "p1-main/x/gValue-now");
    check_filter("{item}", "+/#", "gValue");
    check_filter("dsmr/status", "dsmr/status/#", "dsmr/status");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_all_that_can_be_published_is_ours_and_nothing_else),
        cmocka_unit_test(test_filters_get_all_topics_of_a_pattern),
    };
    return cmocka_run_group_tests_name("forget topics", tests, NULL, NULL);
}
