/* SPDX-License-Identifier: MIT */
/* Which messages at a broker have dsmr's form, and whose they are. */
#include "cmd/published.h"

#include "core/complaints.h"
#include "sink/homie_tree.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const struct mqtt_topics topics = {
    .values = "dsmr/{meter}/{item}",
    .json = "json/{meter}",
    .status = "dsmr/status",
    .line = "dsmr/{meter}/status",
};
static const struct ha_style style = {.topics = &topics, .prefix = "homeassistant"};

#define ORIGIN "\"o\":{\"name\":\"dsmr\",\"sw\":\"1\"}"
#define DEVICE "homeassistant/device/dsmr_gas_G1/config"

static void assert_kind(enum published_kind kind, const char *name, const char *topic,
                        const char *payload)
{
    struct dsmr_text meter;
    assert_int_equal(published_kind(&style, topic, payload, strlen(payload), &meter), kind);
    if (kind == PUBLISHED_NONE)
        return;
    assert_int_equal(meter.size, strlen(name));
    assert_memory_equal(meter.at, name, meter.size);
}

static void test_what_has_our_form_is_known_with_its_meter(void **state)
{
    (void)state;
    assert_kind(PUBLISHED_LINE, "garage", "dsmr/garage/status", "online");
    assert_kind(PUBLISHED_LINE, "a%2Fb", "dsmr/a%2Fb/status", "offline");
    assert_kind(PUBLISHED_VALUE, "garage", "dsmr/garage/gValue", "1.5");
    assert_kind(PUBLISHED_VALUE, "garage", "dsmr/garage/eActualDelivery/least", "0.1");
    assert_kind(PUBLISHED_JSON, "garage", "json/garage", "{\"meter\":\"garage\",\"seq\":1}");
    assert_kind(PUBLISHED_ANNOUNCEMENT, "garage", DEVICE,
                "{" ORIGIN ",\"avty\":[{\"t\":\"dsmr/status\"},{\"t\":\"dsmr/garage/status\"}]}");
}

static void test_what_others_have_is_not(void **state)
{
    (void)state;
    static const char *const others[][2] = {
        {"dsmr/status", "online"},
        {"dsmr/garage/status", "busy"},
        {"dsmr/garage/status", ""},
        {"dsmr/garage/notes", "mine"},
        {"dsmr/garage/gvalue", "1"},
        {"dsmr/garage/gValue/mean", "1"},
        {"json/garage", "{\"seq\":1}"},
        {"json/garage", ""},
        {"other/garage/gValue", "1"},
        /* Another dsmr, that speaks elsewhere; another program; another device; nothing to go by. */
        {DEVICE, "{" ORIGIN ",\"avty\":[{\"t\":\"house/status\"},{\"t\":\"dsmr/garage/status\"}]}"},
        {DEVICE, "{\"avty\":[{\"t\":\"dsmr/status\"},{\"t\":\"dsmr/garage/status\"}]}"},
        {"homeassistant/device/other/config",
         "{" ORIGIN ",\"avty\":[{\"t\":\"dsmr/status\"},{\"t\":\"dsmr/garage/status\"}]}"},
        {DEVICE, "{" ORIGIN ",\"avty\":[{\"t\":\"dsmr/status\"}]}"},
        {DEVICE, "{" ORIGIN ",\"avty\":[{\"t\":\"dsmr/status\"},{\"t\":\""},
    };
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        assert_kind(PUBLISHED_NONE, "", others[i][0], others[i][1]);
}

static void test_configured_meters_are_found_by_name_and_id(void **state)
{
    (void)state;
    static const char text[] = "port=/dev/ttyUSB0\nmeter.garage.port=/dev/ttyUSB1\n";
    struct complaints complaints = {0};
    struct config config;
    struct published_meters meters;
    config_init(&config);
    config_read_text(&config, "test.cfg", text, strlen(text), &complaints);
    assert_int_equal(complaints.count, 0);
    published_meters_init(&meters, &config);
    assert_true(published_meters_have(&meters, (struct dsmr_text){"garage/", 6}));
    assert_true(published_meters_have(&meters, (struct dsmr_text){"main", 4}));
    assert_true(published_meters_have(&meters, (struct dsmr_text){"", 0}));
    assert_false(published_meters_have(&meters, (struct dsmr_text){"attic", 5}));
    assert_true(published_meters_have_id(&meters, (struct dsmr_text){"garage", 6}));
    assert_true(published_meters_have_id(&meters, (struct dsmr_text){"", 0}));
    assert_false(published_meters_have_id(&meters, (struct dsmr_text){"main", 4}));
    published_meters_free(&meters);
    config_free(&config);
}

static void assert_node(const char *node, const char *id)
{
    struct dsmr_text meter;
    assert_int_equal(homie_node_meter((struct dsmr_text){node, strlen(node)}, &meter), id != NULL);
    if (id == NULL)
        return;
    assert_int_equal(meter.size, strlen(id));
    assert_memory_equal(meter.at, id, meter.size);
}

static void test_nodes_tell_their_meter(void **state)
{
    (void)state;
    assert_node("electricity", "");
    assert_node("slaveelectricity", "");
    assert_node("p1", "");
    assert_node("garage-gas", "garage");
    assert_node("garage-slaveelectricity", "garage");
    assert_node("m-1a2b-water", "m-1a2b");
    assert_node("electricity2", NULL);
    assert_node("-gas", NULL);
    assert_node("biogas", NULL);
    assert_node("", NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_has_our_form_is_known_with_its_meter),
        cmocka_unit_test(test_what_others_have_is_not),
        cmocka_unit_test(test_configured_meters_are_found_by_name_and_id),
        cmocka_unit_test(test_nodes_tell_their_meter),
    };
    return cmocka_run_group_tests_name("published", tests, NULL, NULL);
}
