/* SPDX-License-Identifier: MIT */
/* Several meters in dsmr.cfg, and items that name the meter they are for. */
#include "config/config.h"
#include "config/items.h"
#include "config/key.h"
#include "core/memory.h"
#include "told.h"

#include <string.h>

struct reading {
    struct config config;
    struct complaints complaints;
};

static struct reading read_text(const char *text)
{
    struct reading reading = {0};
    config_init(&reading.config);
    config_read_text(&reading.config, "dsmr.cfg", text, strlen(text), &reading.complaints);
    return reading;
}

static void assert_complaints(const char *text, size_t errors, size_t mistakes, const char *told)
{
    struct reading reading = read_text(text);
    assert_int_equal(reading.complaints.errors, errors);
    assert_int_equal(reading.complaints.mistakes, mistakes);
    assert_told(&reading.complaints, told);
    config_free(&reading.config);
}

static const char *port_of(const struct config *config, const char *name)
{
    size_t place = config_meter_find(config, name, strlen(name));
    assert_in_range(place, 0, config_meter_count(config) - 1);
    assert_string_equal(config_meter_name(config, place), name);
    return config_meter_text(config, place, CONFIG_PORT);
}

static void test_keys_without_meter_are_main(void **state)
{
    (void)state;
    struct reading reading = read_text("port=/dev/ttyUSB0\ngas.channel=2\n");
    assert_told(&reading.complaints, "");
    assert_int_equal(config_meter_count(&reading.config), 1);
    assert_string_equal(port_of(&reading.config, "main"), "/dev/ttyUSB0");
    assert_int_equal(config_meter_number(&reading.config, 0, CONFIG_GAS_CHANNEL), 2);
    assert_false(config_meter_is_set(&reading.config, 0, CONFIG_ZONE));
    config_free(&reading.config);
}

static void test_meter_main_is_the_same(void **state)
{
    (void)state;
    struct reading reading = read_text("meter.main.port=/dev/ttyUSB0\nmeter.main.gas.channel=3\n");
    assert_told(&reading.complaints, "");
    assert_int_equal(config_meter_count(&reading.config), 1);
    assert_string_equal(config_text(&reading.config, CONFIG_PORT), "/dev/ttyUSB0");
    assert_int_equal(config_number(&reading.config, CONFIG_GAS_CHANNEL), 3);
    config_free(&reading.config);
    assert_complaints(
        "port=/dev/a\nmeter.main.port=/dev/b\n", 0, 1,
        "dsmr.cfg:2: error: key 'meter.main.port' stands in line 1 already; the later "
        "line counts\n");
}

static void test_each_meter_has_its_own_values(void **state)
{
    (void)state;
    struct reading reading = read_text("port=/dev/ttyUSB0\n"
                                       "zone=Europe/Brussels\n"
                                       "dsmr : meter.garage.port = tcp://10.0.0.5:2000\n"
                                       "meter.garage.gas.channel=4\n"
                                       "meter.Shed_2-b.portsettings=9600 7E1\n"
                                       "meter.garage.zone=Europe/Stockholm\n"
                                       "meter.Shed_2-b.port=/dev/ttyUSB1\n");
    const struct config *config = &reading.config;
    assert_told(&reading.complaints, "");
    assert_int_equal(config_meter_count(config), 3);
    assert_string_equal(config_meter_name(config, 0), "main");
    assert_string_equal(config_meter_name(config, 1), "garage");
    assert_string_equal(config_meter_name(config, 2), "Shed_2-b");
    assert_string_equal(port_of(config, "garage"), "tcp://10.0.0.5:2000");
    assert_string_equal(port_of(config, "Shed_2-b"), "/dev/ttyUSB1");
    assert_int_equal(config_meter_number(config, 1, CONFIG_GAS_CHANNEL), 4);
    assert_false(config_meter_is_set(config, 2, CONFIG_GAS_CHANNEL));
    assert_string_equal(config_meter_text(config, 0, CONFIG_ZONE), "Europe/Brussels");
    assert_string_equal(config_meter_text(config, 1, CONFIG_ZONE), "Europe/Stockholm");
    assert_null(config_meter_text(config, 2, CONFIG_ZONE));
    assert_int_equal(config_meter_find(config, "shed_2-b", 8), 3);
    assert_int_equal(config_meter_find(config, "gar", 3), 3);
    config_free(&reading.config);
}

