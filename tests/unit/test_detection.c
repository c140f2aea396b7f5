/* SPDX-License-Identifier: MIT */
/* Finding the speed of a port, on a clock of its own. */
#include "detection_world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

enum { DEADLINE_MS = 35000, INTERVAL_MS = 10000, PHASE_STEP_MS = 37 };

static const struct sender silent_meter = {.interval_ms = INTERVAL_MS};

/* A telegram of this standard; freed by the caller. */
static char *telegram_of(const char *standard, size_t *size)
{
    struct simulated_setup setup = {
        .standard = standard_find(standard),
        .seed = 5,
        .start = 1742209200,
        .step_ms = INTERVAL_MS,
        .devices = 1,
        .parity = true,
    };
    struct transmission transmission;
    struct simulated_meter *meter = simulated_meter_new(&setup);
    simulated_meter_next(meter, &transmission);
    char *text = malloc(transmission.size);
    assert_non_null(text);
    memcpy(text, transmission.bytes, transmission.size);
    *size = transmission.size;
    simulated_meter_free(meter);
    return text;
}

/* When a meter that starts its telegrams at this phase is found; fails when it is too late. */
static int64_t found_after(const struct sender *meter, int64_t phase, int remembered)
{
    struct world world;
    struct sender sender = *meter;
    sender.first_ms = phase - sender.interval_ms;
    world_start(&world, &sender, remembered);
    world_run(&world, DEADLINE_MS + 1000);
    if (world.locked_at < 0 || world.locked_at > DEADLINE_MS)
        fail_msg("%d baud, %zu bytes, phase %lld ms, remembered %d: found at %lld ms", meter->baud,
                 meter->size, (long long)phase, remembered, (long long)world.locked_at);
    assert_int_equal(world.detection.baud, meter->baud);
    return world.locked_at;
}

static void assert_found_at_every_phase(const struct sender *meter)
{
    static const int remembered[] = {0, 115200, 9600};
    for (size_t i = 0; i < sizeof remembered / sizeof *remembered; i++) {
        int64_t latest = 0;
        for (int64_t phase = 0; phase < INTERVAL_MS; phase += PHASE_STEP_MS) {
            int64_t found = found_after(meter, phase, remembered[i]);
            latest = found > latest ? found : latest;
        }
        print_message("# %d baud, %zu bytes, remembered %d: at the latest after %lld ms\n",
                      meter->baud, meter->size, remembered[i], (long long)latest);
    }
}

static void test_every_standard_is_found_within_35_seconds(void **state)
{
    (void)state;
    for (size_t i = 0; standard_at(i) != NULL; i++) {
        const struct standard *standard = standard_at(i);
        struct sender meter = {.baud = standard->baud, .interval_ms = INTERVAL_MS};
        char *text = telegram_of(standard->name, &meter.size);
        meter.text = text;
        assert_found_at_every_phase(&meter);
        free(text);
    }
}

/* So short that its noise does not fill a block. */
static void test_a_short_telegram_is_found_within_35_seconds(void **state)
{
    (void)state;
    static const char text[] = "/WRM5WARMTELINK\r\n\r\n1-3:0.2.8(50)\r\n0-1:24.1.0(012)\r\n"
                               "0-1:96.1.0(3030)\r\n0-1:24.2.1(250317120000W)(12.345*GJ)\r\n!";
    char whole[sizeof text + 8];
    uint16_t crc = dsmr_crc16(0, text, sizeof text - 1);
    int size = snprintf(whole, sizeof whole, "%s%04X\r\n", text, crc);
    struct sender meter = {whole, (size_t)size, 115200, INTERVAL_MS, 0};
    assert_found_at_every_phase(&meter);
}

static void test_a_meter_of_one_second_is_found_within_five(void **state)
{
    (void)state;
    struct sender meter = {.baud = 115200, .interval_ms = 1000};
    char *text = telegram_of("5.0", &meter.size);
    meter.text = text;
    for (int64_t phase = 0; phase < 1000; phase += 50) {
        assert_in_range(found_after(&meter, phase, 0), 0, 2500);
        assert_in_range(found_after(&meter, phase, 9600), 0, 5000);
    }
    free(text);
}

static void test_the_remembered_speed_comes_first(void **state)
{
    (void)state;
    struct sender meter = {.baud = 9600, .interval_ms = INTERVAL_MS, .first_ms = 100};
    char *text = telegram_of("2.2", &meter.size);
    struct world world;
    meter.text = text;
    world_start(&world, &meter, 9600);
    world_run(&world, DEADLINE_MS);
    assert_in_range(world.locked_at, 100, 2000);
    assert_int_equal(world.switches, 0);
    free(text);
}

