/* SPDX-License-Identifier: MIT */
/* What happens to Home Assistant's entities as telegrams come and meters come and go. */
#include "sink/homeassistant.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "ha_reader.h"

enum { SPREAD_MS = 40, SETTLE_MS = 20, GONE = 10 };

#define MAIN_ID "0-0:96.1.1(4B303031)\r\n"                   /* K001 */
#define GAS_ID "0-1:24.1.0(003)\r\n0-1:96.1.0(47303132)\r\n" /* G012 */
#define POWER "1-0:1.7.0(02.010*kW)\r\n1-0:2.7.0(00.450*kW)\r\n"

static const char main_config[] = "homeassistant/device/dsmr_electricity_K001/config";
static const char main_state[] = "dsmr/main/ha/electricity_K001";
static const char gas_config[] = "homeassistant/device/dsmr_gas_G012/config";
static const char gas_state[] = "dsmr/main/ha/gas_G012";

static const struct mqtt_topics topics = {
    .values = "dsmr/{meter}/{item}", .status = "dsmr/status", .line = "dsmr/{meter}/status"};

struct fixture {
    struct world world;
    struct loop *loop;
    struct loop_timer *late;
    struct log log;
    struct mqtt_composer *composer;
};

static void set_up(struct fixture *fixture, bool components)
{
    *fixture = (struct fixture){.loop = loop_new(), .log = {.level = LOG_ERROR}};
    world_init(&fixture->world);
    fixture->composer = homeassistant_new(&(struct homeassistant_setup){
        .style = {&topics, "homeassistant", LANGUAGE_ENGLISH, 300},
        .components = components,
        .restart_spread_ms = SPREAD_MS,
        .settle_ms = SETTLE_MS,
        .emit = world_emit(&fixture->world),
        .loop = fixture->loop,
        .log = &fixture->log,
    });
}

static void tear_down(struct fixture *fixture)
{
    fixture->composer->free(fixture->composer);
    world_free(&fixture->world);
    loop_free(fixture->loop);
}

static void send(struct fixture *fixture, const char *lines)
{
    assert_true(world_lines(&fixture->world, fixture->composer, lines, DSMR_CRC_OK));
}

static unsigned count(const struct fixture *fixture, const char *topic)
{
    const struct heard *heard = world_find(&fixture->world, topic);
    return heard ? heard->count : 0;
}

/* The value of a name in the last state of a topic, as text; "missing" when there is no such name.
 * Valid until the next call. */
static const char *value(const struct fixture *fixture, const char *topic, const char *name)
{
    static char text[64];
    char template[96];
    snprintf(template, sizeof template, "{{ value_json.%s }}", name);
    json_t *found = ha_render(&fixture->world, topic, template);
    if (!found)
        return "missing";
    if (json_is_real(found))
        snprintf(text, sizeof text, "%.3f", json_real_value(found));
    else if (json_is_integer(found))
        snprintf(text, sizeof text, "%lld", (long long)json_integer_value(found));
    else
        snprintf(text, sizeof text, "%s", json_is_null(found) ? "null" : json_string_value(found));
    json_decref(found);
    return text;
}

static void stop_when_heard(void *context)
{
    struct fixture *fixture = context;
    if (count(fixture, main_config) > 0)
        loop_stop(fixture->loop);
}

/* Runs the loop until the main meter is announced. */
static void wait_for_announcement(struct fixture *fixture)
{
    world_run(fixture->loop, stop_when_heard, fixture);
}

/* ------------------------------------------------------------------------------------------------
 * Values
 */

static void test_net_power_is_exact_and_below_zero_when_fed_in(void **state)
{
    struct fixture fixture;
    (void)state;
    set_up(&fixture, false);
    send(&fixture, MAIN_ID POWER "1-0:21.7.0(00.100*kW)\r\n1-0:22.7.0(00.450*kW)\r\n");
    assert_string_equal(value(&fixture, main_state, "eActualNet"), "1.560");
    assert_string_equal(value(&fixture, main_state, "eInstantPowerNetL1"), "-0.350");
    assert_string_equal(value(&fixture, main_state, "eInstantPowerNetL2"), "missing");
    assert_non_null(strstr(world_payload(&fixture.world, main_state), "\"eActualNet\":1.560,"));
    tear_down(&fixture);
}