static void test_main_need_not_be_there(void **state)
{
    (void)state;
    struct reading reading =
        read_text("meter.house.port=/dev/ttyUSB0\nmeter.b.port=/dev/ttyUSB1\n");
    assert_told(&reading.complaints, "");
    assert_int_equal(config_meter_count(&reading.config), 2);
    assert_string_equal(config_meter_name(&reading.config, 0), "house");
    assert_int_equal(config_meter_find(&reading.config, "main", 4), 2);
    config_set_port(&reading.config, "simulated:");
    assert_int_equal(config_meter_count(&reading.config), 3);
    assert_string_equal(config_meter_name(&reading.config, 0), "main");
    assert_string_equal(config_meter_name(&reading.config, 2), "b");
    assert_string_equal(port_of(&reading.config, "main"), "simulated:");
    config_free(&reading.config);
}

static void test_names_that_are_none(void **state)
{
    (void)state;
#define FORBIDDEN "can be no name of a meter; allowed: letters, digits, _ and -, 1 to 32 of them\n"
    assert_complaints("meter.12345678901234567890123456789012.port=simulated:\n", 0, 0, "");
    assert_complaints("meter.123456789012345678901234567890123.port=simulated:\n", 1, 0,
                      "dsmr.cfg:1: error: '123456789012345678901234567890123' " FORBIDDEN);
    assert_complaints("meter.gar age.port=simulated:\n", 1, 0,
                      "dsmr.cfg:1: error: 'gar age' " FORBIDDEN);
    assert_complaints("meter..port=simulated:\n", 1, 0, "dsmr.cfg:1: error: '' " FORBIDDEN);
    assert_complaints("meter.caf\xC3\xA9.port=simulated:\n", 1, 0,
                      "dsmr.cfg:1: error: 'caf\xC3\xA9' " FORBIDDEN);
}

static void test_name_left_out(void **state)
{
    (void)state;
#define HINT "names no meter; allowed: meter.<name>.<key>, as in meter.garage.port\n"
    assert_complaints("meter.port=simulated:\n", 1, 0, "dsmr.cfg:1: error: key 'meter.port' " HINT);
    assert_complaints("meter.gas.channel=1\n", 1, 0,
                      "dsmr.cfg:1: error: key 'meter.gas.channel' " HINT);
    assert_complaints("meter.garage=simulated:\n", 1, 0,
                      "dsmr.cfg:1: error: key 'meter.garage' " HINT);
    assert_complaints("meter.=simulated:\n", 1, 0, "dsmr.cfg:1: error: key 'meter.' " HINT);
}

static void test_unknown_key_of_a_meter(void **state)
{
    (void)state;
    assert_complaints("meter.garage.prot=simulated:\n", 1, 0,
                      "dsmr.cfg:1: error: key 'meter.garage.prot' is unknown; did you mean "
                      "'meter.garage.port'?\n");
    assert_complaints("meter.garage.openhab.url=http://localhost\n", 1, 0,
                      "dsmr.cfg:1: error: key 'meter.garage.openhab.url': 'openhab.url' is one for "
                      "all meters; write it without 'meter.garage.'\n");
    assert_complaints("meter.garage.frobnicate=1\n", 1, 0,
                      "dsmr.cfg:1: error: key 'meter.garage.frobnicate' is unknown; dsmr check "
                      "--sample lists all keys\n");
}

