/* SPDX-License-Identifier: MIT */
/* A meter: which telegrams are taken, and what is said of those that are not. */
#include "meter/meter.c"

#include "own_clock.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static const char lines[] =
    "0-0:96.1.1(4B38)\r\n1-0:1.8.1(001581.123*kWh)\r\n1-0:1.7.0(02.027*kW)\r\n";

/* ------------------------------------------------------------------------------------------------
 * What stands around the meter: a source that the test speaks for, a sink and a log that remember
 */

static struct {
    struct source source;
    struct source_listener listener;
    int good, refused; /* verdicts */
    bool never_works;
} told;

static void take_told(struct source *source, enum source_verdict verdict)
{
    assert_ptr_equal(source, &told.source);
    told.good += verdict == SOURCE_GOOD;
    told.refused += verdict == SOURCE_REFUSED;
}

static void status_told(const struct source *source, struct source_status *status)
{
    assert_ptr_equal(source, &told.source);
    *status = (struct source_status){true, "115200 8N1", "reading"};
}

static void free_told(struct source *source)
{
    assert_ptr_equal(source, &told.source);
    told.listener.bytes = NULL;
}

static const struct source_kind told_kind = {"", NULL, take_told, status_told, free_told};

struct source *source_open(const struct source_setup *setup, char **error)
{
    if (told.never_works) {
        *error = memory_text("no such thing");
        return NULL;
    }
    told.source.kind = &told_kind;
    told.listener = setup->listener;
    return &told.source;
}

static struct {
    struct sink sink;
    int published;
    uint64_t good, refused, bytes;
    char identification[64];
    size_t count;
    bool has_time;
    struct dsmr_time time;
    enum dsmr_crc crc;
    char last[64]; /* text of the last reading */
    uint8_t channel;
} seen;

static void publish_seen(struct sink *sink, const struct readings *readings)
{
    assert_ptr_equal(sink, &seen.sink);
    assert_string_equal(readings->meter, "main");
    assert_int_equal(readings->received_ms, loop_wall(&own_loop));
    seen.published++;
    seen.count = readings->count;
    seen.has_time = readings->has_time;
    seen.time = readings->time;
    seen.crc = readings->crc;
    snprintf(seen.identification, sizeof seen.identification, "%.*s",
             (int)readings->identification.size, readings->identification.at);
    seen.last[0] = '\0';
    if (readings->count == 0)
        return;
    const struct dsmr_reading *last = &readings->at[readings->count - 1];
    snprintf(seen.last, sizeof seen.last, "%.*s", (int)last->text.size, last->text.at);
    seen.channel = last->channel;
}

static void line_seen(struct sink *sink, const struct line_status *status)
{
    assert_ptr_equal(sink, &seen.sink);
    assert_string_equal(status->port, "test:");
    assert_string_equal(status->settings, "115200 8N1");
    assert_string_equal(status->state, "reading");
    assert_true(status->connected);
    seen.good = status->good;
    seen.refused = status->refused;
    seen.bytes = status->bytes;
}

static void free_seen(struct sink *sink)
{
    assert_ptr_equal(sink, &seen.sink);
}

static const struct sink_kind seen_kind = {
    .name = "seen", .publish = publish_seen, .line = line_seen, .free = free_seen};

static struct bus bus;
static struct log logged;
static char *sheet;
static size_t sheet_size;

static struct meter_setup setup_of_test(void)
{
    struct meter_setup setup = {
        .name = "main", .port = "test:", .loop = &own_loop, .log = &logged, .bus = &bus};
    dsmr_channels_init(&setup.channels);
    return setup;
}

static struct meter *start(const struct meter_setup *setup)
{
    char *error = NULL;
    assert_true(own_loop.timers[0] == NULL); /* the test before this one cleaned up */
    memset(&told, 0, sizeof told);
    memset(&seen, 0, sizeof seen);
    memset(&bus, 0, sizeof bus);
    seen.sink.kind = &seen_kind;
    bus_add(&bus, &seen.sink, NULL);
    logged = (struct log){.stream = open_memstream(&sheet, &sheet_size), .level = LOG_INFO};
    struct meter *meter = meter_new(setup, &error);
    assert_non_null(meter);
    assert_null(error);
    return meter;
}

