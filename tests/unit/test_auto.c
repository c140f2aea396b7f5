/* SPDX-License-Identifier: MIT */
/* port=auto on a machine that is a folder, with real pseudo-terminals as its ports. */
#include "source/auto.c"

#include "fake_machine.h"
#include "meter_terminal.h"

enum { TERMINALS = 2 };

struct world {
    struct fake_machine machine;
    struct folder state;
    struct loop *loop;
    struct log log;
    char logged[16384];
    size_t logged_size;
    struct meter_terminal terminals[TERMINALS];
    struct source *source;
    size_t bytes;
    int restarts;
};

/* ------------------------------------------------------------------------------------------------
 * The owner of the source
 */

static void take_bytes(void *context, const char *bytes, size_t size)
{
    struct world *world = context;
    world->bytes += size;
    if (memchr(bytes, '!', size))
        auto_source.verdict(world->source, SOURCE_GOOD);
}

static void take_restart(void *context)
{
    ((struct world *)context)->restarts++;
}

static void take_change(void *context)
{
    (void)context;
}

static void take_line(void *context, enum log_level level, const char *line)
{
    struct world *world = context;
    (void)level;
    size_t room = sizeof world->logged - world->logged_size;
    int size = snprintf(world->logged + world->logged_size, room, "%s\n", line);
    assert_true(size >= 0 && (size_t)size < room);
    world->logged_size += (size_t)size;
}

static struct auto_source *own(const struct world *world)
{
    return (struct auto_source *)world->source;
}

static void open_source(struct world *world)
{
    char *error = NULL;
    struct source_setup setup = {
        .port = "auto",
        .state_folder = world->state.path,
        .loop = world->loop,
        .log = &world->log,
        .listener = {take_bytes, take_restart, take_change, world},
    };
    world->bytes = 0;
    world->logged[0] = '\0';
    world->logged_size = 0;
    world->source = auto_source_open(&setup, &world->machine.roots);
    assert_non_null(world->source);
    assert_null(error);
}

static void close_source(struct world *world)
{
    auto_source.free(world->source);
    world->source = NULL;
}

static struct world *begin(void)
{
    struct world *world = calloc(1, sizeof *world);
    assert_non_null(world);
    fake_start(&world->machine);
    folder_make(&world->state);
    world->loop = loop_new();
    world->log = (struct log){.level = LOG_INFO, .mirror = take_line, .mirror_context = world};
    for (int i = 0; i < TERMINALS; i++)
        meter_terminal_open(&world->terminals[i], world->loop, false);
    return world;
}

static void end(struct world *world)
{
    close_source(world);
    for (int i = 0; i < TERMINALS; i++)
        meter_terminal_close(&world->terminals[i]);
    assert_true(loop_free(world->loop));
    fake_end(&world->machine);
    folder_remove(&world->state);
    free(world);
}

static bool reads(const void *context)
{
    const struct world *world = context;
    struct source_status status;
    auto_source.status(world->source, &status);
    return world->bytes > 0 && status.connected && strcmp(status.settings, "115200 8N1") == 0;
}

static void assert_logged(const struct world *world, const char *text)
{
    if (!strstr(world->logged, text))
        fail_msg("'%s' is not in the log:\n%s", text, world->logged);
}

static void assert_port(struct world *world, const char *name)
{
    assert_string_equal(own(world)->port, folder_at(&world->machine.folder, name));
}

static bool has_obstacle(const void *context)
{
    return own(context)->obstacle != NULL;
}

/* ------------------------------------------------------------------------------------------------
 * Tests
 */

static void test_a_port_that_is_plugged_in_later_is_found(void **state)
{
    (void)state;
    struct world *world = begin();
    struct source_status status;
    open_source(world);
    loop_wait_until(world->loop, has_obstacle, world);
    assert_logged(world, "there is no serial port");
    auto_source.status(world->source, &status);
    assert_non_null(strstr(status.state, "there is no serial port"));
    fake_adapter(&world->machine, "1-1", "ttyUSB0", world->terminals[0].path);
    loop_wait_until(world->loop, reads, world);
    assert_port(world, "dev/serial/by-id/usb-FTDI-1-1");
    assert_logged(world, "auto: found a meter at 115200 8N1 on ");
    assert_logged(world, ": /ISk5");
    auto_source.status(world->source, &status);
    assert_non_null(strstr(status.state, "usb-FTDI-1-1: reading"));
    end(world);
}

static void test_of_two_meters_the_first_by_name_is_read(void **state)
{
    (void)state;
    struct world *world = begin();
    fake_adapter(&world->machine, "1-2", "ttyUSB0", world->terminals[0].path);
    fake_adapter(&world->machine, "1-1", "ttyUSB1", world->terminals[1].path);
    open_source(world);
    loop_wait_until(world->loop, reads, world);
    assert_port(world, "dev/serial/by-id/usb-FTDI-1-1");
    assert_logged(world, "auto: there is a meter on ");
    assert_logged(world, "usb-FTDI-1-2 too; ");
    assert_logged(world, "port= with a name takes another");
    end(world);
}

/* What the end of the time makes of one meter and one silent port. */
static bool has_one_meter(const void *context)
{
    size_t meters = 0;
    if (own(context)->search)
        first_meter(own(context)->search, &meters);
    return meters == 1;
}