static void test_without_both_powers_there_is_no_net_power(void **state)
{
    struct fixture fixture;
    (void)state;
    set_up(&fixture, false);
    send(&fixture, MAIN_ID "1-0:1.7.0(02.010*kW)\r\n");
    assert_string_equal(value(&fixture, main_state, "eActualDelivery"), "2.010");
    assert_string_equal(value(&fixture, main_state, "eActualNet"), "missing");
    tear_down(&fixture);
}

/* A value that is not in a telegram is not 0: it stays for a moment and is unknown then. */
static void test_absent_is_unknown_and_never_zero(void **state)
{
    struct fixture fixture;
    (void)state;
    set_up(&fixture, false);
    send(&fixture, MAIN_ID POWER "1-0:1.8.1(001581.123*kWh)\r\n");
    for (int i = 1; i < GONE; i++) {
        send(&fixture, MAIN_ID "1-0:1.8.1(001581.123*kWh)\r\n");
        assert_string_equal(value(&fixture, main_state, "eActualDelivery"), "2.010");
    }
    send(&fixture, MAIN_ID "1-0:1.8.1(001581.123*kWh)\r\n");
    assert_string_equal(value(&fixture, main_state, "eActualDelivery"), "null");
    assert_string_equal(value(&fixture, main_state, "eActualNet"), "null");
    assert_string_equal(value(&fixture, main_state, "eDeliveryTariff1"), "1581.123");
    assert_string_equal(value(&fixture, main_state, "status"), "online");
    send(&fixture, MAIN_ID POWER);
    assert_string_equal(value(&fixture, main_state, "eActualNet"), "1.560");
    tear_down(&fixture);
}

static const char *member(const char *config, const char *id, const char *name)
{
    static char text[128];
    json_t *root = json_loads(config, 0, NULL);
    json_t *entity = json_object_get(json_object_get(root, "cmps"), id);
    json_t *found = json_object_get(entity, name);
    snprintf(text, sizeof text, "%s", json_is_string(found) ? json_string_value(found) : "missing");
    json_decref(root);
    return text;
}

static void test_a_pace_makes_entities_of_the_least_and_the_greatest(void **state)
{
    struct fixture fixture;
    (void)state;
    set_up(&fixture, false);
    fixture.world.paced = true;
    send(&fixture, MAIN_ID POWER "1-0:1.8.1(001581.123*kWh)\r\n");
    const char *config = world_payload(&fixture.world, main_config);
    assert_string_equal(value(&fixture, main_state, "eActualDelivery"), "2.010");
    assert_string_equal(value(&fixture, main_state, "eActualDeliveryLeast"), "1.005");
    assert_string_equal(value(&fixture, main_state, "eActualDeliveryGreatest"), "4.020");
    assert_string_equal(value(&fixture, main_state, "eDeliveryTariff1Greatest"), "missing");
    assert_string_equal(value(&fixture, main_state, "eActualNetGreatest"), "missing");
    assert_string_equal(member(config, "eActualDeliveryGreatest", "uniq_id"),
                        "dsmr_electricity_K001_eActualDeliveryGreatest");
    assert_string_equal(member(config, "eActualDeliveryGreatest", "default_entity_id"),
                        "sensor.dsmr_e_actual_delivery_greatest");
    assert_string_equal(member(config, "eActualDeliveryGreatest", "name"),
                        "Power taken from the grid now, max");
    assert_string_equal(member(config, "eActualDeliveryLeast", "name"),
                        "Power taken from the grid now, min");
    assert_string_equal(member(config, "eActualDeliveryLeast", "stat_cla"), "measurement");
    assert_string_equal(member(config, "eActualDeliveryLeast", "ent_cat"), "missing");
    for (int i = 0; i < GONE; i++)
        send(&fixture, MAIN_ID "1-0:1.8.1(001581.123*kWh)\r\n");
    assert_string_equal(value(&fixture, main_state, "eActualDeliveryGreatest"), "null");
    tear_down(&fixture);
}

