/* SPDX-License-Identifier: MIT */
/* The live table, on terminals of every size. */
#include "sink/live_screen.h"

#include "taken.h"
#include "terminal.h"

static const char few[] = "1-3:0.2.8(50)\r\n0-0:1.0.0(161113205757W)\r\n"
                          "0-0:96.1.1(4B384547303034303436333935353037)\r\n"
                          "1-0:1.8.1(001581.123*kWh)\r\n1-0:1.7.0(02.027*kW)\r\n"
                          "0-1:24.1.0(003)\r\n0-1:24.2.1(161113200000W)(00981.443*m3)\r\n";

/* What the screen is drawn from, and where it is drawn on. */
struct scene {
    struct taken *taken;
    struct live_state live;
    struct terminal terminal;
};

static void open_scene(struct scene *scene, int rows, int columns)
{
    memset(scene, 0, sizeof *scene);
    scene->taken = calloc(1, sizeof *scene->taken);
    assert_non_null(scene->taken);
    scene->live = (struct live_state){
        .store = store_new(),
        .port = "/dev/ttyUSB0",
        .settings = "115200 8N1",
        .line_state = "reading",
        .connected = true,
        .good = 12,
        .refused = 3,
        .received_ms = 1742209200000,
        .now_ms = 1742209202400,
        .rows = rows,
        .columns = columns,
        .colour = true,
    };
    terminal_open(&scene->terminal, rows, columns);
}

static void close_scene(struct scene *scene)
{
    store_free(scene->live.store);
    taken_free(scene->taken);
}

static void take(struct scene *scene, const char *lines)
{
    const struct readings *readings = take_lines(scene->taken, "KFM5KAIFA-METER", lines);
    scene->live.identification = "KFM5KAIFA-METER";
    scene->live.has_time = readings->has_time;
    scene->live.time = readings->time;
    store_update(scene->live.store, readings);
}

static void draw(struct scene *scene)
{
    struct buffer out = {0};
    live_screen_draw(&out, &scene->live);
    terminal_show(&scene->terminal, out.at, out.size);
    buffer_free(&out);
}

/* A value of its own for every item that there is. */
static size_t fill_store(struct store *store)
{
    size_t count = dsmr_item_count();
    for (size_t item = 0; item < count; item++) {
        const struct dsmr_item_info *info = dsmr_item_info((dsmr_item)item);
        static const char text[] = "4B38";
        struct dsmr_reading reading = {.item = (dsmr_item)item,
                                       .type = info->type,
                                       .text = {text, sizeof text - 1},
                                       .number = {123456, 3},
                                       .unit = info->unit,
                                       .time = {.year = 2016, .month = 1, .day = 2}};
        store_update(store, &(struct readings){.at = &reading, .count = 1});
    }
    return count;
}

/* Items whose id and value are on the screen in full. */
static size_t count_shown(const struct scene *scene)
{
    size_t shown = 0;
    for (size_t item = 0; item < dsmr_item_count(); item++) {
        char id[64];
        snprintf(id, sizeof id, "%s ", dsmr_item_id((dsmr_item)item));
        shown += terminal_find(&scene->terminal, id) >= 0;
    }
    return shown;
}

static void test_the_head_tells_how_the_line_is_doing(void **state)
{
    (void)state;
    static const int widths[] = {40, 80, 120, 200};
    for (size_t i = 0; i < sizeof widths / sizeof *widths; i++) {
        struct scene scene;
        open_scene(&scene, 24, widths[i]);
        take(&scene, few);
        draw(&scene);
        terminal_assert(&scene.terminal, "/KFM5KAIFA-METER");
        terminal_assert(&scene.terminal, "/dev/ttyUSB0");
        terminal_assert(&scene.terminal, "115200 8N1");
        terminal_assert(&scene.terminal, "reading");
        terminal_assert(&scene.terminal, "2.4 s ago");
        terminal_assert(&scene.terminal, "12 good");
        terminal_assert(&scene.terminal, "3 refused");
        terminal_assert(&scene.terminal, "Ctrl+C ends");
        if (widths[i] >= 80)
            terminal_assert(&scene.terminal, "2016-11-13 20:57:57");
        close_scene(&scene);
    }
}

static void test_before_the_first_telegram(void **state)
{
    (void)state;
    struct scene scene;
    open_scene(&scene, 24, 80);
    scene.live.connected = false;
    scene.live.settings = "";
    scene.live.line_state = "/dev/ttyUSB0 is not there: is the cable plugged in? Waiting for it";
    scene.live.good = 0;
    draw(&scene);
    terminal_assert(&scene.terminal, "waiting for a telegram");
    terminal_assert(&scene.terminal, "is not there: is the cable plugged in?");
    terminal_assert(&scene.terminal, "3 refused");
    close_scene(&scene);
}

