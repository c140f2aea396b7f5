/* SPDX-License-Identifier: MIT */
/* Faults on demand: that they do what their names say, as often as they were asked for. */
#include "dsmr/dsmr.h"
#include "simulate/fault.h"
#include "simulate/telegram_writer.h"
#include "simulate/uart.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

enum { ROUNDS = 2000, ROOM = TELEGRAM_WRITER_MAX + FAULT_NOISE_MAX };

static size_t write_telegram(const char *standard, unsigned char *bytes)
{
    struct household household;
    household_init(&household, 1, 1742209200, 10);
    return telegram_write(standard_find(standard), &household, 1u << DEVICE_GAS, (char *)bytes,
                          TELEGRAM_WRITER_MAX);
}

/* What the library says of these bytes, with a line end before and another telegram behind. */
static enum dsmr_status read_one(const unsigned char *bytes, size_t size)
{
    static const char next[] = "\r\n/XXX5next\r\n";
    char buffer[DSMR_TELEGRAM_MAX];
    char stream[ROOM + sizeof next];
    struct dsmr_framer framer;
    struct dsmr_telegram telegram;
    memcpy(stream, bytes, size);
    memcpy(stream + size, next, sizeof next - 1);
    dsmr_framer_init(&framer, buffer, sizeof buffer);
    dsmr_framer_push(&framer, stream, size + sizeof next - 1);
    enum dsmr_status status;
    while ((status = dsmr_framer_next(&framer, &telegram)) == DSMR_ERR_GARBAGE)
        continue;
    return status;
}

static void test_rates_are_read(void **state)
{
    static const struct {
        const char *text;
        enum fault_kind kind;
        int64_t per_million;
    } good[] = {
        {"crc=0.1", FAULT_CRC, 100000},
        {"cut=1", FAULT_CUT, 1000000},
        {"noise=0", FAULT_NOISE, 0},
        {"silence=0.000001", FAULT_SILENCE, 1},
        {"unplug=1.000", FAULT_UNPLUG, 1000000},
    };
    static const char *const bad[] = {
        "",      "crc",      "crc=",     "crc=x",  "crc=-0.1",     "crc=1.1",
        "crc=2", "crc=0.1 ", "crc=1e-3", "crcs=1", "CRC=1",        "crc=0.0000001",
        "=1",    "crc=0.1%", "crc=0x1",  "crc=.",  "crc=1.000001", "crc=99999999999999999999",
    };
    (void)state;
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        struct faults faults = {.per_million = {7, 7, 7, 7, 7}};
        assert_true(fault_parse(&faults, good[i].text));
        assert_int_equal(faults.per_million[good[i].kind], good[i].per_million);
    }
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct faults faults = {0};
        assert_false(fault_parse(&faults, bad[i]));
    }
}

static void test_rates_are_kept(void **state)
{
    struct faults faults = {.random = {3}, .per_million = {100000, 200000, 300000, 400000, 500000}};
    int crc = 0, cut = 0, noise = 0, silence = 0, unplug = 0;
    (void)state;
    for (int i = 0; i < 100000; i++) {
        struct mishap mishap = fault_draw(&faults);
        crc += mishap.crc;
        cut += mishap.cut;
        noise += mishap.noise;
        silence += mishap.silent_telegrams > 0;
        unplug += mishap.unplugged_s > 0;
    }
    assert_in_range(crc, 9500, 10500);
    assert_in_range(cut, 19500, 20500);
    assert_in_range(noise, 29500, 30500);
    assert_in_range(silence, 39500, 40500);
    assert_in_range(unplug, 49500, 50500);
}

static void test_without_faults_nothing_happens(void **state)
{
    struct faults faults = {.random = {4}};
    unsigned char bytes[ROOM];
    (void)state;
    size_t size = write_telegram("5.0", bytes);
    for (int i = 0; i < ROUNDS; i++) {
        struct mishap mishap = fault_draw(&faults);
        assert_int_equal(fault_apply(&faults, &mishap, bytes, size), size);
        assert_int_equal(mishap.silent_telegrams + mishap.unplugged_s, 0);
    }
    assert_int_equal(read_one(bytes, size), DSMR_OK);
}

