/* SPDX-License-Identifier: MIT */
/* Which physical meters are behind a port, and whether they are there: time is made by the test. */
#include "sink/physical_meter.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

enum { HOUR_MS = 3600 * 1000, SEPTEMBER = 1757000000 };

struct fixture {
    struct physical_meters meters;
    struct log log;
    char told[512]; /* the last line of the log */
    struct dsmr_reading readings[16];
    size_t count;
};

static void hear_log(void *context, enum log_level level, const char *line)
{
    struct fixture *fixture = context;
    (void)level;
    strncpy(fixture->told, line, sizeof fixture->told - 1);
}

static void set_up(struct fixture *fixture)
{
    memset(fixture, 0, sizeof *fixture);
    fixture->log = (struct log){.level = LOG_WARN, .mirror = hear_log, .mirror_context = fixture};
    physical_meters_init(&fixture->meters, &fixture->log, "test");
}

static struct dsmr_reading *add(struct fixture *fixture, const char *id)
{
    struct dsmr_reading *reading = &fixture->readings[fixture->count++];
    *reading = (struct dsmr_reading){.item = dsmr_item_find((struct dsmr_text){id, strlen(id)})};
    assert_int_not_equal(reading->item, DSMR_ITEM_NONE);
    reading->type = dsmr_item_info(reading->item)->type;
    reading->unit = dsmr_item_info(reading->item)->unit;
    return reading;
}

static void add_text(struct fixture *fixture, const char *id, const char *text)
{
    add(fixture, id)->text = (struct dsmr_text){text, strlen(text)};
}

static void add_power(struct fixture *fixture)
{
    add(fixture, "eActualDelivery")->number = (struct dsmr_number){2010, 3};
}

static void add_gas(struct fixture *fixture, int64_t time)
{
    struct dsmr_reading *reading = add(fixture, "gValue");
    reading->number = (struct dsmr_number){900000, 3};
    reading->channel = 1;
    reading->has_time = true;
    reading->time.unix_s = time;
}

/* Hands on what was added as a telegram without time. */
static struct port_meters *telegram(struct fixture *fixture, const char *meter, enum dsmr_crc crc,
                                    int64_t now)
{
    struct readings readings = {
        .meter = meter,
        .identification = {"KFM5KAIFA", 9},
        .at = fixture->readings,
        .count = fixture->count,
        .crc = crc,
    };
    fixture->count = 0;
    return physical_meters_update(&fixture->meters, &readings, now);
}

static const struct physical_meter *find(const struct port_meters *port, const char *slug)
{
    for (size_t i = 0; i < port->count; i++)
        if (strcmp(port->at[i]->slug, slug) == 0)
            return port->at[i];
    return NULL;
}

/* Meters before 4.0 send no time of their own: then it is seen that the gas meter's stands still. */
static void test_a_time_that_stands_still_makes_a_meter_stale(void **state)
{
    struct fixture fixture;
    const struct physical_meter *gas = NULL;
    (void)state;
    set_up(&fixture);
    for (int64_t hour = 0; hour <= 26; hour++) {
        add_text(&fixture, "gEquipmentId", "G1");
        add_gas(&fixture, SEPTEMBER);
        gas = find(telegram(&fixture, "main", DSMR_CRC_OK, hour * HOUR_MS), "gas_G1");
        assert_true(gas->available);
    }
    add_gas(&fixture, SEPTEMBER);
    telegram(&fixture, "main", DSMR_CRC_OK, 26 * HOUR_MS + 1);
    assert_false(gas->available);
    add_gas(&fixture, SEPTEMBER + 3600);
    telegram(&fixture, "main", DSMR_CRC_OK, 27 * HOUR_MS);
    assert_true(gas->available);
    physical_meters_free(&fixture.meters);
}

static void test_a_clock_that_is_years_off_makes_nobody_stale(void **state)
{
    struct fixture fixture;
    (void)state;
    set_up(&fixture);
    for (int64_t hour = 0; hour < 100; hour++) {
        add_text(&fixture, "gEquipmentId", "G1");
        add_gas(&fixture, 1000000000 + hour * 3600);
        const struct port_meters *port = telegram(&fixture, "main", DSMR_CRC_OK, hour * HOUR_MS);
        assert_true(find(port, "gas_G1")->available);
    }
    physical_meters_free(&fixture.meters);
}