static void test_every_value_stands_with_its_unit(void **state)
{
    (void)state;
    static const int widths[] = {40, 80, 120, 200};
    for (size_t i = 0; i < sizeof widths / sizeof *widths; i++) {
        struct scene scene;
        open_scene(&scene, 40, widths[i]);
        take(&scene, few);
        draw(&scene);
        terminal_assert(&scene.terminal, "Electricity");
        terminal_assert(&scene.terminal, "eDeliveryTariff1");
        terminal_assert(&scene.terminal, "1581.123 kWh");
        terminal_assert(&scene.terminal, "2.027 kW");
        terminal_assert(&scene.terminal, "Gas");
        terminal_assert(&scene.terminal, "981.443 m3");
        assert_int_equal(count_shown(&scene), 8);
        close_scene(&scene);
    }
}

static void assert_shows(int columns, const char *line, const char *value)
{
    struct scene scene;
    open_scene(&scene, 24, columns);
    take(&scene, line);
    draw(&scene);
    terminal_assert(&scene.terminal, value);
    close_scene(&scene);
}

static void test_nothing_is_cut_that_fits(void **state)
{
    (void)state;
    assert_shows(40, "1-0:1.8.1(123456.789*kWh)\r\n", "123456.789 kWh");
    assert_shows(80, "1-0:1.8.1(1234567890.123*kWh)\r\n", "1234567890.123 kWh");
    assert_shows(80, "0-0:96.1.1(4B384547303034303436333935353037)\r\n", "K8EG004046395507");
    assert_shows(80, "0-0:1.0.0(161113205757W)\r\n", "2016-11-13 20:57:57");
    assert_shows(200, "0-0:96.13.0(303132333435363738393A3B3C3D3E3F40414243)\r\n",
                 "0123456789:;<=>?@ABC");
}

/* The longest unit that there is, in the narrowest column. */
/* A message must not draw the other values away from their names. */
static void test_a_long_text_does_not_move_the_numbers(void **state)
{
    (void)state;
    struct scene scene;
    open_scene(&scene, 16, 200);
    take(&scene, few);
    fill_store(scene.live.store);
    take(&scene, "0-0:96.13.0(303132333435363738393A3B3C3D3E3F404142434445464748)\r\n"
                 "1-0:1.8.1(001581.123*kWh)\r\n");
    draw(&scene);
    terminal_assert(&scene.terminal, "eDeliveryTariff1                   1581.123 kWh ");
    close_scene(&scene);
}

static void test_no_unit_loses_its_end(void **state)
{
    (void)state;
    for (enum dsmr_unit unit = DSMR_UNIT_NONE; unit < DSMR_UNIT_COUNT; unit++) {
        struct scene scene;
        struct dsmr_reading reading = {.item = item_of("eDeliveryTariff1"),
                                       .type = DSMR_TYPE_NUMBER,
                                       .number = {1234567, 3},
                                       .unit = unit};
        char expected[40];
        open_scene(&scene, 24, 40);
        store_update(scene.live.store, &(struct readings){.at = &reading, .count = 1});
        draw(&scene);
        snprintf(expected, sizeof expected, " 1234.567 %s ", dsmr_unit_name(unit));
        terminal_assert(&scene.terminal, expected);
        close_scene(&scene);
    }
}

/* A number without its end would be another number. */
static void test_what_is_cut_ends_in_an_ellipsis(void **state)
{
    (void)state;
    assert_shows(40, "1-0:1.8.1(12345678901234567*kWh)\r\n", "\xE2");
    assert_shows(40, "0-0:96.1.1(4B384547303034303436333935353037)\r\n", "\xE2");
}

/* Whatever the size, each line has its place, and what finds none is counted. Headings are lines of the
 * table too; nine kinds and the log have one. */
static void test_every_size_of_terminal(void **state)
{
    (void)state;
    static const int widths[] = {40, 80, 100, 120, 200};
    for (size_t i = 0; i < sizeof widths / sizeof *widths; i++) {
        for (int rows = 10; rows <= 60; rows++) {
            struct scene scene;
            unsigned missing = 0;
            open_scene(&scene, rows, widths[i]);
            take(&scene, few);
            fill_store(scene.live.store);
            scene.live.log[2] = "meter: telegram refused";
            draw(&scene);
            terminal_assert(&scene.terminal, "meter: telegram refused");
            terminal_assert(&scene.terminal, "Ctrl+C ends");
            int row = terminal_find(&scene.terminal, " more:");
            if (row >= 0)
                assert_int_equal(sscanf(scene.terminal.cells[row], "%u more", &missing), 1);
            size_t shown = count_shown(&scene);
            assert_in_range(shown + missing, dsmr_item_count(), dsmr_item_count() + 10);
            assert_true(rows < 20 || shown >= (size_t)(rows - 20));
            close_scene(&scene);
        }
    }
}