static void test_a_silent_port_is_left_alone(void **state)
{
    (void)state;
    struct world *world = begin();
    world->terminals[0].silent = true;
    fake_adapter(&world->machine, "1-1", "ttyUSB0", world->terminals[0].path);
    fake_adapter(&world->machine, "1-2", "ttyUSB1", world->terminals[1].path);
    open_source(world);
    loop_wait_until(world->loop, has_one_meter, world);
    assert_int_equal(world->bytes, 0);
    end_search(own(world));
    loop_wait_until(world->loop, reads, world);
    assert_port(world, "dev/serial/by-id/usb-FTDI-1-2");
    end(world);
}

static bool listens(const void *context)
{
    const struct port_search *search = own(context)->search;
    return search && port_search_at(search, 0)->is_open;
}

static bool searches(const void *context)
{
    return own(context)->search != NULL;
}

static void test_a_search_in_vain_is_told_and_begun_again(void **state)
{
    (void)state;
    struct world *world = begin();
    world->terminals[0].silent = true;
    fake_adapter(&world->machine, "1-1", "ttyUSB0", world->terminals[0].path);
    open_source(world);
    loop_wait_until(world->loop, listens, world);
    end_search(own(world));
    assert_logged(world, "auto: no meter was found");
    assert_logged(world, "usb-FTDI-1-1: listening at 115200 baud");
    assert_null(own(world)->search);
    loop_wait_until(world->loop, searches, world);
    world->terminals[0].silent = false;
    loop_wait_until(world->loop, reads, world);
    end(world);
}

static bool is_away(const void *context)
{
    struct source_status status;
    auto_source.status(((const struct world *)context)->source, &status);
    return !status.connected;
}

static void test_the_port_is_remembered_and_waited_for(void **state)
{
    (void)state;
    struct world *world = begin();
    fake_adapter(&world->machine, "1-1", "ttyUSB0", world->terminals[0].path);
    open_source(world);
    loop_wait_until(world->loop, reads, world);
    close_source(world);

    open_source(world);
    assert_non_null(own(world)->inner);
    assert_logged(world, "auto: a meter was on ");
    loop_wait_until(world->loop, reads, world);

    fake_unplug(&world->machine, "1-1", "ttyUSB0");
    meter_terminal_close(&world->terminals[0]);
    loop_wait_until(world->loop, is_away, world);
    own(world)->last_good -= LOOK_AGAIN_MS; /* there is no other port: it is still waited for */
    tick(own(world));
    assert_non_null(own(world)->inner);
    meter_terminal_open(&world->terminals[0], world->loop, false);
    fake_adapter(&world->machine, "1-1", "ttyUSB5", world->terminals[0].path);
    loop_wait_until(world->loop, reads, world);
    assert_port(world, "dev/serial/by-id/usb-FTDI-1-1");
    end(world);
}

static void test_a_port_that_stays_away_gives_way_to_another(void **state)
{
    (void)state;
    struct world *world = begin();
    fake_adapter(&world->machine, "1-1", "ttyUSB0", world->terminals[0].path);
    open_source(world);
    loop_wait_until(world->loop, reads, world);
    fake_unplug(&world->machine, "1-1", "ttyUSB0");
    meter_terminal_close(&world->terminals[0]);
    loop_wait_until(world->loop, is_away, world);
    fake_adapter(&world->machine, "1-2", "ttyUSB1", world->terminals[1].path);
    tick(own(world));
    assert_non_null(own(world)->inner); /* not at once */
    int restarts = world->restarts;
    world->bytes = 0;
    own(world)->last_good -= LOOK_AGAIN_MS;
    tick(own(world));
    assert_null(own(world)->inner);
    assert_true(world->restarts > restarts);
    assert_logged(world, "listening to all ports");
    loop_wait_until(world->loop, reads, world);
    assert_port(world, "dev/serial/by-id/usb-FTDI-1-2");
    char *known = found_port_read(world->state.path);
    assert_string_equal(known, own(world)->port);
    free(known);
    meter_terminal_open(&world->terminals[0], world->loop, true);
    end(world);
}

static void test_a_damaged_memory_is_none(void **state)
{
    (void)state;
    struct folder folder;
    folder_make(&folder);
    static const char *const texts[] = {"", "\n", "ttyUSB0\n", "/dev/ttyUSB0"};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        folder_write(&folder, "auto-port", texts[i]);
        assert_null(found_port_read(folder.path));
    }
    assert_null(found_port_read(NULL));
    found_port_write(NULL, "/dev/ttyUSB0");
    found_port_write("/dev/dsmr-no-such-folder", "/dev/ttyUSB0");
    found_port_write(folder.path, "/dev/ttyUSB0");
    assert_int_equal(folder_count(&folder), 1);
    char *known = found_port_read(folder.path);
    assert_string_equal(known, "/dev/ttyUSB0");
    free(known);
    folder_remove(&folder);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_port_that_is_plugged_in_later_is_found),
        cmocka_unit_test(test_of_two_meters_the_first_by_name_is_read),
        cmocka_unit_test(test_a_silent_port_is_left_alone),
        cmocka_unit_test(test_a_search_in_vain_is_told_and_begun_again),
        cmocka_unit_test(test_the_port_is_remembered_and_waited_for),
        cmocka_unit_test(test_a_port_that_stays_away_gives_way_to_another),
        cmocka_unit_test(test_a_damaged_memory_is_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