static void test_bad_values_name_the_meter(void **state)
{
    (void)state;
    char *told = memory_print("dsmr.cfg:1: error: key 'meter.garage.port': value 'ttyUSB0' is not "
                              "allowed; allowed: %s; did you mean '/dev/ttyUSB0'?\n"
                              "dsmr.cfg:2: error: key 'meter.garage.gas.channel': value 'x' is not "
                              "allowed; allowed: the M-Bus channel, 1 to 9\n",
                              key_facts(CONFIG_PORT)->allowed);
    assert_complaints("meter.garage.port=ttyUSB0\nmeter.garage.gas.channel=x\n", 1, 1, told);
    free(told);
}

static void test_meter_without_port(void **state)
{
    (void)state;
    char *told = memory_print("dsmr.cfg:3: error: meter 'garage' has no port; add "
                              "meter.garage.port=; allowed: %s\n",
                              key_facts(CONFIG_PORT)->allowed);
    assert_complaints("port=simulated:\n# nothing else\nmeter.garage.gas.channel=1\n", 1, 0, told);
    free(told);
}

static void test_keys_of_main_that_went_elsewhere(void **state)
{
    (void)state;
    assert_complaints(
        "meter.house.port=simulated:\ngas.channel=1\n", 0, 1,
        "dsmr.cfg:2: error: key 'gas.channel' is of the meter main, which has no port; "
        "did you mean 'meter.house.gas.channel'?\n");
}

static void test_two_meters_on_one_port(void **state)
{
    (void)state;
    assert_complaints(
        "meter.a.port=/dev/ttyUSB0\nmeter.b.port=tcp://h:1\nport=/dev/ttyUSB0\n"
        "meter.c.port=/dev/ttyUSB0\n",
        2, 0,
        "dsmr.cfg:3: error: key 'port': value '/dev/ttyUSB0' is the port of the meter "
        "'a' too (line 1); one port has one meter\n"
        "dsmr.cfg:4: error: key 'meter.c.port': value '/dev/ttyUSB0' is the port of the "
        "meter 'main' too (line 3); one port has one meter\n");
    assert_complaints("meter.a.port=simulated:\nmeter.b.port=simulated:\n", 0, 0, "");
}

static void test_channels_are_compared_within_a_meter(void **state)
{
    (void)state;
    assert_complaints("port=simulated:\ngas.channel=1\nmeter.a.port=simulated:\n"
                      "meter.a.water.channel=1\n",
                      0, 0, "");
    assert_complaints(
        "meter.a.port=simulated:\nmeter.a.gas.channel=1\nmeter.a.water.channel=1\n", 0, 0,
        "dsmr.cfg:3: warning: key 'meter.a.water.channel': value '1' is the channel of "
        "'meter.a.gas.channel' too (line 2); one channel has one device\n");
}

static void test_a_thousand_meters(void **state)
{
    (void)state;
    char *text = NULL;
    size_t size = 0;
    FILE *stream = open_memstream(&text, &size);
    for (int i = 0; i < 10001; i++)
        fprintf(stream, "meter.m%d.port=tcp://10.0.0.1:%d\n", i, i + 1);
    fclose(stream);
    struct reading reading = read_text(text);
    assert_int_equal(config_meter_count(&reading.config), 10000);
    assert_string_equal(port_of(&reading.config, "m9999"), "tcp://10.0.0.1:10000");
    assert_told(&reading.complaints, "dsmr.cfg:10001: error: more than 10000 meters\n");
    config_free(&reading.config);
    free(text);
}

/* ------------------------------------------------------------------------------------------------
 * Items
 */

