/* SPDX-License-Identifier: MIT */
/*
 * What Home Assistant is told of meters of all eight standards with every device on the M-Bus, read
 * as Home Assistant reads it. The ids are held against a list that may grow and never change: with
 * the argument "list" this program prints what belongs into it.
 */
#include "sink/homeassistant.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "ha_reader.h"
#include "known_telegrams.h"

/* Of other countries: telegrams of tests/golden. */
static const struct {
    const char *country;
    const char *golden;
} foreign[] = {
    {"at", "at-energie-steiermark"},
    {"be", "be-fluvius-13-months"},
    {"be-brussels", "be-brussels-two-limits-in-one"},
    {"be-industry", "be-industry-a1"},
    {"ch", "ch-registers-under-1-1"},
    {"dk", "dk-kamstrup"},
    {"hu", "hu-month-close-and-breaker-in-words"},
    {"ie", "ie-iskra"},
    {"il", "il-kaifa"},
    {"lt", "lt-eso-maximal"},
    {"lu", "lu-smarty-all-of-it"},
    {"pl", "pl-elgama"},
    {"se", "se-ellevio"},
};

enum {
    STANDARDS = sizeof known_telegrams / sizeof known_telegrams[0],
    TELEGRAMS = STANDARDS + sizeof foreign / sizeof foreign[0],
    BELIEVED = 3,
};

static const struct mqtt_topics topics = {
    .values = "dsmr/{meter}/{item}", .status = "dsmr/status", .line = "dsmr/{meter}/status"};

struct fixture {
    struct world world;
    struct loop *loop;
    struct log log;
    struct mqtt_composer *composer;
};