static void test_the_p1_port_and_the_electricity_meter_are_one(void **state)
{
    struct fixture fixture;
    (void)state;
    set_up(&fixture);
    add_text(&fixture, "P1VersionOutput", "50");
    add_text(&fixture, "eEquipmentId", "4B31"); /* K1 */
    add_power(&fixture);
    const struct port_meters *port = telegram(&fixture, "main", DSMR_CRC_OK, 0);
    assert_int_equal(port->count, 1);
    assert_ptr_equal(port->at[0], physical_meters_main(port));
    assert_string_equal(port->at[0]->slug, "electricity_K1");
    assert_string_equal(port->at[0]->serial.at, "K1");
    assert_string_equal(port->at[0]->model.at, "KFM5KAIFA");
    assert_int_equal(port->at[0]->quantities.count, 3);
    physical_meters_free(&fixture.meters);
}

static void test_a_meter_that_comes_back_is_the_same(void **state)
{
    static const char *const ids[] = {"G1", "G2", "G1"};
    struct fixture fixture;
    const struct port_meters *port = NULL;
    (void)state;
    set_up(&fixture);
    for (size_t i = 0; i < 3; i++) {
        add_text(&fixture, "gEquipmentId", ids[i]);
        add_gas(&fixture, SEPTEMBER + (int64_t)i);
        port = telegram(&fixture, "main", DSMR_CRC_OK, 0);
    }
    assert_int_equal(port->count, 2);
    assert_true(find(port, "gas_G1")->available);
    assert_false(find(port, "gas_G1")->second);
    assert_false(find(port, "gas_G2")->available);
    assert_true(find(port, "gas_G2")->second);
    physical_meters_free(&fixture.meters);
}

static void test_an_id_that_is_no_id(void **state)
{
    static const char *const ids[] = {"", "   ",
                                      "0123456789012345678901234567890123456789012345678"};
    (void)state;
    for (size_t i = 0; i < sizeof ids / sizeof ids[0]; i++) {
        struct fixture fixture;
        const struct port_meters *port = NULL;
        set_up(&fixture);
        for (int times = 0; times < 3; times++) {
            add_text(&fixture, "eEquipmentId", ids[i]);
            add_power(&fixture);
            port = telegram(&fixture, "main", DSMR_CRC_OK, 0);
        }
        assert_int_equal(port->count, 1);
        assert_string_equal(port->at[0]->slug, "electricity_main");
        physical_meters_free(&fixture.meters);
    }
}

/* A telegram that misses the line of the id, or has it garbled, changes nothing. */
static void test_an_id_that_is_missing_once(void **state)
{
    struct fixture fixture;
    const struct port_meters *port = NULL;
    (void)state;
    set_up(&fixture);
    for (int i = 0; i < 20; i++) {
        if (i % 4 == 0)
            add_text(&fixture, "eEquipmentId", "K1");
        if (i % 4 == 2)
            add_text(&fixture, "eEquipmentId", i % 8 == 2 ? "K7" : "KX");
        add_power(&fixture);
        port = telegram(&fixture, "main", DSMR_CRC_NONE, 0);
    }
    assert_int_equal(port->count, 1);
    assert_string_equal(port->at[0]->slug, "electricity_K1");
    physical_meters_free(&fixture.meters);
}

static void test_one_id_behind_two_ports_is_told(void **state)
{
    struct fixture fixture;
    const struct port_meters *port = NULL;
    static const char *const names[] = {"main", "garage"};
    (void)state;
    set_up(&fixture);
    for (size_t i = 0; i < 2; i++) {
        add_text(&fixture, "eEquipmentId", "K1");
        add_power(&fixture);
        port = telegram(&fixture, names[i], DSMR_CRC_OK, 0);
    }
    assert_int_equal(port->count, 0);
    assert_non_null(strstr(fixture.told, "garage"));
    assert_non_null(strstr(fixture.told, "electricity_K1 is behind meter main already"));
    physical_meters_free(&fixture.meters);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_time_that_stands_still_makes_a_meter_stale),
        cmocka_unit_test(test_a_clock_that_is_years_off_makes_nobody_stale),
        cmocka_unit_test(test_the_p1_port_and_the_electricity_meter_are_one),
        cmocka_unit_test(test_a_meter_that_comes_back_is_the_same),
        cmocka_unit_test(test_an_id_that_is_no_id),
        cmocka_unit_test(test_an_id_that_is_missing_once),
        cmocka_unit_test(test_one_id_behind_two_ports_is_told),
    };
    return cmocka_run_group_tests_name("physical meter", tests, NULL, NULL);
}
