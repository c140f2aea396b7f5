/* SPDX-License-Identifier: MIT */
/* The Homie device, versions 4 and 5, for meters of all standards, and what becomes of its state. */
#include "sink/homie.h"

#include "config/key.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "homie_reader.h"
#include "known_telegrams.h"

enum {
    STANDARDS = sizeof known_telegrams / sizeof known_telegrams[0],
    READY_MS = 5,
};

#define POWER "1-0:1.7.0(02.010*kW)\r\n1-0:2.7.0(00.450*kW)\r\n"

struct fixture {
    struct world world;
    struct loop *loop;
    struct log log;
    struct mqtt_composer *composer;
    const char *base;
};

static void set_up(struct fixture *fixture, int version, enum language language)
{
    *fixture = (struct fixture){.loop = loop_new(), .log = {.level = LOG_ERROR}};
    world_init(&fixture->world);
    fixture->base = version == 5 ? "homie/5/dsmr/" : "homie/dsmr/";
    fixture->composer = homie_new(&(struct homie_setup){
        .version = version,
        .device = "dsmr",
        .language = language,
        .ready_ms = READY_MS,
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

static const struct heard *at(const struct fixture *fixture, const char *rest)
{
    char *topic = memory_print("%s%s", fixture->base, rest);
    const struct heard *heard = world_find(&fixture->world, topic);
    free(topic);
    return heard;
}

static const char *payload(const struct fixture *fixture, const char *rest)
{
    const struct heard *heard = at(fixture, rest);
    return heard ? heard->payload.at : "nothing";
}

static void stop_when_ready(void *context)
{
    struct fixture *fixture = context;
    if (strcmp(payload(fixture, "$state"), "init") != 0)
        loop_stop(fixture->loop);
}

/* Runs the loop until the device is no longer in the state init. */
static void wait_for_state(struct fixture *fixture)
{
    world_run(fixture->loop, stop_when_ready, fixture);
}

static struct homie_count read_device(const struct fixture *fixture)
{
    return fixture->base[6] == '5' ? homie_read_5(&fixture->world, fixture->base)
                                   : homie_read_4(&fixture->world, fixture->base);
}

/* ------------------------------------------------------------------------------------------------
 * Structure
 */

static void test_a_controller_can_read_all_of_it(void **state)
{
    (void)state;
    for (size_t i = 0; i < STANDARDS; i++) {
        for (int form = 0; form < 8; form++) {
            struct fixture fixture;
            const char *text = known_telegrams[i].telegram;
            set_up(&fixture, form & 1 ? 5 : 4, form & 2 ? LANGUAGE_DUTCH : LANGUAGE_ENGLISH);
            fixture.world.paced = form & 4;
            assert_true(world_read(&fixture.world, fixture.composer, "main", text, strlen(text),
                                   DSMR_CRC_OK));
            struct homie_count count = read_device(&fixture);
            assert_true(count.nodes >= 5);
            assert_true(count.properties > 20);
            assert_int_equal(count.values, count.properties);
            assert_string_equal(payload(&fixture, "$state"), "init");
            wait_for_state(&fixture);
            assert_string_equal(payload(&fixture, "$state"), "ready");
            tear_down(&fixture);
        }
    }
}

static void test_a_pace_makes_properties_of_the_least_and_the_greatest(void **state)
{
    struct fixture fixture;
    (void)state;
    set_up(&fixture, 4, LANGUAGE_DUTCH);
    fixture.world.paced = true;
    send(&fixture, POWER "1-0:1.8.1(001581.123*kWh)\r\n");
    assert_string_equal(payload(&fixture, "electricity/e-actual-delivery"), "2.010");
    assert_string_equal(payload(&fixture, "electricity/e-actual-delivery-least"), "1.0050");
    assert_string_equal(payload(&fixture, "electricity/e-actual-delivery-greatest"), "4.020");
    assert_string_equal(payload(&fixture, "electricity/e-actual-delivery-greatest/$unit"), "kW");
    assert_string_equal(payload(&fixture, "electricity/e-actual-delivery-greatest/$datatype"),
                        "float");
    assert_string_equal(payload(&fixture, "electricity/e-actual-delivery-greatest/$name"),
                        "Vermogen dat nu wordt afgenomen, max");
    assert_null(at(&fixture, "electricity/e-delivery-tariff1-greatest"));
    tear_down(&fixture);
}

static void test_what_a_property_looks_like(void **state)
{
    struct fixture fixture;
    (void)state;
    set_up(&fixture, 4, LANGUAGE_DUTCH);
    send(&fixture, POWER "1-0:1.8.1(001581.123*kWh)\r\n0-0:96.14.0(0002)\r\n"
                         "0-0:96.7.21(00015)\r\n0-0:1.0.0(250115174321W)\r\n"
                         "0-1:24.1.0(003)\r\n0-1:24.2.1(250115170000W)(00900.000*m3)\r\n");
    assert_string_equal(payload(&fixture, "$nodes"), "electricity,p1,gas");
    assert_string_equal(payload(&fixture, "electricity/$name"), "Elektriciteitsmeter");
    assert_string_equal(payload(&fixture, "electricity/e-delivery-tariff1"), "1581.123");
    assert_string_equal(payload(&fixture, "electricity/e-delivery-tariff1/$datatype"), "float");
    assert_string_equal(payload(&fixture, "electricity/e-delivery-tariff1/$unit"), "kWh");
    assert_string_equal(payload(&fixture, "electricity/e-delivery-tariff1/$name"),
                        "Energie afgenomen van het net, tarief 1");
    assert_string_equal(payload(&fixture, "electricity/e-tariff-indicator"), "2");
    assert_string_equal(payload(&fixture, "electricity/e-tariff-indicator/$datatype"), "enum");
    assert_string_equal(payload(&fixture, "electricity/e-tariff-indicator/$format"), "1,2,3,4");
    assert_string_equal(payload(&fixture, "electricity/e-power-failures"), "15");
    assert_string_equal(payload(&fixture, "electricity/e-power-failures/$datatype"), "integer");
    assert_string_equal(payload(&fixture, "electricity/e-actual-net"), "1.560");
    assert_string_equal(payload(&fixture, "electricity/e-actual-net/$name"),
                        "Nettovermogen nu (afgeleid)");
    assert_string_equal(payload(&fixture, "p1/p1-timestamp"), "2025-01-15T17:43:21+01:00");
    assert_string_equal(payload(&fixture, "p1/p1-timestamp/$datatype"), "string");
    assert_string_equal(payload(&fixture, "gas/g-value/$unit"), "m³");
    assert_string_equal(payload(&fixture, "gas/g-value/$settable"), "false");
    assert_string_equal(payload(&fixture, "gas/g-value/$retained"), "true");
    tear_down(&fixture);
}

/* Ids are those of the items: whoever stands behind the port, and whichever channel it has. */
static void test_ids_do_not_depend_on_the_equipment(void **state)
{
    struct fixture fixture;
    (void)state;
    set_up(&fixture, 4, LANGUAGE_ENGLISH);
    send(&fixture, POWER "0-1:24.1.0(003)\r\n0-1:96.1.0(47303132)\r\n"
                         "0-1:24.2.1(250115170000W)(00900.000*m3)\r\n");
    send(&fixture, POWER "0-2:24.1.0(003)\r\n0-2:96.1.0(47303939)\r\n"
                         "0-2:24.2.1(250117170000W)(00000.100*m3)\r\n");
    assert_string_equal(payload(&fixture, "$nodes"), "electricity,gas");
    assert_string_equal(payload(&fixture, "gas/g-value"), "0.100");
    tear_down(&fixture);
}

static void test_other_meters_have_their_name_in_the_ids(void **state)
{
    static const char text[] = "/KFM5KAIFA-METER\r\n\r\n" POWER "!\r\n";
    static const char *const names[] = {"main", "garage", "Garage", "garage_",
                                        "-",    "_",      "b-",     "slave"};
    struct fixture fixture;
    (void)state;
    set_up(&fixture, 4, LANGUAGE_ENGLISH);
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        assert_true(world_read(&fixture.world, fixture.composer, names[i], text, strlen(text),
                               DSMR_CRC_OK));
    struct homie_count count = homie_read_4(&fixture.world, fixture.base);
    assert_int_equal(count.nodes, sizeof names / sizeof names[0]);
    assert_string_equal(payload(&fixture, "electricity/e-actual-net"), "1.560");
    assert_string_equal(payload(&fixture, "garage-electricity/e-actual-net"), "1.560");
    assert_string_equal(payload(&fixture, "garage-electricity/$name"), "Electricity meter garage");
    tear_down(&fixture);
}

static void test_ids_of_devices(void **state)
{
    int64_t number;
    (void)state;
    assert_true(key_takes(CONFIG_HOMIE_DEVICE, "dsmr", &number));
    assert_true(key_takes(CONFIG_HOMIE_DEVICE, "p1-2nd", &number));
    assert_false(key_takes(CONFIG_HOMIE_DEVICE, "-dsmr", &number));
    assert_false(key_takes(CONFIG_HOMIE_DEVICE, "dsmr-", &number));
    assert_false(key_takes(CONFIG_HOMIE_DEVICE, "DSMR", &number));
    assert_false(key_takes(CONFIG_HOMIE_DEVICE, "a/b", &number));
    assert_false(key_takes(CONFIG_HOMIE_DEVICE, "5", &number));
}

static void test_the_broker_tells_when_the_device_is_lost(void **state)
{
    (void)state;
    for (int version = 4; version <= 5; version++) {
        struct fixture fixture;
        set_up(&fixture, version, LANGUAGE_ENGLISH);
        assert_string_equal(fixture.composer->will_topic,
                            version == 5 ? "homie/5/dsmr/$state" : "homie/dsmr/$state");
        assert_string_equal(fixture.composer->will, "lost");
        assert_string_equal(fixture.composer->farewell, "disconnected");
        tear_down(&fixture);
    }
}

/* ------------------------------------------------------------------------------------------------
 * Changes
 */

static void test_a_value_is_sent_when_it_changed(void **state)
{
    struct fixture fixture;
    (void)state;
    set_up(&fixture, 4, LANGUAGE_ENGLISH);
    send(&fixture, POWER);
    unsigned messages = fixture.world.messages;
    send(&fixture, POWER);
    assert_int_equal(fixture.world.messages, messages);
    send(&fixture, "1-0:1.7.0(02.011*kW)\r\n1-0:2.7.0(00.450*kW)\r\n");
    assert_int_equal(fixture.world.messages, messages + 2); /* and the net power */
    assert_string_equal(payload(&fixture, "electricity/e-actual-delivery"), "2.011");
    tear_down(&fixture);
}

/* The description changes only in the state init, and ready comes last. */
static void test_a_new_property_is_described_before_the_device_is_ready_again(void **state)
{
    (void)state;
    for (int version = 4; version <= 5; version++) {
        struct fixture fixture;
        set_up(&fixture, version, LANGUAGE_ENGLISH);
        send(&fixture, POWER);
        wait_for_state(&fixture);
        unsigned before = fixture.world.messages;
        send(&fixture, POWER "1-0:32.7.0(230.1*V)\r\n");
        assert_int_equal(at(&fixture, "$state")->order, before + 1);
        assert_string_equal(payload(&fixture, "$state"), "init");
        wait_for_state(&fixture);
        const char *description = version == 5 ? "$description" : "electricity/$properties";
        assert_true(at(&fixture, description)->order > before);
        assert_int_equal(at(&fixture, "$state")->count, 4); /* init, ready, init, ready */
        assert_int_equal(at(&fixture, "$state")->order, fixture.world.messages);
        assert_string_equal(payload(&fixture, "$state"), "ready");
        assert_true(at(&fixture, "electricity/e-instant-voltage-l1")->order >
                    at(&fixture, description)->order);
        tear_down(&fixture);
    }
}

static void test_the_number_of_a_description_rises(void **state)
{
    struct fixture fixture;
    int64_t last = 0;
    static const char *const lines[] = {POWER, POWER "1-0:32.7.0(230.1*V)\r\n",
                                        POWER "1-0:52.7.0(230.1*V)\r\n"};
    (void)state;
    set_up(&fixture, 5, LANGUAGE_ENGLISH);
    for (size_t i = 0; i < 3; i++) {
        send(&fixture, lines[i]);
        json_t *description = json_loads(payload(&fixture, "$description"), 0, NULL);
        int64_t number = json_integer_value(json_object_get(description, "version"));
        assert_true(number > last);
        last = number;
        json_decref(description);
    }
    tear_down(&fixture);
}

/* What is no longer one of the values of an enumeration becomes text, and is described so first. */
static void test_an_odd_value_turns_an_enumeration_into_text(void **state)
{
    struct fixture fixture;
    (void)state;
    set_up(&fixture, 4, LANGUAGE_ENGLISH);
    send(&fixture, "0-0:96.14.0(0002)\r\n0-0:96.3.10(1)\r\n");
    assert_string_equal(payload(&fixture, "electricity/e-tariff-indicator/$datatype"), "enum");
    send(&fixture, "0-0:96.14.0(TARIFF 1)\r\n0-0:96.3.10(7)\r\n");
    assert_string_equal(payload(&fixture, "electricity/e-tariff-indicator/$datatype"), "string");
    assert_string_equal(payload(&fixture, "electricity/e-tariff-indicator"), "TARIFF 1");
    assert_string_equal(payload(&fixture, "electricity/e-switch-position"), "7");
    homie_read_4(&fixture.world, fixture.base);
    tear_down(&fixture);
}

static void test_a_message_that_was_taken_back_is_empty(void **state)
{
    (void)state;
    for (int version = 4; version <= 5; version++) {
        struct fixture fixture;
        set_up(&fixture, version, LANGUAGE_ENGLISH);
        send(&fixture, POWER "0-0:96.13.0(4869)\r\n");
        assert_string_equal(payload(&fixture, "electricity/e-text-message"), "Hi");
        for (int i = 0; i < QUANTITY_GONE; i++)
            send(&fixture, POWER);
        const struct heard *text = at(&fixture, "electricity/e-text-message");
        assert_int_equal(text->payload.size, version == 5 ? 1 : 0);
        assert_string_equal(text->payload.at, "");
        /* A number that is gone was the last, and never 0. */
        assert_string_equal(payload(&fixture, "electricity/e-actual-delivery"), "2.010");
        tear_down(&fixture);
    }
}

/* ------------------------------------------------------------------------------------------------
 * States and connections
 */

static void line(struct fixture *fixture, const char *meter, bool connected)
{
    struct line_status status = {
        .meter = meter, .state = connected ? "reading" : "no such port", .connected = connected};
    fixture->composer->line(fixture->composer, &status);
}

static void test_trouble_with_a_line_is_told_4(void **state)
{
    struct fixture fixture;
    (void)state;
    set_up(&fixture, 4, LANGUAGE_ENGLISH);
    line(&fixture, "main", true);
    line(&fixture, "garage", true);
    send(&fixture, POWER);
    line(&fixture, "main", false);
    assert_string_equal(payload(&fixture, "$state"), "init");
    wait_for_state(&fixture);
    assert_string_equal(payload(&fixture, "$state"), "alert");
    line(&fixture, "garage", false);
    line(&fixture, "main", true);
    assert_string_equal(payload(&fixture, "$state"), "alert");
    line(&fixture, "garage", true);
    assert_string_equal(payload(&fixture, "$state"), "ready");
    tear_down(&fixture);
}

static void test_trouble_with_a_line_is_told_5(void **state)
{
    struct fixture fixture;
    (void)state;
    set_up(&fixture, 5, LANGUAGE_ENGLISH);
    line(&fixture, "main", true);
    send(&fixture, POWER);
    wait_for_state(&fixture);
    assert_null(at(&fixture, "$alert/main"));
    line(&fixture, "main", false);
    assert_string_equal(payload(&fixture, "$alert/main"), "main: no such port");
    assert_true(at(&fixture, "$alert/main")->retain);
    assert_string_equal(payload(&fixture, "$state"), "ready");
    line(&fixture, "main", true);
    assert_int_equal(at(&fixture, "$alert/main")->payload.size, 0);
    tear_down(&fixture);
}

static void test_a_new_connection_gets_all_values_and_the_state(void **state)
{
    struct fixture fixture;
    (void)state;
    set_up(&fixture, 4, LANGUAGE_ENGLISH);
    fixture.composer->connected(fixture.composer);
    assert_string_equal(payload(&fixture, "$state"), "init");
    send(&fixture, POWER);
    wait_for_state(&fixture);
    world_forget(&fixture.world);
    unsigned before = fixture.world.messages;
    fixture.composer->connected(fixture.composer);
    assert_string_equal(payload(&fixture, "electricity/e-actual-net"), "1.560");
    assert_int_equal(at(&fixture, "$state")->order, 1 + before);
    assert_string_equal(payload(&fixture, "$state"), "init");
    wait_for_state(&fixture);
    assert_string_equal(payload(&fixture, "$state"), "ready");
    assert_int_equal(at(&fixture, "$state")->order, fixture.world.messages);
    tear_down(&fixture);
}

static void test_what_is_left_behind_is_known_again(void **state)
{
    struct fixture fixture;
    struct mqtt_composer *composer;
    (void)state;
    set_up(&fixture, 4, LANGUAGE_ENGLISH);
    composer = fixture.composer;
    assert_string_equal(composer->leftovers, "homie/#");
    assert_true(composer->is_ours(composer, "homie/dsmr/$state", "lost", 4));
    assert_true(composer->is_ours(composer, "homie/5/dsmr/gas/g-value", "1", 1));
    assert_false(composer->is_ours(composer, "homie/dsmr2/$state", "lost", 4));
    assert_false(composer->is_ours(composer, "homie/dsmr", "lost", 4));
    tear_down(&fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_controller_can_read_all_of_it),
        cmocka_unit_test(test_a_pace_makes_properties_of_the_least_and_the_greatest),
        cmocka_unit_test(test_what_a_property_looks_like),
        cmocka_unit_test(test_ids_do_not_depend_on_the_equipment),
        cmocka_unit_test(test_other_meters_have_their_name_in_the_ids),
        cmocka_unit_test(test_ids_of_devices),
        cmocka_unit_test(test_the_broker_tells_when_the_device_is_lost),
        cmocka_unit_test(test_a_value_is_sent_when_it_changed),
        cmocka_unit_test(test_a_new_property_is_described_before_the_device_is_ready_again),
        cmocka_unit_test(test_the_number_of_a_description_rises),
        cmocka_unit_test(test_an_odd_value_turns_an_enumeration_into_text),
        cmocka_unit_test(test_a_message_that_was_taken_back_is_empty),
        cmocka_unit_test(test_trouble_with_a_line_is_told_4),
        cmocka_unit_test(test_trouble_with_a_line_is_told_5),
        cmocka_unit_test(test_a_new_connection_gets_all_values_and_the_state),
        cmocka_unit_test(test_what_is_left_behind_is_known_again),
    };
    return cmocka_run_group_tests_name("homie", tests, NULL, NULL);
}