static struct meter *start_plain(void)
{
    struct meter_setup setup = setup_of_test();
    return start(&setup);
}

static void stop(struct meter *meter)
{
    meter_free(meter);
    bus_free(&bus);
    fclose(logged.stream);
    free(sheet);
}

static void say(const char *bytes, size_t size)
{
    told.listener.bytes(told.listener.context, bytes, size);
}

static void say_text(const char *text)
{
    say(text, strlen(text));
}

/* A telegram with a CRC, to which so much is added: 0 makes it right. */
static void say_with_crc(const char *identification, const char *body, unsigned wrong_by)
{
    char text[2000];
    int size = snprintf(text, sizeof text, "/%s\r\n\r\n%s!", identification, body);
    uint16_t crc = (uint16_t)(dsmr_crc16(0, text, (size_t)size) + wrong_by);
    snprintf(text + size, sizeof text - (size_t)size, "%04X\r\n", crc);
    say_text(text);
}

static void say_without_crc(const char *identification, const char *body)
{
    char text[2000];
    snprintf(text, sizeof text, "/%s\r\n\r\n%s!\r\n", identification, body);
    say_text(text);
}

static int times_logged(const char *text)
{
    int count = 0;
    fflush(logged.stream);
    for (const char *at = sheet; (at = strstr(at, text)) != NULL; at++)
        count++;
    return count;
}

/* ------------------------------------------------------------------------------------------------
 * Telegrams
 */

static void test_a_good_telegram_is_published(void **state)
{
    (void)state;
    struct meter *meter = start_plain();
    assert_int_equal(seen.good, 0);
    say_with_crc("KFM5KAIFA", "0-0:1.0.0(161113205757W)\r\n1-0:1.7.0(02.027*kW)\r\n", 0);
    assert_int_equal(seen.published, 1);
    assert_string_equal(seen.identification, "KFM5KAIFA");
    assert_int_equal(seen.count, 2);
    assert_string_equal(seen.last, "02.027*kW");
    assert_int_equal(seen.crc, DSMR_CRC_OK);
    assert_true(seen.has_time);
    assert_int_equal(seen.time.unix_s, 1479067077);
    assert_int_equal(seen.good, 1);
    assert_int_equal(seen.refused, 0);
    assert_true(seen.bytes > 60);
    assert_int_equal(told.good, 1);
    stop(meter);
}

static void test_a_wrong_crc_is_refused_counted_and_told_once(void **state)
{
    (void)state;
    struct meter *meter = start_plain();
    for (int i = 0; i < 9; i++)
        say_with_crc("KFM5KAIFA", lines, 1);
    assert_int_equal(seen.published, 0);
    assert_int_equal(seen.refused, 9);
    assert_int_equal(told.refused, 9);
    assert_int_equal(times_logged("refused"), 1);
    say_with_crc("KFM5KAIFA", lines, 0);
    assert_int_equal(seen.published, 1);
    assert_int_equal(seen.good, 1);
    own_time_passes(61000);
    say_with_crc("KFM5KAIFA", lines, 1);
    assert_int_equal(times_logged("8 more since this was last told"), 1);
    stop(meter);
}

static void test_without_crc_only_three_good_lines_prove_the_speed(void **state)
{
    (void)state;
    struct meter *meter = start_plain();
    say_without_crc("ISk5", "1-0:1.8.1(001581.123*kWh)\r\n1-0:1.7.0(02.027*kW)\r\n");
    assert_int_equal(seen.published, 1);
    assert_int_equal(told.good, 0);
    say_without_crc("ISk5", lines);
    assert_int_equal(seen.published, 2);
    assert_int_equal(told.good, 1);
    stop(meter);
}

/* Noise has a '/' and a '!' now and then. */
static void test_without_crc_and_without_any_object_it_is_no_telegram(void **state)
{
    (void)state;
    struct meter *meter = start_plain();
    say_text("/x\x91z\n!\n");
    say_text("/\n(a\n!\n");
    assert_int_equal(seen.published, 0);
    assert_int_equal(seen.good, 0);
    assert_int_equal(told.good, 0);
    say_without_crc("NEW5", "9-9:99.99.9(unknown)\r\n");
    assert_int_equal(seen.published, 1);
    stop(meter);
}