static void test_values_that_do_not_count_are_left_out(void **state)
{
    struct fixture fixture;
    (void)state;
    set_up(&fixture, false);
    /* Of two gas meters the newer one speaks. */
    send(&fixture, MAIN_ID "0-0:1.0.0(250115174321W)\r\n"
                           "0-1:24.1.0(003)\r\n0-1:96.1.0(47303132)\r\n"
                           "0-1:24.2.1(240101120000W)(00099.000*m3)\r\n"
                           "0-2:24.1.0(003)\r\n0-2:96.1.0(47303133)\r\n"
                           "0-2:24.2.1(250115170000W)(00900.000*m3)\r\n");
    assert_string_equal(value(&fixture, "dsmr/main/ha/gas_G013", "gValue"), "900.000");
    assert_int_equal(count(&fixture, gas_state), 0);
    assert_int_equal(count(&fixture, gas_config), 0);
    tear_down(&fixture);
}

static void test_enumerations_are_words_until_a_value_is_none_of_them(void **state)
{
    struct fixture fixture;
    (void)state;
    set_up(&fixture, false);
    send(&fixture, MAIN_ID "0-0:96.14.0(0002)\r\n0-0:96.3.10(1)\r\n");
    assert_string_equal(value(&fixture, main_state, "eTariffIndicator"), "2");
    assert_string_equal(value(&fixture, main_state, "eSwitchPosition"), "on");
    assert_non_null(
        strstr(world_payload(&fixture.world, main_config), "\"ops\":[\"1\",\"2\",\"3\",\"4\"]"));
    world_forget(&fixture.world);
    send(&fixture, MAIN_ID "0-0:96.14.0(TARIFF 1)\r\n0-0:96.3.10(1)\r\n");
    wait_for_announcement(&fixture);
    assert_string_equal(value(&fixture, main_state, "eTariffIndicator"), "TARIFF 1");
    assert_string_equal(value(&fixture, main_state, "eSwitchPosition"), "on");
    assert_null(strstr(world_payload(&fixture.world, main_config), "\"ops\":[\"1\""));
    assert_non_null(
        strstr(world_payload(&fixture.world, main_config), "\"ops\":[\"off\",\"on\",\"ready\"]"));
    tear_down(&fixture);
}

/* ------------------------------------------------------------------------------------------------
 * The message to the consumer
 */

static void test_a_long_message_is_cut_and_stands_whole_in_the_attributes(void **state)
{
    static const char topic[] = "dsmr/main/ha/electricity_K001/message";
    struct fixture fixture;
    struct buffer lines = {0};
    (void)state;
    set_up(&fixture, false);
    buffer_add_text(&lines, MAIN_ID "0-0:96.13.0(");
    for (int i = 0; i < 1024; i++)
        buffer_add_text(&lines, i % 2 ? "b" : "\xE9"); /* éb, not coded */
    buffer_add_text(&lines, ")\r\n");
    send(&fixture, lines.at);
    json_t *short_text = ha_render(&fixture.world, main_state, "{{ value_json.eTextMessage }}");
    json_t *whole = ha_render(&fixture.world, topic, "{{ value_json.text }}");
    assert_int_equal(ha_characters(json_string_value(short_text)), 255);
    assert_int_equal(ha_characters(json_string_value(whole)), 1024);
    assert_memory_equal(json_string_value(whole), "ébéb", strlen("ébéb"));
    assert_non_null(strstr(world_payload(&fixture.world, main_config),
                           "\"json_attr_t\":\"dsmr/main/ha/electricity_K001/message\""));
    json_decref(short_text);
    json_decref(whole);
    send(&fixture, lines.at);
    assert_int_equal(count(&fixture, topic), 1); /* it is no news any more */
    for (int i = 0; i < GONE; i++)
        send(&fixture, MAIN_ID);
    assert_int_equal(count(&fixture, topic), 2);
    assert_string_equal(world_payload(&fixture.world, topic), "{\"text\":null}");
    buffer_free(&lines);
    tear_down(&fixture);
}

/* ------------------------------------------------------------------------------------------------
 * Meters come and go
 */

