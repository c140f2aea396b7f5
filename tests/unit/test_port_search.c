/* SPDX-License-Identifier: MIT */
/* Listening on several ports at once, on real pseudo-terminals. */
#include "meter/port_search.h"

#include "meter_terminal.h"

enum { LONG_MS = 120000, SHORT_MS = 2000 };

struct world {
    struct loop *loop;
    struct port_search *search;
    int done;
};

static void note_done(void *context)
{
    ((struct world *)context)->done++;
}

static bool is_done(const void *context)
{
    return ((const struct world *)context)->done > 0;
}

static void start(struct world *world, int64_t wait_ms, const char *settings)
{
    *world = (struct world){.loop = loop_new()};
    struct port_search_setup setup = {
        .wait_ms = wait_ms, .loop = world->loop, .done = note_done, .context = world};
    if (settings)
        assert_true(line_settings_parse(settings, &setup.fixed));
    world->search = port_search_new(&setup);
}

static void end(struct world *world)
{
    assert_int_equal(world->done, 1);
    port_search_free(world->search);
    assert_true(loop_free(world->loop));
}

static void test_a_meter_ends_the_search(void **state)
{
    (void)state;
    struct world world;
    struct meter_terminal meter;
    start(&world, LONG_MS, NULL);
    meter_terminal_open(&meter, world.loop, false);
    assert_true(port_search_add(world.search, meter.path));
    assert_false(port_search_add(world.search, meter.path));
    assert_int_equal(port_search_count(world.search), 1);
    loop_wait_until(world.loop, is_done, &world);
    const struct port_result *result = port_search_at(world.search, 0);
    assert_true(result->has_meter);
    assert_true(result->is_open);
    assert_false(result->is_encrypted);
    assert_string_equal(result->settings, "115200 8N1");
    assert_string_equal(result->identification, "ISk5\\2MT382-1000");
    assert_true(port_search_left_ms(world.search) > 0);
    meter_terminal_close(&meter);
    end(&world);
}

static void test_a_silent_port_takes_the_whole_time(void **state)
{
    (void)state;
    struct world world;
    struct meter_terminal meters[2];
    start(&world, SHORT_MS, NULL);
    meter_terminal_open(&meters[0], world.loop, true);
    meter_terminal_open(&meters[1], world.loop, false);
    int64_t before = loop_now(world.loop);
    port_search_add(world.search, meters[0].path);
    port_search_add(world.search, meters[1].path);
    loop_wait_until(world.loop, is_done, &world);
    assert_true(loop_now(world.loop) - before >= SHORT_MS);
    assert_false(port_search_at(world.search, 0)->has_meter);
    assert_string_equal(port_search_at(world.search, 0)->state, "listening at 115200 baud");
    assert_null(port_search_at(world.search, 0)->identification);
    assert_int_equal(port_search_left_ms(world.search), 0);
    meter_terminal_close(&meters[0]);
    meter_terminal_close(&meters[1]);
    end(&world);
}

static void test_what_is_not_there_is_not_waited_for(void **state)
{
    (void)state;
    struct world world;
    struct meter_terminal meter;
    start(&world, LONG_MS, NULL);
    meter_terminal_open(&meter, world.loop, false);
    port_search_add(world.search, "/dev/dsmr-no-such-port");
    port_search_add(world.search, meter.path);
    loop_wait_until(world.loop, is_done, &world);
    const struct port_result *result = port_search_at(world.search, 0);
    assert_true(result->is_told);
    assert_false(result->is_open);
    assert_non_null(strstr(result->state, "/dev/dsmr-no-such-port is not there"));
    assert_true(port_search_at(world.search, 1)->has_meter);
    meter_terminal_close(&meter);
    end(&world);
}

/* Settings that the user named are told at once; they are no sign of a meter. */
static void test_named_settings_need_a_telegram_too(void **state)
{
    (void)state;
    struct world world;
    struct meter_terminal meters[2];
    start(&world, SHORT_MS, "9600 7E1");
    meter_terminal_open(&meters[0], world.loop, true);
    meter_terminal_open(&meters[1], world.loop, false);
    port_search_add(world.search, meters[0].path);
    port_search_add(world.search, meters[1].path);
    loop_wait_until(world.loop, is_done, &world);
    assert_false(port_search_at(world.search, 0)->has_meter);
    assert_true(port_search_at(world.search, 1)->has_meter);
    assert_string_equal(port_search_at(world.search, 1)->settings, "9600 7E1");
    meter_terminal_close(&meters[0]);
    meter_terminal_close(&meters[1]);
    end(&world);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_meter_ends_the_search),
        cmocka_unit_test(test_a_silent_port_takes_the_whole_time),
        cmocka_unit_test(test_what_is_not_there_is_not_waited_for),
        cmocka_unit_test(test_named_settings_need_a_telegram_too),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