static void test_a_changed_byte_makes_the_crc_wrong(void **state)
{
    struct faults faults = {.random = {5}};
    struct mishap mishap = {.crc = true};
    unsigned char good[ROOM], bad[ROOM];
    (void)state;
    size_t size = write_telegram("5.0", good);
    for (int i = 0; i < ROUNDS; i++) {
        int changed = 0;
        memcpy(bad, good, size);
        assert_int_equal(fault_apply(&faults, &mishap, bad, size), size);
        for (size_t at = 0; at < size; at++)
            changed += bad[at] != good[at];
        assert_int_equal(changed, 1);
        assert_int_equal(read_one(bad, size), DSMR_ERR_CRC);
    }
}

static void test_a_changed_byte_makes_the_parity_wrong(void **state)
{
    struct faults faults = {.random = {6}};
    struct mishap mishap = {.crc = true};
    unsigned char bytes[ROOM];
    (void)state;
    size_t size = write_telegram("2.2", bytes);
    for (size_t at = 0; at < size; at++)
        bytes[at] = uart_even_parity(bytes[at]);
    fault_apply(&faults, &mishap, bytes, size);
    int wrong = 0;
    for (size_t at = 0; at < size; at++)
        wrong += bytes[at] != uart_even_parity(bytes[at]);
    assert_int_equal(wrong, 1);
}

static void test_a_cut_telegram_has_no_end(void **state)
{
    static const char *const standards[] = {"2.2", "5.0"};
    struct faults faults = {.random = {7}};
    struct mishap mishap = {.cut = true};
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        unsigned char good[ROOM], bytes[ROOM];
        size_t size = write_telegram(standards[i], good);
        for (int round = 0; round < ROUNDS; round++) {
            memcpy(bytes, good, size);
            size_t left = fault_apply(&faults, &mishap, bytes, size);
            assert_in_range(left, 1, size - 1);
            assert_memory_equal(bytes, good, left);
            assert_null(memchr(bytes, '!', left));
        }
    }
}

static void test_noise_is_added(void **state)
{
    struct faults faults = {.random = {8}};
    struct mishap mishap = {.noise = true};
    int before = 0;
    (void)state;
    for (int round = 0; round < ROUNDS; round++) {
        unsigned char good[ROOM], bytes[ROOM];
        size_t size = 300;
        memset(good, 'x', sizeof good);
        memcpy(bytes, good, sizeof good);
        size_t more = fault_apply(&faults, &mishap, bytes, size);
        assert_in_range(more, size + 1, size + FAULT_NOISE_MAX);
        before += memcmp(bytes + more - size, good, size) == 0;
    }
    assert_in_range(before, ROUNDS * 4 / 10, ROUNDS * 6 / 10);
}

static void test_small_and_empty_ones_are_survived(void **state)
{
    struct faults faults = {.random = {9}};
    struct mishap all = {.crc = true, .cut = true, .noise = true};
    unsigned char bytes[16 + FAULT_NOISE_MAX] = "/";
    (void)state;
    assert_int_equal(fault_apply(&faults, &all, bytes, 0), 0);
    for (size_t size = 1; size <= 16; size++)
        assert_in_range(fault_apply(&faults, &all, bytes, size), 1, size + FAULT_NOISE_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rates_are_read),
        cmocka_unit_test(test_rates_are_kept),
        cmocka_unit_test(test_without_faults_nothing_happens),
        cmocka_unit_test(test_a_changed_byte_makes_the_crc_wrong),
        cmocka_unit_test(test_a_changed_byte_makes_the_parity_wrong),
        cmocka_unit_test(test_a_cut_telegram_has_no_end),
        cmocka_unit_test(test_noise_is_added),
        cmocka_unit_test(test_small_and_empty_ones_are_survived),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