static void test_a_gas_meter_out_of_reach_is_unavailable_and_not_zero(void **state)
{
    struct fixture fixture;
    (void)state;
    set_up(&fixture, false);
    send(&fixture, MAIN_ID POWER "0-0:1.0.0(250115174321W)\r\n" GAS_ID
                                 "0-1:24.2.1(250115170000W)(00900.000*m3)\r\n");
    assert_string_equal(value(&fixture, gas_state, "status"), "online");
    send(&fixture, MAIN_ID POWER "0-0:1.0.0(250116190001W)\r\n" GAS_ID
                                 "0-1:24.2.1(250115170000W)(00900.000*m3)\r\n");
    assert_string_equal(value(&fixture, gas_state, "status"), "offline");
    assert_string_equal(value(&fixture, gas_state, "gValue"), "900.000");
    assert_string_equal(value(&fixture, main_state, "status"), "online");
    send(&fixture, MAIN_ID POWER "0-0:1.0.0(250116200001W)\r\n" GAS_ID
                                 "0-1:24.2.1(250116200000W)(00901.000*m3)\r\n");
    assert_string_equal(value(&fixture, gas_state, "status"), "online");
    tear_down(&fixture);
}

static void test_a_gas_meter_that_is_unplugged_is_unavailable(void **state)
{
    struct fixture fixture;
    (void)state;
    set_up(&fixture, false);
    send(&fixture, MAIN_ID GAS_ID "0-1:24.2.1(250115170000W)(00900.000*m3)\r\n");
    for (int i = 1; i < GONE; i++)
        send(&fixture, MAIN_ID);
    assert_string_equal(value(&fixture, gas_state, "status"), "online");
    send(&fixture, MAIN_ID);
    assert_string_equal(value(&fixture, gas_state, "status"), "offline");
    unsigned sent = count(&fixture, gas_state);
    send(&fixture, MAIN_ID);
    assert_int_equal(count(&fixture, gas_state), sent); /* once told is enough */
    send(&fixture, MAIN_ID GAS_ID "0-1:24.2.1(250115180000W)(00900.100*m3)\r\n");
    assert_string_equal(value(&fixture, gas_state, "status"), "online");
    tear_down(&fixture);
}

static void test_a_replaced_gas_meter_gets_entities_of_its_own(void **state)
{
    static const char config[] = "homeassistant/device/dsmr_gas_G099/config";
    static const char states[] = "dsmr/main/ha/gas_G099";
    struct fixture fixture;
    (void)state;
    set_up(&fixture, false);
    send(&fixture, MAIN_ID GAS_ID "0-1:24.2.1(250115170000W)(09900.000*m3)\r\n");
    unsigned sent = count(&fixture, gas_state);
    send(&fixture, MAIN_ID "0-1:24.1.0(003)\r\n0-1:96.1.0(47303939)\r\n"
                           "0-1:24.2.1(250115180000W)(00000.100*m3)\r\n");
    assert_string_equal(value(&fixture, states, "gValue"), "0.100");
    assert_string_equal(value(&fixture, gas_state, "gValue"), "9900.000");
    assert_string_equal(value(&fixture, gas_state, "status"), "offline");
    assert_int_equal(count(&fixture, gas_state), sent + 1);
    assert_non_null(strstr(world_payload(&fixture.world, config), "\"name\":\"Gas meter G099\""));
    assert_non_null(strstr(world_payload(&fixture.world, config),
                           "\"default_entity_id\":\"sensor.dsmr_gas_g099_g_value\""));
    assert_non_null(
        strstr(world_payload(&fixture.world, config), "\"via_device\":\"dsmr_electricity_K001\""));
    tear_down(&fixture);
}

/* Without a CRC an id may be garbled; its values may be anybody's. */
static void test_a_garbled_id_makes_no_device(void **state)
{
    struct fixture fixture;
    (void)state;
    set_up(&fixture, false);
    struct world *world = &fixture.world;
    for (int i = 0; i < 5; i++) {
        assert_true(world_lines(world, fixture.composer, MAIN_ID POWER, DSMR_CRC_NONE));
        assert_true(world_lines(world, fixture.composer,
                                "0-0:96.1.1(4B303041)\r\n"
                                "1-0:1.7.0(09.999*kW)\r\n",
                                DSMR_CRC_NONE));
    }
    assert_int_equal(count(&fixture, "homeassistant/device/dsmr_electricity_K00A/config"), 0);
    assert_string_equal(value(&fixture, main_state, "eActualDelivery"), "2.010");
    for (int i = 0; i < 3; i++)
        assert_true(world_lines(world, fixture.composer,
                                "0-0:96.1.1(4B303041)\r\n"
                                "1-0:1.7.0(09.999*kW)\r\n",
                                DSMR_CRC_NONE));
    assert_int_equal(count(&fixture, "homeassistant/device/dsmr_electricity_K00A/config"), 1);
    tear_down(&fixture);
}