static void test_a_meter_that_sends_crcs_is_not_believed_without(void **state)
{
    (void)state;
    struct meter *meter = start_plain();
    say_without_crc("KFM5KAIFA", lines);
    assert_int_equal(seen.published, 1);
    say_with_crc("KFM5KAIFA", lines, 0);
    say_without_crc("KFM5KAIFA", lines);
    assert_int_equal(seen.published, 2);
    assert_int_equal(seen.refused, 1);
    assert_int_equal(times_logged("no CRC, but this meter sends one"), 1);
    told.listener.restart(told.listener.context);
    say_without_crc("KFM5KAIFA", lines);
    assert_int_equal(seen.published, 2);
    say_with_crc("KFM5KAIFA", lines, 0);
    assert_int_equal(seen.published, 3);
    stop(meter);
}

/* The smart meter is replaced by one that knows no CRC. */
static void test_another_meter_may_have_no_crc(void **state)
{
    (void)state;
    struct meter *meter = start_plain();
    say_with_crc("KFM5KAIFA", lines, 0);
    say_without_crc("ISk5ME382",
                    lines); /* the line was never interrupted: this is the same meter */
    assert_int_equal(seen.published, 1);
    told.listener.restart(told.listener.context);
    say_without_crc("ISk5ME382", lines);
    assert_int_equal(seen.published, 2);
    assert_string_equal(seen.identification, "ISk5ME382");
    say_with_crc("KFM5KAIFA", lines, 0);
    own_time_passes(
        40000); /* the plug was put into another meter, which the port does not notice */
    say_without_crc("ISk5ME382", lines);
    assert_int_equal(seen.published, 4);
    stop(meter);
}

static void test_without_a_line_end_silence_ends_the_telegram(void **state)
{
    (void)state;
    struct meter *meter = start_plain();
    say_text("/ADN9\r\n\r\n1-0:1.7.0(02.027*kW)\r\n!");
    own_time_passes(150);
    assert_int_equal(seen.published, 0);
    own_time_passes(100);
    assert_int_equal(seen.published, 1);
    say_text("/ADN9\r\n\r\n1-0:1.7.0(02.0");
    own_time_passes(1000); /* the rest of it is late, and still welcome */
    say_text("28*kW)\r\n!");
    own_time_passes(250);
    assert_int_equal(seen.published, 2);
    assert_string_equal(seen.last, "02.028*kW");
    stop(meter);
}

/* A gateway that closes the connection behind each telegram. */
static void test_the_end_of_the_stream_ends_the_telegram(void **state)
{
    (void)state;
    struct meter *meter = start_plain();
    say_text("/ADN9\r\n\r\n1-0:1.7.0(02.027*kW)\r\n!");
    told.listener.restart(told.listener.context);
    assert_int_equal(seen.published, 1);
    stop(meter);
}

static void test_what_is_half_read_at_a_restart_is_void(void **state)
{
    (void)state;
    struct meter *meter = start_plain();
    say_text("/KFM5KAIFA\r\n\r\n1-0:1.8.1(001581.123*kWh)\r\n");
    told.listener.restart(told.listener.context);
    say_text("1-0:1.7.0(02.027*kW)\r\n!\r\n");
    own_time_passes(1000);
    assert_int_equal(seen.published, 0);
    say_without_crc("KFM5KAIFA", lines);
    assert_int_equal(seen.published, 1);
    stop(meter);
}

static void test_a_cut_telegram_does_not_cost_the_next_one(void **state)
{
    (void)state;
    struct meter *meter = start_plain();
    say_text("/KFM5KAIFA\r\n\r\n1-0:1.8.1(00158");
    say_with_crc("KFM5KAIFA", lines, 0);
    say_text("/KFM5KAIFA\r\n\r\n1-0:1.8.1(001581.123*kWh)\r\n");
    say_with_crc("KFM5KAIFA", lines, 0);
    assert_int_equal(seen.published, 2);
    assert_int_equal(seen.count, 3);
    assert_int_equal(seen.refused, 2);
    assert_int_equal(times_logged("refused"), 1);
    stop(meter);
}

