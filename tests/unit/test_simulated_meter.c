/* SPDX-License-Identifier: MIT */
/* The simulated meter: the order of its telegrams, with faults, from a recording, and in time. */
#include "simulate/pacer.h"
#include "simulate/simulated_meter.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { TELEGRAMS = 200, DEADLINE_MS = 20000 };

static struct simulated_setup setup_of(const char *standard)
{
    return (struct simulated_setup){
        .standard = standard_find(standard),
        .seed = 1,
        .start = 1742209200,
        .step_ms = standard_find(standard)->interval_s * 1000,
        .devices = 1u << DEVICE_GAS,
    };
}

/* The moment in the telegram, as YYMMDDhhmmssX. */
static const char *time_of(const struct transmission *transmission, char text[16])
{
    const char *at = memmem(transmission->bytes, transmission->size, "0-0:1.0.0(", 10);
    assert_non_null(at);
    memcpy(text, at + 10, 13);
    text[13] = '\0';
    return text;
}

static void test_time_goes_on_by_the_interval(void **state)
{
    static const struct {
        const char *standard;
        int64_t step_ms;
        const char *times[4];
    } cases[] = {
        {"5.0", 1000, {"250317120000W", "250317120001W", "250317120002W", "250317120003W"}},
        {"4.2", 10000, {"250317120000W", "250317120010W", "250317120020W", "250317120030W"}},
        {"4.2", 1500, {"250317120000W", "250317120001W", "250317120003W", "250317120004W"}},
        {"5.0", 60000, {"250317120000W", "250317120100W", "250317120200W", "250317120300W"}},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct simulated_setup setup = setup_of(cases[i].standard);
        setup.step_ms = cases[i].step_ms;
        struct simulated_meter *meter = simulated_meter_new(&setup);
        for (int sent = 0; sent < 4; sent++) {
            struct transmission transmission;
            char time[16];
            simulated_meter_next(meter, &transmission);
            assert_string_equal(time_of(&transmission, time), cases[i].times[sent]);
        }
        simulated_meter_free(meter);
    }
}

/* With some telegrams left out, those that are sent are the very same. */
static void test_silence_only_leaves_out(void **state)
{
    struct simulated_setup setup = setup_of("5.0");
    struct simulated_meter *whole = simulated_meter_new(&setup);
    struct simulated_meter *gaps;
    struct transmission all, some;
    int left_out = 0;
    (void)state;
    setup.faults.per_million[FAULT_SILENCE] = 300000;
    setup.faults.per_million[FAULT_UNPLUG] = 100000;
    gaps = simulated_meter_new(&setup);
    for (int sent = 0; sent < TELEGRAMS; sent++) {
        simulated_meter_next(gaps, &some);
        assert_true(some.silent_telegrams >= some.unplugged_s);
        for (int i = 0; i <= some.silent_telegrams; i++)
            simulated_meter_next(whole, &all);
        left_out += some.silent_telegrams;
        assert_int_equal(some.size, all.size);
        assert_memory_equal(some.bytes, all.bytes, all.size);
    }
    assert_in_range(left_out, TELEGRAMS / 2, TELEGRAMS * 4);
    simulated_meter_free(whole);
    simulated_meter_free(gaps);
}

static void test_parity_only_where_it_belongs(void **state)
{
    static const struct {
        const char *standard;
        bool parity, expected;
    } cases[] = {{"2.2", true, true}, {"2.2", false, false}, {"5.0", true, false}};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct simulated_setup setup = setup_of(cases[i].standard);
        struct transmission transmission;
        setup.parity = cases[i].parity;
        struct simulated_meter *meter = simulated_meter_new(&setup);
        simulated_meter_next(meter, &transmission);
        bool eighth_bit = false;
        for (size_t at = 0; at < transmission.size; at++)
            eighth_bit |= transmission.bytes[at] > 0x7F;
        assert_int_equal(eighth_bit, cases[i].expected);
        simulated_meter_free(meter);
    }
}

static const char recording[] = "tail of one\r\n!1234\r\n"
                                "/XMX5one\r\n\r\n1-0:1.7.0(00.001*kW)\r\n!\r\n"
                                "junk\r\n"
                                "/XMX5two\r\n\r\n1-0:1.7.0(00.0"
                                "\r\n/XMX5three\r\n\r\n1-0:1.7.0(00.003*kW)\r\n!";