static void test_noise_on_the_line_only_delays(void **state)
{
    (void)state;
    static const char *const names[] = {"2.2", "4.2"};
    for (size_t i = 0; i < 2; i++) {
        struct sender meter = {.baud = standard_find(names[i])->baud, .interval_ms = INTERVAL_MS};
        char *text = telegram_of(names[i], &meter.size);
        meter.text = text;
        for (unsigned seed = 0; seed < 50; seed++) {
            struct world world;
            srandom(seed);
            meter.first_ms = seed * 200;
            world_start(&world, &meter, 0);
            world.noise = 1; /* one byte in four seconds */
            world_run(&world, 120000);
            assert_true(world.locked_at >= 0);
        }
        free(text);
    }
}

static void test_silence_tries_each_speed_for_more_than_ten_seconds(void **state)
{
    (void)state;
    struct world world;
    int64_t switched = 0;
    world_start(&world, &silent_meter, 0);
    assert_int_equal(world.detection.baud, 115200);
    for (int expected = 9600; world.switches < 6; expected = expected == 9600 ? 115200 : 9600) {
        unsigned before = world.switches;
        while (world.switches == before)
            world_run(&world, world.now + 1000);
        assert_int_equal(world.detection.baud, expected);
        assert_in_range(world.now - switched, 11000, 14000);
        switched = world.now;
    }
}

/* A telegram that begins when a window is about to end, of every length, is read to its end. */
static void test_a_telegram_is_not_cut_by_the_end_of_a_window(void **state)
{
    (void)state;
    struct sender meter = {.baud = 9600, .interval_ms = 60000};
    char *text = telegram_of("2.2", &meter.size);
    meter.text = text;
    for (int64_t first = 11000; first <= 12900; first += 20) {
        struct world world;
        meter.first_ms = first;
        world_start(&world, &meter, 9600);
        world_run(&world, 16000);
        assert_in_range(world.locked_at, first, first + 1500);
    }
    free(text);
}

/* Text came all the time, but no telegram: even then a telegram is not cut when patience ends. */
static void test_a_telegram_is_not_cut_by_the_end_of_patience(void **state)
{
    (void)state;
    static const char line[] = "1-0:1.8.1(00001.001*kWh)\r\n";
    size_t size;
    char *text = telegram_of("4.2", &size);
    for (int64_t first = 23000; first <= 24950; first += 25) {
        struct world world;
        struct sender meter = {line, sizeof line - 1, 115200, 1000, 0};
        world_start(&world, &meter, 0);
        world_run(&world, first);
        world.sender = (struct sender){text, size, 115200, 60000, world.now};
        world_run(&world, 30000);
        assert_in_range(world.locked_at, first, first + 200);
    }
    free(text);
}

static void test_random_bytes_are_never_a_meter(void **state)
{
    (void)state;
    for (unsigned seed = 0; seed < 20; seed++) {
        struct world world;
        srandom(seed);
        world_start(&world, &silent_meter, 0);
        for (int i = 0; i < 4000; i++) {
            char bytes[64];
            for (size_t j = 0; j < sizeof bytes; j++)
                bytes[j] = (char)random();
            world.now += 10;
            world_read(&world, bytes, sizeof bytes);
            if (world.now % 1000 == 0)
                detection_tick(&world.detection, world.now);
        }
        assert_int_equal(world.good, 0);
        assert_int_equal(world.detection.state, DETECTION_SEARCHING);
        assert_true(world.switches > 100);
        assert_int_equal(detection_finding(&world.detection), FINDING_NOISE);
    }
}

static struct simulated_setup setup_of_encrypted(const uint8_t *key, uint64_t seed)
{
    struct simulated_setup setup = {
        .standard = standard_find("5.0"),
        .seed = seed,
        .start = 1700000000,
        .step_ms = 10000,
    };
    setup.encryption.keys.present = true;
    setup.encryption.keys.authenticate = seed % 2 == 0;
    memcpy(setup.encryption.keys.key, key, DSMR_KEY_SIZE);
    return setup;
}

static struct decryption *decryption_of(const uint8_t *key)
{
    struct decryption_keys keys = {.present = true};
    memcpy(keys.key, key, DSMR_KEY_SIZE);
    return decryption_new(&keys);
}