static void test_a_meter_without_id_is_known_by_its_place(void **state)
{
    struct fixture fixture;
    (void)state;
    set_up(&fixture, false);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(count(&fixture, "dsmr/main/ha/electricity_main"), 0);
        send(&fixture, POWER "7-0:23.1.0(00900.000*m3)(250115170000)\r\n");
    }
    assert_string_equal(value(&fixture, "dsmr/main/ha/electricity_main", "eActualNet"), "1.560");
    assert_string_equal(value(&fixture, "dsmr/main/ha/gas_main", "gValue"), "900.000");
    tear_down(&fixture);
}

static void test_two_ports_that_show_one_meter_do_not_mix(void **state)
{
    static const char first[] = "/KFM5KAIFA-METER\r\n\r\n" MAIN_ID POWER "!\r\n";
    struct fixture fixture;
    (void)state;
    set_up(&fixture, false);
    assert_true(
        world_read(&fixture.world, fixture.composer, "main", first, strlen(first), DSMR_CRC_OK));
    assert_true(
        world_read(&fixture.world, fixture.composer, "garage", first, strlen(first), DSMR_CRC_OK));
    assert_int_equal(count(&fixture, main_config), 1);
    assert_int_equal(count(&fixture, main_state), 1);
    assert_int_equal(count(&fixture, "dsmr/garage/ha/electricity_K001"), 0);
    tear_down(&fixture);
}

static void test_an_endless_row_of_new_meters_comes_to_an_end(void **state)
{
    struct fixture fixture;
    size_t configs = 0;
    (void)state;
    set_up(&fixture, false);
    for (int i = 0; i < 100; i++) {
        char lines[128];
        snprintf(lines, sizeof lines, "0-0:96.1.1(K-%04d)\r\n" POWER, i);
        send(&fixture, lines);
    }
    for (size_t i = 0; i < fixture.world.count; i++)
        configs += strncmp(fixture.world.at[i].topic, "homeassistant/", 14) == 0;
    assert_int_equal(configs, PHYSICAL_METERS_MAX);
    tear_down(&fixture);
}

static void test_a_channel_that_was_never_used_is_no_device(void **state)
{
    struct fixture fixture;
    (void)state;
    set_up(&fixture, false);
    send(&fixture, MAIN_ID POWER GAS_ID);
    assert_int_equal(count(&fixture, gas_config), 0);
    send(&fixture, MAIN_ID POWER GAS_ID "0-1:24.2.1(250115170000W)(00900.000*m3)\r\n");
    assert_int_equal(count(&fixture, gas_config), 1);
    tear_down(&fixture);
}

/* ------------------------------------------------------------------------------------------------
 * Announcements
 */

static void test_a_meter_is_announced_before_its_first_state(void **state)
{
    struct fixture fixture;
    (void)state;
    set_up(&fixture, false);
    send(&fixture, MAIN_ID POWER GAS_ID "0-1:24.2.1(250115170000W)(00900.000*m3)\r\n");
    unsigned main_order = world_find(&fixture.world, main_config)->order;
    assert_true(main_order < world_find(&fixture.world, main_state)->order);
    assert_true(main_order < world_find(&fixture.world, gas_config)->order);
    assert_true(world_find(&fixture.world, gas_config)->order <
                world_find(&fixture.world, gas_state)->order);
    assert_false(world_find(&fixture.world, gas_state)->retain);
    for (int i = 0; i < 20; i++)
        send(&fixture, MAIN_ID POWER GAS_ID "0-1:24.2.1(250115170000W)(00900.000*m3)\r\n");
    assert_int_equal(count(&fixture, main_config), 1);
    assert_int_equal(count(&fixture, gas_config), 1);
    tear_down(&fixture);
}