static void test_however_the_bytes_come_the_telegrams_are_the_same(void **state)
{
    (void)state;
    static const char one[] =
        "/ISk5\r\n\r\n1-0:1.8.1(001581.123*kWh)\r\n1-0:1.7.0(02.027*kW)\r\n!\r\n";
    enum { SIZE = sizeof one - 1, MANY = 200 };
    static char many[SIZE * MANY];
    for (size_t i = 0; i < MANY; i++)
        memcpy(many + i * SIZE, one, SIZE);
    struct meter *meter = start_plain();
    say(many, sizeof many);
    assert_int_equal(seen.published, MANY);
    for (size_t i = 0; i < 10 * SIZE; i++)
        say(many + i, 1);
    assert_int_equal(seen.published, MANY + 10);
    assert_int_equal(seen.good, MANY + 10);
    assert_in_range(seen.bytes, SIZE * (MANY + 10) - 1, SIZE * (MANY + 10));
    stop(meter);
}

/* Row 17 of the reference's section 6. */
static void test_a_bad_line_costs_only_itself_without_crc(void **state)
{
    (void)state;
    struct meter *meter = start_plain();
    for (int i = 0; i < 5; i++)
        say_without_crc("ISk5",
                        "1-0:1.8.1(001581.123*kWh)\r\n1-0:1\0338.2(x\r\n1-0:1.7.0(02.027*kW)\r\n");
    assert_int_equal(seen.published, 5);
    assert_int_equal(seen.count, 2);
    assert_int_equal(times_logged("bad line"), 1);
    assert_int_equal(times_logged("\033"), 0);
    stop(meter);
}

static void test_rubbish_between_telegrams_is_skipped(void **state)
{
    (void)state;
    static char rubbish[100000];
    struct meter *meter = start_plain();
    memset(rubbish, 0xFF, sizeof rubbish);
    say_with_crc("KFM5KAIFA", lines, 0);
    say(rubbish, sizeof rubbish);
    say_with_crc("KFM5KAIFA", lines, 0);
    memset(rubbish, 0, sizeof rubbish);
    say(rubbish, sizeof rubbish);
    say_with_crc("KFM5KAIFA", lines, 0);
    assert_int_equal(seen.published, 3);
    assert_int_equal(seen.refused, 0);
    stop(meter);
}

static void test_without_an_end_the_telegram_is_dropped_and_the_next_one_is_read(void **state)
{
    (void)state;
    struct meter *meter = start_plain();
    say_text("/KFM5KAIFA\r\n\r\n");
    for (int i = 0; i < 20000; i++)
        say_text("1-0:1.8.1(001581.123*kWh)\r\n");
    assert_int_equal(seen.published, 0);
    say_with_crc("KFM5KAIFA", lines, 0);
    assert_int_equal(seen.published, 1);
    assert_int_equal(times_logged("refused"), 1);
    stop(meter);
}

/* ------------------------------------------------------------------------------------------------
 * What the meter is told, and what it tells
 */

static void test_what_the_user_says_of_channels_and_zone_counts(void **state)
{
    (void)state;
    static const char gas[] = "0-0:1.0.0(161113205757)\r\n0-1:24.1.0(003)\r\n0-2:24.1.0(003)\r\n"
                              "0-1:24.2.1(161113210000W)(00001.000*m3)\r\n"
                              "0-2:24.2.1(161113200000W)(00002.000*m3)\r\n";
    struct meter_setup setup = setup_of_test();
    assert_true(dsmr_channels_set(&setup.channels, DSMR_KIND_GAS, 2));
    setup.has_zone = dsmr_zone_parse((struct dsmr_text){"Europe/Helsinki", 15}, &setup.zone);
    assert_true(setup.has_zone);
    struct meter *meter = start(&setup);
    say_without_crc("KFM5KAIFA", gas);
    assert_string_equal(seen.last, "00002.000*m3");
    assert_int_equal(seen.channel, 2);
    assert_int_equal(seen.time.offset, 120);
    stop(meter);
}

static void test_overdue_telegrams_are_told_once(void **state)
{
    (void)state;
    struct meter *meter = start_plain();
    say_with_crc("KFM5KAIFA", lines, 0);
    own_time_passes(30000);
    say_with_crc("KFM5KAIFA", lines, 0);
    own_time_passes(34000);
    assert_int_equal(times_logged("no good telegram"), 0);
    own_time_passes(100000);
    assert_int_equal(times_logged("no good telegram"), 1);
    say_with_crc("KFM5KAIFA", lines, 0);
    assert_int_equal(times_logged("telegrams come again"), 1);
    say_with_crc("KFM5KAIFA", lines, 0);
    assert_int_equal(times_logged("telegrams come again"), 1);
    stop(meter);
}