/* Whenever the port is opened, also in the middle of a frame: with the third frame at the latest. */
static void test_a_meter_that_encrypts_is_found(void **state)
{
    static const uint8_t key[DSMR_KEY_SIZE] = "0123456789ABCDEF";
    (void)state;
    for (uint64_t seed = 0; seed < 40; seed++) {
        struct simulated_setup setup = setup_of_encrypted(key, seed);
        struct simulated_meter *meter = simulated_meter_new(&setup);
        struct transmission transmission;
        simulated_meter_next(meter, &transmission);
        struct sender sender = {(const char *)transmission.bytes, transmission.size, 115200, 10000,
                                -(int64_t)seed * 4};
        for (int remembered = 0; remembered <= 115200; remembered += 9600) {
            if (remembered != 0 && remembered != 9600 && remembered != 115200)
                continue;
            struct world world;
            world_start(&world, &sender, remembered);
            struct decryption *decryption = decryption_of(key);
            world.cipher = decryption_cipher(decryption);
            world_listen(&world);
            world_run(&world, 31000);
            assert_int_equal(world.detection.baud, 115200);
            assert_in_range(world.locked_at, 1, 31000);
            decryption_free(decryption);
        }
        simulated_meter_free(meter);
    }
}

/* A meter that is locked on, at this moment. */
static void lock(struct detection *detection, int64_t now)
{
    detection_search(detection, 9600, now);
    assert_true(detection_good(detection, now));
    assert_int_equal(detection->state, DETECTION_LOCKED);
}

static void test_only_the_first_good_telegram_is_news(void **state)
{
    (void)state;
    struct detection detection;
    lock(&detection, 1000);
    assert_false(detection_good(&detection, 2000));
}

static void test_five_refused_in_a_row_start_the_search_at_the_same_speed(void **state)
{
    (void)state;
    struct detection detection;
    lock(&detection, 0);
    for (int i = 0; i < 4; i++)
        assert_false(detection_refused(&detection, 100));
    detection_good(&detection, 150);
    for (int i = 0; i < 4; i++)
        assert_false(detection_refused(&detection, 200));
    assert_true(detection_refused(&detection, 300));
    assert_int_equal(detection.state, DETECTION_SEARCHING);
    assert_int_equal(detection.baud, 9600);
    assert_false(detection_refused(&detection, 400));
}

static void test_a_minute_without_a_good_telegram_starts_the_search(void **state)
{
    (void)state;
    struct detection detection;
    lock(&detection, 1000);
    for (int64_t now = 2000; now < 61000; now += 1000)
        assert_false(detection_tick(&detection, now));
    assert_int_equal(detection.state, DETECTION_LOCKED);
    assert_false(detection_tick(&detection, 61000)); /* the speed stays, to begin with */
    assert_int_equal(detection.state, DETECTION_SEARCHING);
    assert_int_equal(detection.baud, 9600);
    assert_false(detection_tick(&detection, 73000));
    assert_true(detection_tick(&detection, 74000));
    assert_int_equal(detection.baud, 115200);
}

static void test_noise_does_not_disturb_a_meter_that_is_locked_on(void **state)
{
    (void)state;
    struct detection detection;
    char noise[4096];
    memset(noise, 0x90, sizeof noise);
    lock(&detection, 0);
    assert_false(detection_bytes(&detection, noise, sizeof noise, 10));
    assert_int_equal(detection.state, DETECTION_LOCKED);
}

static void test_fixed_settings_are_never_left(void **state)
{
    (void)state;
    struct detection detection;
    char noise[64];
    memset(noise, 0x90, sizeof noise);
    detection_fix(&detection, 2400, 0);
    assert_int_equal(detection.baud, 2400);
    assert_false(detection_bytes(&detection, noise, sizeof noise, 10));
    for (int i = 0; i < 9; i++)
        assert_false(detection_refused(&detection, 20));
    for (int64_t now = 1000; now < 200000; now += 1000)
        assert_false(detection_tick(&detection, now));
    assert_false(detection_good(&detection, 200000));
    assert_int_equal(detection.state, DETECTION_FIXED);
    assert_int_equal(detection.baud, 2400);
}

/* Sixteen bytes, of which so many are text. */
static bool block_sends_on(size_t text)
{
    struct detection detection;
    char block[16];
    memset(block, '1', sizeof block);
    memset(block + text, 0x81, sizeof block - text);
    detection_search(&detection, 0, 0);
    return detection_bytes(&detection, block, sizeof block, 1);
}

static void test_less_than_seventy_percent_of_text_is_noise(void **state)
{
    (void)state;
    assert_true(block_sends_on(0));
    assert_true(block_sends_on(11));
    assert_false(block_sends_on(12));
    assert_false(block_sends_on(16));
}