static void test_a_new_item_is_announced_once_things_have_settled(void **state)
{
    struct fixture fixture;
    (void)state;
    set_up(&fixture, false);
    send(&fixture, MAIN_ID POWER);
    world_forget(&fixture.world);
    send(&fixture, MAIN_ID POWER "1-0:32.7.0(230.1*V)\r\n");
    send(&fixture, MAIN_ID POWER "1-0:32.7.0(230.1*V)\r\n1-0:52.7.0(230.2*V)\r\n");
    assert_int_equal(count(&fixture, main_config), 0);
    wait_for_announcement(&fixture);
    assert_int_equal(count(&fixture, main_config), 1);
    assert_non_null(strstr(world_payload(&fixture.world, main_config), "\"eInstantVoltageL1\":{"));
    assert_non_null(strstr(world_payload(&fixture.world, main_config), "\"eInstantVoltageL2\":{"));
    tear_down(&fixture);
}

static void tell(struct fixture *fixture, const char *topic, const char *payload)
{
    fixture->composer->message(fixture->composer, topic, payload, strlen(payload), false);
}

static void test_everything_is_said_again_when_home_assistant_has_started(void **state)
{
    struct fixture fixture;
    (void)state;
    set_up(&fixture, false);
    send(&fixture, MAIN_ID POWER "0-0:96.13.0(4869)\r\n" GAS_ID
                                 "0-1:24.2.1(250115170000W)(00900.000*m3)\r\n");
    world_forget(&fixture.world);
    assert_string_equal(fixture.composer->subscription, "homeassistant/status");
    tell(&fixture, "homeassistant/status", "offline");
    tell(&fixture, "homeassistant/statuses", "online");
    tell(&fixture, "homeassistant/status", "onlin");
    tell(&fixture, "homeassistant/status", "online");
    tell(&fixture, "homeassistant/status", "online");
    assert_int_equal(fixture.world.count, 0); /* not at once */
    int64_t began = loop_now(fixture.loop);
    wait_for_announcement(&fixture);
    assert_in_range(loop_now(fixture.loop) - began, 0, WORLD_DEADLINE_MS);
    assert_int_equal(count(&fixture, main_config), 1);
    assert_int_equal(count(&fixture, gas_config), 1);
    assert_string_equal(value(&fixture, main_state, "eActualNet"), "1.560");
    assert_string_equal(value(&fixture, gas_state, "gValue"), "900.000");
    assert_string_equal(world_payload(&fixture.world, "dsmr/main/ha/electricity_K001/message"),
                        "{\"text\":\"Hi\"}");
    tear_down(&fixture);
}

static void test_states_are_sent_again_after_a_connection(void **state)
{
    struct fixture fixture;
    (void)state;
    set_up(&fixture, false);
    fixture.composer->connected(fixture.composer);
    assert_int_equal(fixture.world.count, 0);
    send(&fixture, MAIN_ID POWER);
    world_forget(&fixture.world);
    fixture.composer->connected(fixture.composer);
    assert_int_equal(count(&fixture, main_config), 0); /* the sink does that */
    assert_string_equal(value(&fixture, main_state, "eActualNet"), "1.560");
    tear_down(&fixture);
}

/* A pace tells which values are news; a state is sent when one of them is. */
static void test_what_need_not_be_sent_is_not_sent(void **state)
{
    struct fixture fixture;
    (void)state;
    set_up(&fixture, false);
    send(&fixture, MAIN_ID POWER);
    bool same[3] = {true, true, true};
    struct readings readings = {
        .meter = "main",
        .at = fixture.world.decoded.readings,
        .count = fixture.world.decoded.count,
        .crc = DSMR_CRC_OK,
        .same = same,
    };
    assert_int_equal(readings.count, 3);
    /* The telegram is gone: texts must not be looked at, so ids and texts are left out. */
    readings.at++;
    readings.count = 2;
    fixture.composer->readings(fixture.composer, &readings);
    assert_int_equal(count(&fixture, main_state), 1);
    same[1] = false;
    fixture.composer->readings(fixture.composer, &readings);
    assert_int_equal(count(&fixture, main_state), 2);
    tear_down(&fixture);
}