/* These meters and this binding: it must be of that meter, or else this be complained about. */
static void assert_binding(const char *meters, const char *binding, const char *meter,
                           const char *told)
{
    struct reading reading = read_text(meters);
    struct bound_items items = {0};
    char *text = memory_print("Number X\n  {dsmr=\"%s\"}\n", binding);
    items_read_text(&items, "p1.items", text, strlen(text), &reading.complaints);
    items_keep_known(&items, &reading.config, &reading.complaints);
    assert_int_equal(reading.complaints.errors, 0);
    assert_told(&reading.complaints, told);
    assert_int_equal(items.count, meter != NULL ? 1 : 0);
    if (meter != NULL) {
        assert_string_equal(item_meter(&items.at[0]), meter);
        assert_string_equal(dsmr_item_id(items.at[0].reading), "eActualDelivery");
    }
    items_free(&items);
    config_free(&reading.config);
    free(text);
}

static const char both[] = "port=/dev/ttyUSB0\nmeter.garage.port=/dev/ttyUSB1\n";
static const char garage_only[] = "meter.garage.port=/dev/ttyUSB1\n";

static void test_items_name_their_meter(void **state)
{
    (void)state;
    assert_binding(both, "eActualDelivery", "main", "");
    assert_binding(both, "main:eActualDelivery", "main", "");
    assert_binding(both, "garage:eActualDelivery", "garage", "");
    assert_binding(both, " garage : eActualDelivery ", "garage", "");
    assert_binding(garage_only, "garage:eActualDelivery", "garage", "");
}

static void test_items_of_meters_that_are_not_there(void **state)
{
    (void)state;
    assert_binding(
        both, "garag:eActualDelivery", NULL,
        "p1.items:2: error: item 'X': there is no meter 'garag'; did you mean 'garage'?\n");
    assert_binding(both, "Q:eActualDelivery", NULL,
                   "p1.items:2: error: item 'X': there is no meter 'Q'; the key meter.<name>.port "
                   "makes one\n");
    assert_binding(
        garage_only, "eActualDelivery", NULL,
        "p1.items:2: error: item 'X': 'eActualDelivery' is of the meter main, which has no "
        "port; did you mean 'garage:eActualDelivery'?\n");
}

static void test_bindings_that_are_none(void **state)
{
    (void)state;
    assert_binding(both, "gar/age:eActualDelivery", NULL,
                   "p1.items:2: error: item 'X': 'gar/age' can be no name of a meter; allowed: "
                   "dsmr=\"<id>\" or dsmr=\"<meter>:<id>\"\n");
    assert_binding(both, ":eActualDelivery", NULL,
                   "p1.items:2: error: item 'X': '' can be no name of a meter; allowed: "
                   "dsmr=\"<id>\" or dsmr=\"<meter>:<id>\"\n");
    assert_binding(both, "garage:eActualDelivry", NULL,
                   "p1.items:2: error: item 'X': id 'eActualDelivry' is unknown; did you mean "
                   "'eActualDelivery'?\n");
    assert_binding(both, "garage:", NULL,
                   "p1.items:2: error: item 'X': dsmr=\"\" names no id; allowed: an id such as "
                   "eActualDelivery\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_keys_without_meter_are_main),
        cmocka_unit_test(test_meter_main_is_the_same),
        cmocka_unit_test(test_each_meter_has_its_own_values),
        cmocka_unit_test(test_main_need_not_be_there),
        cmocka_unit_test(test_names_that_are_none),
        cmocka_unit_test(test_name_left_out),
        cmocka_unit_test(test_unknown_key_of_a_meter),
        cmocka_unit_test(test_bad_values_name_the_meter),
        cmocka_unit_test(test_meter_without_port),
        cmocka_unit_test(test_keys_of_main_that_went_elsewhere),
        cmocka_unit_test(test_two_meters_on_one_port),
        cmocka_unit_test(test_channels_are_compared_within_a_meter),
        cmocka_unit_test(test_a_thousand_meters),
        cmocka_unit_test(test_items_name_their_meter),
        cmocka_unit_test(test_items_of_meters_that_are_not_there),
        cmocka_unit_test(test_bindings_that_are_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