static void test_a_large_terminal_shows_every_item(void **state)
{
    (void)state;
    struct scene scene;
    open_scene(&scene, 80, 250);
    take(&scene, few);
    size_t count = fill_store(scene.live.store);
    draw(&scene);
    if (terminal_find(&scene.terminal, " more:") < 0)
        assert_int_equal(count_shown(&scene), count);
    else
        assert_true(count_shown(&scene) >= 60 * 5);
    close_scene(&scene);
}

static void test_terminals_that_are_too_small_are_not_disturbed(void **state)
{
    (void)state;
    for (int rows = 1; rows < 20; rows++) {
        for (int columns = 1; columns <= 45; columns++) {
            struct scene scene;
            open_scene(&scene, rows, columns);
            take(&scene, few);
            scene.live.log[0] = scene.live.log[1] = scene.live.log[2] =
                "port: /dev/ttyUSB0 is open";
            draw(&scene);
            close_scene(&scene);
        }
    }
}

static void test_a_new_screen_leaves_nothing_of_the_old_one(void **state)
{
    (void)state;
    static const int widths[] = {40, 80, 120};
    for (size_t i = 0; i < sizeof widths / sizeof *widths; i++) {
        struct scene full;
        struct scene fresh;
        open_scene(&full, 30, widths[i]);
        open_scene(&fresh, 30, widths[i]);
        fill_store(full.live.store);
        full.live.log[0] = "port: a line that is a good deal longer than what comes after it";
        full.live.log[1] = full.live.log[2] = full.live.log[0];
        draw(&full);
        store_free(full.live.store);
        full.live.store = store_new();
        memset(full.live.log, 0, sizeof full.live.log);
        take(&full, few);
        take(&fresh, few);
        draw(&full);
        draw(&fresh);
        for (int row = 0; row < 30; row++)
            assert_string_equal(full.terminal.cells[row], fresh.terminal.cells[row]);
        close_scene(&full);
        close_scene(&fresh);
    }
}

/* The terminal of the test fails on any byte that could do something. */
static void test_hostile_texts_cannot_reach_the_terminal(void **state)
{
    (void)state;
    static char hostile[] = "\033]0;owned\007\033[2J\x9B"
                            "31m\x7F\xE2\x80\xAE\r\n\t\b";
    struct scene scene;
    open_scene(&scene, 24, 80);
    take(&scene, "0-0:96.13.0(1B5D303B6F776E656407)\r\n0-0:96.13.1(\033[2J\x9B)\r\n"
                 "0-0:96.1.1(\xFF\xFE\x80\x01)\r\n");
    scene.live.identification = hostile;
    scene.live.port = hostile;
    scene.live.settings = hostile;
    scene.live.line_state = hostile;
    scene.live.log[0] = hostile;
    draw(&scene);
    terminal_assert(&scene.terminal, "]0;owned");
    close_scene(&scene);
}

static void test_no_colours_where_they_are_not_wanted(void **state)
{
    (void)state;
    struct scene scene;
    open_scene(&scene, 24, 80);
    take(&scene, few);
    draw(&scene);
    assert_true(scene.terminal.coloured);
    scene.terminal.coloured = false;
    scene.live.colour = false;
    draw(&scene);
    assert_false(scene.terminal.coloured);
    close_scene(&scene);
}

static void test_age(void **state)
{
    (void)state;
    static const struct {
        int64_t ms;
        const char *text;
    } ages[] = {{-5000, "0.0 s ago"},    {0, "0.0 s ago"},      {9999, "9.9 s ago"},
                {10000, "10 s ago"},     {119999, "119 s ago"}, {120000, "2 min ago"},
                {7200000, "120 min ago"}};
    for (size_t i = 0; i < sizeof ages / sizeof *ages; i++) {
        struct scene scene;
        open_scene(&scene, 24, 80);
        take(&scene, few);
        scene.live.now_ms = scene.live.received_ms + ages[i].ms;
        draw(&scene);
        terminal_assert(&scene.terminal, ages[i].text);
        close_scene(&scene);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_head_tells_how_the_line_is_doing),
        cmocka_unit_test(test_before_the_first_telegram),
        cmocka_unit_test(test_every_value_stands_with_its_unit),
        cmocka_unit_test(test_nothing_is_cut_that_fits),
        cmocka_unit_test(test_a_long_text_does_not_move_the_numbers),
        cmocka_unit_test(test_no_unit_loses_its_end),
        cmocka_unit_test(test_what_is_cut_ends_in_an_ellipsis),
        cmocka_unit_test(test_every_size_of_terminal),
        cmocka_unit_test(test_a_large_terminal_shows_every_item),
        cmocka_unit_test(test_terminals_that_are_too_small_are_not_disturbed),
        cmocka_unit_test(test_a_new_screen_leaves_nothing_of_the_old_one),
        cmocka_unit_test(test_hostile_texts_cannot_reach_the_terminal),
        cmocka_unit_test(test_no_colours_where_they_are_not_wanted),
        cmocka_unit_test(test_age),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