/* ------------------------------------------------------------------------------------------------
 * dsmr run --forget
 */

static bool ours(struct fixture *fixture, const char *topic, const char *payload)
{
    return fixture->composer->is_ours(fixture->composer, topic, payload, strlen(payload));
}

static void test_all_that_was_announced_is_known_again_and_nothing_else(void **state)
{
    (void)state;
    for (int form = 0; form < 2; form++) {
        struct fixture fixture;
        size_t found = 0;
        set_up(&fixture, form == 1);
        send(&fixture, MAIN_ID POWER GAS_ID "0-1:24.2.1(250115170000W)(00900.000*m3)\r\n");
        assert_string_equal(fixture.composer->leftovers, "homeassistant/#");
        for (size_t i = 0; i < fixture.world.count; i++) {
            const struct heard *heard = &fixture.world.at[i];
            bool config = strncmp(heard->topic, "homeassistant/", 14) == 0;
            assert_int_equal(ours(&fixture, heard->topic, heard->payload.at), config);
            found += config;
        }
        assert_true(found >= 2);
        assert_false(ours(&fixture, "homeassistant/device/dsmr_x/config", ""));
        assert_false(
            ours(&fixture, "homeassistant/device/dsmr_x/config",
                 "{\"o\":{\"name\":\"dsmr\",\"sw\":\"1\"},\"avty\":[{\"t\":\"p1/status\"}]}"));
        assert_false(ours(&fixture, "homeassistant/device/dsmr_x/config",
                          "{\"o\":{\"name\":\"zigbee2mqtt\"},\"avty\":[{\"t\":\"dsmr/status\"}]}"));
        assert_false(
            ours(&fixture, "homeassistant/sensor/zigbee/x/config",
                 "{\"o\":{\"name\":\"dsmr\",\"sw\":\"1\"},\"avty\":[{\"t\":\"dsmr/status\"}]}"));
        assert_true(
            ours(&fixture, "homeassistant/device/dsmr_x/config",
                 "{\"o\":{\"name\":\"dsmr\",\"sw\":\"1\"},\"avty\":[{\"t\":\"dsmr/status\"}]}"));
        tear_down(&fixture);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_net_power_is_exact_and_below_zero_when_fed_in),
        cmocka_unit_test(test_without_both_powers_there_is_no_net_power),
        cmocka_unit_test(test_absent_is_unknown_and_never_zero),
        cmocka_unit_test(test_a_pace_makes_entities_of_the_least_and_the_greatest),
        cmocka_unit_test(test_values_that_do_not_count_are_left_out),
        cmocka_unit_test(test_enumerations_are_words_until_a_value_is_none_of_them),
        cmocka_unit_test(test_a_long_message_is_cut_and_stands_whole_in_the_attributes),
        cmocka_unit_test(test_a_gas_meter_out_of_reach_is_unavailable_and_not_zero),
        cmocka_unit_test(test_a_gas_meter_that_is_unplugged_is_unavailable),
        cmocka_unit_test(test_a_replaced_gas_meter_gets_entities_of_its_own),
        cmocka_unit_test(test_a_garbled_id_makes_no_device),
        cmocka_unit_test(test_a_meter_without_id_is_known_by_its_place),
        cmocka_unit_test(test_two_ports_that_show_one_meter_do_not_mix),
        cmocka_unit_test(test_an_endless_row_of_new_meters_comes_to_an_end),
        cmocka_unit_test(test_a_channel_that_was_never_used_is_no_device),
        cmocka_unit_test(test_a_meter_is_announced_before_its_first_state),
        cmocka_unit_test(test_a_new_item_is_announced_once_things_have_settled),
        cmocka_unit_test(test_everything_is_said_again_when_home_assistant_has_started),
        cmocka_unit_test(test_states_are_sent_again_after_a_connection),
        cmocka_unit_test(test_what_need_not_be_sent_is_not_sent),
        cmocka_unit_test(test_all_that_was_announced_is_known_again_and_nothing_else),
    };
    return cmocka_run_group_tests_name("homeassistant", tests, NULL, NULL);
}