static void set_up(struct fixture *fixture, enum language language, bool components)
{
    *fixture = (struct fixture){.loop = loop_new(), .log = {.level = LOG_ERROR}};
    world_init(&fixture->world);
    fixture->composer = homeassistant_new(&(struct homeassistant_setup){
        .style = {&topics, "homeassistant", language, 300},
        .components = components,
        .restart_spread_ms = 1,
        .settle_ms = 1,
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

/* A file beside this one; ended by a NUL. */
static char *read_beside(const char *name)
{
    enum { SIZE_MOST = 1 << 18 };
    const char *slash = strrchr(__FILE__, '/');
    assert_non_null(slash);
    char *path = memory_print("%.*s/%s", (int)(slash - __FILE__), __FILE__, name);
    char *text = memory_new(1, SIZE_MOST);
    FILE *file = fopen(path, "r");
    if (!file)
        fail_msg("cannot read %s", path);
    assert_true(fread(text, 1, SIZE_MOST - 1, file) > 0);
    fclose(file);
    free(path);
    return text;
}

static char *telegram_at(size_t place)
{
    if (place < STANDARDS)
        return memory_text(known_telegrams[place].telegram);
    char *name = memory_print("../golden/%s.txt", foreign[place - STANDARDS].golden);
    char *text = read_beside(name);
    char *second = strstr(text, "\n/");
    if (second)
        second[1] = '\0';
    free(name);
    return text;
}

static const char *name_at(size_t place)
{
    return place < STANDARDS ? known_telegrams[place].standard : foreign[place - STANDARDS].country;
}

static void play(struct fixture *fixture, size_t place, const char *meter)
{
    char *text = telegram_at(place);
    for (int i = 0; i < BELIEVED; i++)
        assert_true(world_read(&fixture->world, fixture->composer, meter, text, strlen(text),
                               i == 0 ? DSMR_CRC_NONE : DSMR_CRC_OK));
    free(text);
}

/* ------------------------------------------------------------------------------------------------
 * All standards, both forms, both languages
 */

static void look_at_nothing(void *context, json_t *root, json_t *sensor)
{
    size_t *count = context;
    (void)root;
    (void)sensor;
    (*count)++;
}

static void test_home_assistant_can_read_all_of_it(void **state)
{
    (void)state;
    for (size_t place = 0; place < TELEGRAMS; place++) {
        for (int form = 0; form < 8; form++) {
            struct fixture fixture;
            size_t entities = 0;
            set_up(&fixture, form & 1 ? LANGUAGE_DUTCH : LANGUAGE_ENGLISH, form & 2);
            fixture.world.paced = form & 4;
            play(&fixture, place, "main");
            size_t messages = ha_read(&fixture.world, look_at_nothing, &entities);
            assert_true(entities > (place < STANDARDS ? 20 : 10));
            if (place < STANDARDS)
                assert_true(form & 2 ? messages == entities : messages >= 5 && messages <= 8);
            tear_down(&fixture);
        }
    }
}

/* ------------------------------------------------------------------------------------------------
 * Ids
 */

struct id_list {
    char *at[4096];
    size_t count;
    const char *standard;
};

static void note_ids(void *context, json_t *root, json_t *sensor)
{
    struct id_list *list = context;
    (void)root;
    assert_true(list->count < 4096);
    list->at[list->count++] = memory_print("%s %s %s", list->standard, ha_text(sensor, "unique_id"),
                                           ha_text(sensor, "default_entity_id"));
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Of all standards, sorted; with a pace that makes a least and a greatest there are more. */
static void make_ids(struct id_list *list, bool paced)
{
    memset(list, 0, sizeof *list);
    for (size_t place = 0; place < TELEGRAMS; place++) {
        struct fixture fixture;
        set_up(&fixture, LANGUAGE_ENGLISH, false);
        fixture.world.paced = paced;
        play(&fixture, place, "main");
        list->standard = name_at(place);
        ha_read(&fixture.world, note_ids, list);
        tear_down(&fixture);
    }
    qsort(list->at, list->count, sizeof list->at[0], by_text);
}

static void free_ids(struct id_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        free(list->at[i]);
}

static void test_ids_are_those_of_the_list(void **state)
{
    static struct id_list list;
    size_t at = 0;
    char *file = read_beside("homeassistant_ids.txt");
    (void)state;
    make_ids(&list, true);
    for (char *line = strtok(file, "\n"); line; line = strtok(NULL, "\n")) {
        if (line[0] == '#')
            continue;
        if (at == list.count || strcmp(line, list.at[at]) != 0)
            fail_msg("in the list: '%s', announced: '%s'", line,
                     at < list.count ? list.at[at] : "nothing more");
        at++;
    }
    free(file);
    if (at < list.count)
        fail_msg("not in the list: '%s'", list.at[at]);
    assert_true(at > 8 * 20);
    free_ids(&list);
}

static bool is_of_an_interval(const char *line)
{
    return strstr(line, "Least ") || strstr(line, "Greatest ");
}

static void test_only_a_pace_adds_ids_and_none_is_another_for_it(void **state)
{
    static struct id_list paced, plain;
    size_t at = 0;
    (void)state;
    make_ids(&paced, true);
    make_ids(&plain, false);
    for (size_t i = 0; i < paced.count; i++)
        if (!is_of_an_interval(paced.at[i]))
            assert_string_equal(paced.at[i], plain.at[at++]);
    assert_int_equal(at, plain.count);
    assert_true(paced.count > plain.count + 8 * 4);
    free_ids(&paced);
    free_ids(&plain);
}

static const char *word(const char *line, int number)
{
    for (; number > 0; number--)
        line += strcspn(line, " ") + 1;
    return line;
}

static bool same_word(const char *a, const char *b)
{
    size_t size = strcspn(a, " ");
    return size == strcspn(b, " ") && memcmp(a, b, size) == 0;
}

static void test_no_id_is_there_twice(void **state)
{
    static struct id_list list;
    (void)state;
    make_ids(&list, true);
    for (size_t i = 0; i < list.count; i++)
        for (size_t j = 0; j < i; j++) {
            if (!same_word(list.at[i], list.at[j]))
                continue;
            assert_false(same_word(word(list.at[i], 1), word(list.at[j], 1)));
            assert_false(same_word(word(list.at[i], 2), word(list.at[j], 2)));
        }
    free_ids(&list);
}

/* A replaced meter is another one, and the same meter at another port is the same. */
static void test_ids_hold_the_equipment_id_and_not_the_port(void **state)
{
    struct fixture fixture;
    (void)state;
    set_up(&fixture, LANGUAGE_ENGLISH, false);
    play(&fixture, STANDARDS - 1, "Garage-1");
    const char *config =
        world_payload(&fixture.world, "homeassistant/device/dsmr_gas_G0999000123456790/config");
    assert_non_null(config);
    assert_non_null(strstr(config, "\"uniq_id\":\"dsmr_gas_G0999000123456790_gValue\""));
    assert_non_null(strstr(config, "\"default_entity_id\":\"sensor.dsmr_garage_1_g_value\""));
    assert_non_null(strstr(config, "\"stat_t\":\"dsmr/Garage-1/ha/gas_G0999000123456790\""));
    assert_non_null(strstr(config, "\"name\":\"Gas meter Garage-1\""));
    tear_down(&fixture);
}

/* ------------------------------------------------------------------------------------------------
 * The energy dashboard
 */

struct dashboard {
    unsigned energy, gas, water, power;
};

static void note_sources(void *context, json_t *root, json_t *sensor)
{
    struct dashboard *found = context;
    const char *class = ha_text(sensor, "device_class");
    const char *unit = ha_text(sensor, "unit_of_measurement");
    const char *state_class = ha_text(sensor, "state_class");
    (void)root;
    if (!class || !state_class)
        return;
    bool total = strcmp(state_class, "total_increasing") == 0;
    found->energy += total && strcmp(class, "energy") == 0 && strcmp(unit, "kWh") == 0;
    found->gas += total && strcmp(class, "gas") == 0 && strcmp(unit, "m³") == 0;
    found->water += total && strcmp(class, "water") == 0 && strcmp(unit, "m³") == 0;
    found->power += strcmp(class, "power") == 0 && strcmp(state_class, "measurement") == 0 &&
                    strstr(ha_text(sensor, "unique_id"), "_eActualNet");
}

static void test_everything_that_the_energy_dashboard_asks_for_is_there(void **state)
{
    (void)state;
    for (size_t standard = 0; standard < STANDARDS; standard++) {
        struct fixture fixture;
        struct dashboard found = {0};
        const char *name = known_telegrams[standard].standard;
        set_up(&fixture, LANGUAGE_ENGLISH, false);
        play(&fixture, standard, "main");
        ha_read(&fixture.world, note_sources, &found);
        assert_true(found.energy >= 4);
        assert_int_equal(found.gas, strncmp(name, "2.", 2) == 0 ? 2 : 1); /* and compensated */
        assert_int_equal(found.water, 1);
        assert_int_equal(found.power, 1);
        tear_down(&fixture);
    }
}

/* ------------------------------------------------------------------------------------------------
 * Devices
 */

static void note_device(void *context, json_t *root, json_t *sensor)
{
    json_t *devices = context;
    json_t *device = json_object_get(root, "device");
    (void)sensor;
    json_object_set(devices,
                    json_string_value(json_array_get(json_object_get(device, "identifiers"), 0)),
                    device);
}

static void check_device(json_t *devices, const char *id, const char *name, const char *via)
{
    json_t *device = json_object_get(devices, id);
    if (!device)
        fail_msg("no device %s", id);
    assert_string_equal(ha_text(device, "name"), name);
    if (via)
        assert_string_equal(ha_text(device, "via_device"), via);
    else
        assert_null(ha_text(device, "via_device"));
}

static void test_one_device_for_each_physical_meter(void **state)
{
    static const char main_id[] = "dsmr_electricity_E0999000123456789";
    struct fixture fixture;
    json_t *devices = json_object();
    (void)state;
    set_up(&fixture, LANGUAGE_DUTCH, true);
    play(&fixture, STANDARDS - 1, "main");
    ha_read(&fixture.world, note_device, devices);
    assert_int_equal(json_object_size(devices), 7);
    check_device(devices, main_id, "Elektriciteitsmeter", NULL);
    check_device(devices, "dsmr_gas_G0999000123456790", "Gasmeter", main_id);
    check_device(devices, "dsmr_water_W0999000123456791", "Watermeter", main_id);
    check_device(devices, "dsmr_heating_H0999000123456792", "Warmtemeter", main_id);
    check_device(devices, "dsmr_cooling_C0999000123456793", "Koudemeter", main_id);
    check_device(devices, "dsmr_generic_O0999000123456794", "Overige meter", main_id);
    check_device(devices, "dsmr_slave-electricity_E0999000123456795", "Tweede elektriciteitsmeter",
                 main_id);
    json_t *device = json_object_get(devices, main_id);
    assert_string_equal(ha_text(device, "serial_number"), "E0999000123456789");
    assert_string_equal(ha_text(device, "model"), "Ene5\\T210-D ESMR5.0");
    assert_string_equal(ha_text(device, "sw_version"), "50");
    json_decref(devices);
    tear_down(&fixture);
}

int main(int count, char **arguments)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_home_assistant_can_read_all_of_it),
        cmocka_unit_test(test_ids_are_those_of_the_list),
        cmocka_unit_test(test_only_a_pace_adds_ids_and_none_is_another_for_it),
        cmocka_unit_test(test_no_id_is_there_twice),
        cmocka_unit_test(test_ids_hold_the_equipment_id_and_not_the_port),
        cmocka_unit_test(test_everything_that_the_energy_dashboard_asks_for_is_there),
        cmocka_unit_test(test_one_device_for_each_physical_meter),
    };
    if (count > 1 && strcmp(arguments[1], "list") == 0) {
        static struct id_list list;
        make_ids(&list, true);
        for (size_t i = 0; i < list.count; i++)
            puts(list.at[i]);
        free_ids(&list);
        return 0;
    }
    return cmocka_run_group_tests_name("ha discovery", tests, NULL, NULL);
}
