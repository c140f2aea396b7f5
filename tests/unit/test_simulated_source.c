/* SPDX-License-Identifier: MIT */
/* port=simulated: — a meter inside the program. */
#include "dsmr/dsmr.h"
#include "source/source_list.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

enum { DEADLINE_MS = 20000 };

struct listener {
    struct loop *loop;
    struct dsmr_framer framer;
    char buffer[DSMR_TELEGRAM_MAX];
    char version[8];
    char time[16];
    int good, wanted;
    int changed;
    int64_t first_ms; /* loop time of the first telegram */
};

static void copy_value(const struct dsmr_telegram *telegram, const char *code, char *out,
                       size_t size)
{
    const char *at = memmem(telegram->text.at, telegram->text.size, code, strlen(code));
    out[0] = '\0';
    if (at)
        snprintf(out, size, "%.*s", (int)strcspn(at + strlen(code), ")"), at + strlen(code));
}

static void on_bytes(void *context, const char *bytes, size_t size)
{
    struct listener *listener = context;
    struct dsmr_telegram telegram;
    dsmr_framer_push(&listener->framer, bytes, size);
    while (dsmr_framer_next(&listener->framer, &telegram) != DSMR_MORE) {
        assert_int_equal(telegram.status, DSMR_OK);
        copy_value(&telegram, "1-3:0.2.8(", listener->version, sizeof listener->version);
        copy_value(&telegram, "0-0:1.0.0(", listener->time, sizeof listener->time);
        if (listener->good++ == 0)
            listener->first_ms = loop_now(listener->loop);
        if (listener->good == listener->wanted)
            loop_stop(listener->loop);
    }
}

static void on_restart(void *context)
{
    (void)context;
    fail_msg("the stream of a simulated meter is never interrupted");
}

static void on_changed(void *context)
{
    struct listener *listener = context;
    listener->changed++;
}

static void on_late(void *context)
{
    (void)context;
    fail_msg("not within %d ms", DEADLINE_MS);
}

/* Listens until so many telegrams came; returns the loop time at the start. */
static int64_t listen_to(struct listener *listener, const char *port, int wanted)
{
    char *error = NULL;
    *listener = (struct listener){.loop = loop_new(), .wanted = wanted};
    dsmr_framer_init(&listener->framer, listener->buffer, sizeof listener->buffer);
    struct source_setup setup = {
        .port = port,
        .loop = listener->loop,
        .listener = {on_bytes, on_restart, on_changed, listener},
    };
    struct loop_timer *late = loop_timer_new(listener->loop, on_late, NULL);
    loop_timer_start(late, DEADLINE_MS, 0);
    int64_t began = loop_now(listener->loop);
    struct source *source = simulated_source.open(&setup, &error);
    assert_non_null(source);
    loop_run(listener->loop);

    struct source_status status;
    source->kind->status(source, &status);
    assert_true(status.connected);
    assert_int_equal(listener->changed, 1);
    source->kind->free(source);
    loop_timer_free(late);
    return began;
}

static void test_the_first_telegram_comes_at_once(void **state)
{
    struct listener listener;
    (void)state;
    int64_t began = listen_to(&listener, "simulated:", 1);
    assert_in_range(listener.first_ms - began, 0, 100);
    assert_string_equal(listener.version, "50");
    loop_free(listener.loop);
}

static void test_one_each_second_at_the_present_time(void **state)
{
    struct listener listener;
    struct dsmr_time meter;
    (void)state;
    int64_t began = listen_to(&listener, "simulated:", 3);
    assert_in_range(loop_now(listener.loop) - began, 1900, DEADLINE_MS);
    assert_int_equal(dsmr_time_parse((struct dsmr_text){listener.time, strlen(listener.time)},
                                     dsmr_zone_default, &meter),
                     DSMR_OK);
    assert_in_range(time(NULL) - meter.unix_s + 2, 0, 4);
    loop_free(listener.loop);
}

static void test_another_standard(void **state)
{
    struct listener listener;
    (void)state;
    listen_to(&listener, "simulated:4.2", 1);
    assert_string_equal(listener.version, "42");
    loop_free(listener.loop);
    listen_to(&listener, "simulated:nta8130", 1);
    assert_string_equal(listener.version, "");
    loop_free(listener.loop);
}

static void test_a_standard_that_does_not_exist(void **state)
{
    char *error = NULL;
    struct loop *loop = loop_new();
    struct source_setup setup = {.port = "simulated:6.0", .loop = loop};
    (void)state;
    assert_null(simulated_source.open(&setup, &error));
    assert_non_null(error);
    assert_non_null(strstr(error, "simulated:6.0"));
    free(error);
    loop_free(loop);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_first_telegram_comes_at_once),
        cmocka_unit_test(test_one_each_second_at_the_present_time),
        cmocka_unit_test(test_another_standard),
        cmocka_unit_test(test_a_standard_that_does_not_exist),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