static void test_noise_in_the_middle_of_text_does_not_send_on(void **state)
{
    (void)state;
    struct detection detection;
    char bytes[64];
    memset(bytes, '1', sizeof bytes);
    detection_search(&detection, 0, 0);
    assert_false(detection_bytes(&detection, bytes, sizeof bytes, 1));
    memset(bytes, 0xFF, sizeof bytes);
    assert_false(detection_bytes(&detection, bytes, sizeof bytes, 2));
}

/* Where the line crackles before each telegram, both may come in one read. */
static void test_noise_in_front_of_a_telegram_does_not_send_on(void **state)
{
    (void)state;
    struct detection detection;
    char bytes[1000];
    memset(bytes, '1', sizeof bytes);
    memset(bytes, 0, 100);
    detection_search(&detection, 0, 0);
    assert_false(detection_bytes(&detection, bytes, sizeof bytes, 1));
    assert_int_equal(detection.baud, 115200);
}

/* Random bytes look like text for a moment every now and then, here three times in one read. */
static void test_three_blocks_of_text_in_noise_are_noise(void **state)
{
    (void)state;
    struct detection detection;
    char bytes[1024];
    memset(bytes, 0x81, sizeof bytes);
    for (int block = 0; block < 3; block++)
        memset(bytes + block * 320, '1', 16);
    detection_search(&detection, 0, 0);
    assert_true(detection_bytes(&detection, bytes, sizeof bytes, 1));
    assert_int_equal(detection.baud, 9600);
}

static enum detection_finding finding_of(const char *bytes, size_t size)
{
    struct detection detection;
    detection_search(&detection, 0, 0);
    assert_int_equal(detection_finding(&detection), FINDING_NONE);
    for (int64_t now = 1; detection.switches < 2; now += 500) {
        assert_true(now < 100000);
        detection_bytes(&detection, bytes, size, now);
        detection_tick(&detection, now + 400);
    }
    return detection_finding(&detection);
}

static void test_findings_tell_what_is_wrong_with_the_line(void **state)
{
    (void)state;
    static const char inverted[] = {0x00, (char)0xFF, (char)0xFE, (char)0xC0, 0x00, (char)0xF0};
    static const char noise[] = {0x15, (char)0x9A, 0x31, (char)0xC7, 0x03, (char)0xB5, 0x19};
    static const char text[] = "1-0:1.8.1(00001.001*kWh)\r\n";
    assert_int_equal(finding_of("", 0), FINDING_SILENCE);
    assert_int_equal(finding_of(inverted, sizeof inverted), FINDING_INVERTED);
    assert_int_equal(finding_of(noise, sizeof noise), FINDING_NOISE);
    assert_int_equal(finding_of(text, sizeof text - 1), FINDING_NO_TELEGRAM);
}

static void test_a_locked_meter_has_no_finding(void **state)
{
    (void)state;
    struct detection detection;
    lock(&detection, 0);
    assert_int_equal(detection_finding(&detection), FINDING_NONE);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_standard_is_found_within_35_seconds),
        cmocka_unit_test(test_a_short_telegram_is_found_within_35_seconds),
        cmocka_unit_test(test_a_meter_of_one_second_is_found_within_five),
        cmocka_unit_test(test_the_remembered_speed_comes_first),
        cmocka_unit_test(test_noise_on_the_line_only_delays),
        cmocka_unit_test(test_silence_tries_each_speed_for_more_than_ten_seconds),
        cmocka_unit_test(test_a_telegram_is_not_cut_by_the_end_of_a_window),
        cmocka_unit_test(test_a_telegram_is_not_cut_by_the_end_of_patience),
        cmocka_unit_test(test_random_bytes_are_never_a_meter),
        cmocka_unit_test(test_a_meter_that_encrypts_is_found),
        cmocka_unit_test(test_only_the_first_good_telegram_is_news),
        cmocka_unit_test(test_five_refused_in_a_row_start_the_search_at_the_same_speed),
        cmocka_unit_test(test_a_minute_without_a_good_telegram_starts_the_search),
        cmocka_unit_test(test_noise_does_not_disturb_a_meter_that_is_locked_on),
        cmocka_unit_test(test_fixed_settings_are_never_left),
        cmocka_unit_test(test_less_than_seventy_percent_of_text_is_noise),
        cmocka_unit_test(test_noise_in_the_middle_of_text_does_not_send_on),
        cmocka_unit_test(test_noise_in_front_of_a_telegram_does_not_send_on),
        cmocka_unit_test(test_three_blocks_of_text_in_noise_are_noise),
        cmocka_unit_test(test_findings_tell_what_is_wrong_with_the_line),
        cmocka_unit_test(test_a_locked_meter_has_no_finding),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