/* A gateway that sends each minute is slow, and not lost a thousand times a day. */
static void test_a_slow_meter_does_not_fill_the_log(void **state)
{
    (void)state;
    struct meter *meter = start_plain();
    for (int i = 0; i < 60; i++) {
        say_with_crc("KFM5KAIFA", lines, 0);
        own_time_passes(60000);
    }
    assert_in_range(times_logged("\n"), 1, 10);
    stop(meter);
}

static void test_a_meter_that_never_sends_is_told(void **state)
{
    (void)state;
    struct meter *meter = start_plain();
    own_time_passes(100000);
    assert_int_equal(times_logged("no good telegram"), 1);
    stop(meter);
}

static void test_debug_shows_each_line_and_what_became_of_it(void **state)
{
    (void)state;
    struct meter *meter = start_plain();
    logged.level = LOG_DEBUG;
    say_without_crc("ACE5", "1-0:1.8.1(001581.123*kWh)\r\n1-0:1.7.0(02.027*kW)\r\n"
                            "1-0:15.7.0(0009999*W)\r\n9-9:99.99.9(x)\r\nnonsense\r\n"
                            "1-0:1.8.2(nothing)\r\n0-0:96.1.1(4B38)\r\n");
    assert_int_equal(times_logged("1-0:1.8.1(001581.123*kWh): eDeliveryTariff1 = 1581.123 kWh"), 1);
    assert_int_equal(times_logged("1-0:1.7.0(02.027*kW): eActualDelivery = 2.027 kW"), 1);
    assert_int_equal(times_logged("1-0:15.7.0(0009999*W): eAbsolutePower = 9.999 kW"), 1);
    assert_int_equal(times_logged("9-9:99.99.9(x): nothing, "), 1);
    assert_int_equal(times_logged("nonsense: nothing, "), 1);
    assert_int_equal(times_logged("1-0:1.8.2(nothing): nothing, "), 1);
    assert_int_equal(times_logged("0-0:96.1.1(4B38): eEquipmentId = 4B38"), 1);
    stop(meter);
}

static void test_a_port_that_can_never_work_is_an_error(void **state)
{
    (void)state;
    char *error = NULL;
    struct meter_setup setup = setup_of_test();
    told.never_works = true;
    assert_null(meter_new(&setup, &error));
    assert_string_equal(error, "no such thing");
    free(error);
    told.never_works = false;
    meter_free(NULL);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_good_telegram_is_published),
        cmocka_unit_test(test_a_wrong_crc_is_refused_counted_and_told_once),
        cmocka_unit_test(test_without_crc_only_three_good_lines_prove_the_speed),
        cmocka_unit_test(test_without_crc_and_without_any_object_it_is_no_telegram),
        cmocka_unit_test(test_a_meter_that_sends_crcs_is_not_believed_without),
        cmocka_unit_test(test_another_meter_may_have_no_crc),
        cmocka_unit_test(test_without_a_line_end_silence_ends_the_telegram),
        cmocka_unit_test(test_the_end_of_the_stream_ends_the_telegram),
        cmocka_unit_test(test_what_is_half_read_at_a_restart_is_void),
        cmocka_unit_test(test_a_cut_telegram_does_not_cost_the_next_one),
        cmocka_unit_test(test_however_the_bytes_come_the_telegrams_are_the_same),
        cmocka_unit_test(test_a_bad_line_costs_only_itself_without_crc),
        cmocka_unit_test(test_rubbish_between_telegrams_is_skipped),
        cmocka_unit_test(test_without_an_end_the_telegram_is_dropped_and_the_next_one_is_read),
        cmocka_unit_test(test_what_the_user_says_of_channels_and_zone_counts),
        cmocka_unit_test(test_overdue_telegrams_are_told_once),
        cmocka_unit_test(test_a_slow_meter_does_not_fill_the_log),
        cmocka_unit_test(test_a_meter_that_never_sends_is_told),
        cmocka_unit_test(test_debug_shows_each_line_and_what_became_of_it),
        cmocka_unit_test(test_a_port_that_can_never_work_is_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