static void test_a_recording_is_sent_byte_for_byte(void **state)
{
    struct replay replay;
    char sent[3 * sizeof recording] = "";
    size_t size = 0;
    (void)state;
    assert_true(replay_init(&replay, recording, sizeof recording - 1));
    struct simulated_setup setup = setup_of("5.0");
    setup.replay = &replay;
    struct simulated_meter *meter = simulated_meter_new(&setup);
    for (int i = 0; i < 6; i++) {
        struct transmission transmission;
        simulated_meter_next(meter, &transmission);
        memcpy(sent + size, transmission.bytes, transmission.size);
        size += transmission.size;
    }
    /* Twice the three pieces, and a line end between, as the recording has none at its end. */
    size_t once = sizeof recording - 1;
    assert_int_equal(size, 2 * once + 2);
    assert_memory_equal(sent, recording, once);
    assert_memory_equal(sent + once, "\r\n", 2);
    assert_memory_equal(sent + once + 2, recording, once);
    simulated_meter_free(meter);
    replay_free(&replay);
}

static void test_a_file_without_telegrams_is_no_recording(void **state)
{
    struct replay replay;
    (void)state;
    assert_false(replay_init(&replay, "", 0));
    assert_false(replay_init(&replay, "no telegram\n in here", 20));
}

/* ---- in time ---- */

struct receiver {
    struct loop *loop;
    struct pacer pacer;
    struct loop_timer *late;
    int64_t began;
    int64_t at_ms[8]; /* when each telegram came */
    int count, wanted;
    int unplugged, plugged;
    int holds;
};

static void receive(void *context, const struct transmission *transmission)
{
    struct receiver *receiver = context;
    assert_true(transmission->size > 0);
    receiver->at_ms[receiver->count++] = loop_now(receiver->loop) - receiver->began;
    if (receiver->count == receiver->wanted)
        loop_stop(receiver->loop);
    else
        pacer_sent(&receiver->pacer);
}

static int64_t hold_twice(void *context)
{
    struct receiver *receiver = context;
    return receiver->holds++ < 2 ? 1 : 0;
}

static void on_unplug(void *context)
{
    struct receiver *receiver = context;
    receiver->unplugged++;
}

static void on_plug(void *context)
{
    struct receiver *receiver = context;
    receiver->plugged++;
    assert_int_equal(receiver->plugged, receiver->unplugged);
}

static void on_late(void *context)
{
    (void)context;
    fail_msg("not within %d ms", DEADLINE_MS);
}

static void receive_some(struct receiver *receiver, const struct simulated_setup *setup,
                         int64_t interval_ms)
{
    struct simulated_meter *meter = simulated_meter_new(setup);
    struct pacer_owner owner = {.hold_ms = hold_twice,
                                .send = receive,
                                .unplug = on_unplug,
                                .plug = on_plug,
                                .context = receiver};
    receiver->loop = loop_new();
    receiver->late = loop_timer_new(receiver->loop, on_late, NULL);
    receiver->began = loop_now(receiver->loop);
    loop_timer_start(receiver->late, DEADLINE_MS, 0);
    pacer_start(&receiver->pacer, receiver->loop, meter, interval_ms, &owner);
    loop_run(receiver->loop);
    pacer_stop(&receiver->pacer);
    loop_timer_free(receiver->late);
    loop_free(receiver->loop);
    simulated_meter_free(meter);
}

static void test_telegrams_come_at_their_interval(void **state)
{
    struct receiver receiver = {.wanted = 4};
    struct simulated_setup setup = setup_of("5.0");
    (void)state;
    receive_some(&receiver, &setup, 60);
    for (int i = 0; i < 4; i++)
        assert_true(receiver.at_ms[i] >= i * 60);
    assert_int_equal(receiver.holds, 0);
}

static void test_without_an_interval_the_receiver_sets_the_pace(void **state)
{
    struct receiver receiver = {.wanted = 8};
    struct simulated_setup setup = setup_of("5.0");
    (void)state;
    receive_some(&receiver, &setup, 0);
    assert_int_equal(receiver.holds, 10);
}

static void test_the_port_comes_back_before_the_next_telegram(void **state)
{
    struct receiver receiver = {.wanted = 1};
    struct simulated_setup setup = setup_of("5.0");
    (void)state;
    setup.faults.per_million[FAULT_UNPLUG] = 1000000;
    receive_some(&receiver, &setup, 0);
    assert_int_equal(receiver.unplugged, 1);
    assert_int_equal(receiver.plugged, 1);
    assert_true(receiver.at_ms[0] >= 2000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_time_goes_on_by_the_interval),
        cmocka_unit_test(test_silence_only_leaves_out),
        cmocka_unit_test(test_parity_only_where_it_belongs),
        cmocka_unit_test(test_a_recording_is_sent_byte_for_byte),
        cmocka_unit_test(test_a_file_without_telegrams_is_no_recording),
        cmocka_unit_test(test_telegrams_come_at_their_interval),
        cmocka_unit_test(test_without_an_interval_the_receiver_sets_the_pace),
        cmocka_unit_test(test_the_port_comes_back_before_the_next_telegram),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
