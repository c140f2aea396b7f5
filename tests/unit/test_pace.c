/* SPDX-License-Identifier: MIT */
/* What comes out of a pace, and when, on a clock of the test's own. */
#include <stdlib.h>

static size_t allocations; /* that the program made */

static void *counted_calloc(size_t count, size_t size)
{
    allocations++;
    return calloc(count, size);
}

static void *counted_realloc(void *old, size_t size)
{
    allocations++;
    return realloc(old, size);
}

#define calloc counted_calloc
#define realloc counted_realloc
#include "core/memory.c"
#undef calloc
#undef realloc

#include "bus/bus.c"
#include "bus/pace.c"
#include "bus/paced_values.c"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

/* ------------------------------------------------------------------------------------------------
 * A loop whose time is the test's
 */

enum { TIMERS = 8 };

struct loop_timer {
    struct loop *loop;
    loop_timer_callback *callback;
    void *context;
    bool running;
    int64_t due;
};

struct loop {
    int64_t now;
    struct loop_timer *timers[TIMERS];
};

int64_t loop_now(const struct loop *loop)
{
    return loop->now;
}

struct loop_timer *loop_timer_new(struct loop *loop, loop_timer_callback *callback, void *context)
{
    size_t place = 0;
    while (loop->timers[place])
        place++;
    assert_true(place < TIMERS);
    loop->timers[place] = calloc(1, sizeof *loop->timers[place]);
    assert_non_null(loop->timers[place]);
    *loop->timers[place] = (struct loop_timer){loop, callback, context, false, 0};
    return loop->timers[place];
}

void loop_timer_start(struct loop_timer *timer, int64_t delay, int64_t repeat)
{
    assert_int_equal(repeat, 0);
    timer->due = timer->loop->now + delay;
    timer->running = true;
}

void loop_timer_stop(struct loop_timer *timer)
{
    timer->running = false;
}

bool loop_timer_running(const struct loop_timer *timer)
{
    return timer->running;
}

void loop_timer_free(struct loop_timer *timer)
{
    for (size_t i = 0; timer && i < TIMERS; i++)
        if (timer->loop->timers[i] == timer)
            timer->loop->timers[i] = NULL;
    free(timer);
}

static struct loop_timer *next_timer(const struct loop *loop)
{
    struct loop_timer *next = NULL;
    for (size_t i = 0; i < TIMERS; i++) {
        struct loop_timer *timer = loop->timers[i];
        if (timer && timer->running && (!next || timer->due < next->due))
            next = timer;
    }
    return next;
}

static void advance_to(struct loop *loop, int64_t now)
{
    for (struct loop_timer *timer; (timer = next_timer(loop)) && timer->due <= now;) {
        loop->now = timer->due;
        timer->running = false;
        timer->callback(timer->context);
    }
    loop->now = now;
}

/* ------------------------------------------------------------------------------------------------
 * A sink that remembers what it got
 */

enum { VALUES = 8, OUTPUTS = 64 };

struct output {
    int64_t at; /* loop time */
    char meter[16];
    char
        text[400]; /* "eActualDelivery=0.500[0.100,0.900] gValue=…"; what is the same in brackets */
    bool whole;    /* with its telegram */
};

struct recorder {
    struct sink sink;
    struct loop *loop;
    struct output outputs[OUTPUTS];
    size_t count; /* the last OUTPUTS of them are kept */
    bool freed;
};

static size_t print_reading(char *out, size_t size, const struct readings *readings, size_t place)
{
    const struct dsmr_reading *reading = &readings->at[place];
    char value[DSMR_NUMBER_SIZE] = "";
    char least[DSMR_NUMBER_SIZE];
    char greatest[DSMR_NUMBER_SIZE];
    char spread[2 * DSMR_NUMBER_SIZE + 4] = "";
    if (reading->type == DSMR_TYPE_NUMBER)
        dsmr_number_print(reading->number, value);
    else if (reading->type == DSMR_TYPE_TIME)
        dsmr_time_print(&reading->time, value);
    for (size_t i = 0; i < readings->spread_count; i++) {
        if (readings->spreads[i].reading != place)
            continue;
        char mean[DSMR_NUMBER_SIZE];
        dsmr_number_print(readings->spreads[i].mean, mean);
        assert_string_equal(mean, value);
        dsmr_number_print(readings->spreads[i].least, least);
        dsmr_number_print(readings->spreads[i].greatest, greatest);
        snprintf(spread, sizeof spread, "[%s,%s]", least, greatest);
    }
    bool news = readings_send(readings, place);
    return (size_t)snprintf(out, size, "%s%s%s=%s%.*s%s%s", place > 0 ? " " : "", news ? "" : "(",
                            dsmr_item_id(reading->item), value,
                            reading->type == DSMR_TYPE_TEXT ? (int)reading->text.size : 0,
                            reading->text.at, spread, news ? "" : ")");
}

static void record(struct sink *sink, const struct readings *readings)
{
    struct recorder *recorder = (struct recorder *)sink;
    struct output *output = &recorder->outputs[recorder->count++ % OUTPUTS];
    *output = (struct output){.at = recorder->loop->now, .whole = readings->telegram != NULL};
    snprintf(output->meter, sizeof output->meter, "%s", readings->meter);
    assert_int_equal(readings->identification.size, 4);
    assert_memory_equal(readings->identification.at, "TST5", 4);
    size_t size = 0;
    for (size_t i = 0; i < readings->count; i++)
        size += print_reading(output->text + size, sizeof output->text - size, readings, i);
}

static void free_recorder(struct sink *sink)
{
    struct recorder *recorder = (struct recorder *)sink;
    recorder->freed = true;
}

static const struct sink_kind recorder_kind = {
    .name = "recorder", .publish = record, .free = free_recorder};

/* ------------------------------------------------------------------------------------------------
 * Telegrams
 */

struct world {
    struct loop loop;
    struct recorder recorder;
    struct bus bus;
    /* The next telegram. Texts are written over afterwards, as a telegram's buffer is. */
    struct dsmr_reading readings[VALUES];
    char texts[VALUES][32];
    size_t count;
};

static void start(struct world *world, const char *update, const char *deadband)
{
    struct pace_rule rule = {.mode = PACE_EVERY};
    memset(world, 0, sizeof *world);
    world->loop.now = 12345;
    world->recorder.sink.kind = &recorder_kind;
    world->recorder.loop = &world->loop;
    assert_true(pace_rule_parse(update, &rule));
    if (deadband)
        assert_true(deadband_parse(deadband, &rule.deadband));
    struct pace *pace = pace_new(&rule, &world->loop, &world->recorder.sink);
    bus_add(&world->bus, &world->recorder.sink, pace);
}

static void stop(struct world *world)
{
    bus_free(&world->bus);
    assert_true(world->recorder.freed);
    for (size_t i = 0; i < TIMERS; i++)
        assert_null(world->loop.timers[i]);
}

static void add(struct world *world, const char *id, const char *value)
{
    struct dsmr_reading *reading = &world->readings[world->count];
    dsmr_item item = dsmr_item_find((struct dsmr_text){id, strlen(id)});
    assert_int_not_equal(item, DSMR_ITEM_NONE);
    const struct dsmr_item_info *info = dsmr_item_info(item);
    char *text = world->texts[world->count++];
    strcpy(text, value);
    *reading = (struct dsmr_reading){
        .item = item, .type = info->type, .unit = info->unit, .text = {text, strlen(text)}};
    reading->object.line = reading->text;
    struct dsmr_text whole = {text, strlen(text)};
    if (info->type == DSMR_TYPE_NUMBER)
        assert_int_equal(dsmr_number_parse(whole, &reading->number), DSMR_OK);
    else if (info->type == DSMR_TYPE_TIME)
        assert_int_equal(dsmr_time_parse(whole, dsmr_zone_default, &reading->time), DSMR_OK);
}

static void send_as(struct world *world, const char *meter, int64_t now)
{
    char identification[] = "TST5";
    struct dsmr_telegram telegram = {0};
    struct readings readings = {.meter = meter,
                                .identification = {identification, 4},
                                .at = world->readings,
                                .count = world->count,
                                .telegram = &telegram};
    advance_to(&world->loop, 12345 + now);
    bus_publish(&world->bus, &readings);
    memset(world->texts, '#', sizeof world->texts);
    memset(identification, '#', sizeof identification);
    world->count = 0;
}

static void send(struct world *world, int64_t now)
{
    send_as(world, "main", now);
}

static void send_power(struct world *world, int64_t now, const char *power)
{
    add(world, "eActualDelivery", power);
    send(world, now);
}

static const struct output *output_at(const struct world *world, size_t place)
{
    assert_true(place < world->recorder.count);
    return &world->recorder.outputs[place];
}

static const char *text_at(const struct world *world, size_t place)
{
    return output_at(world, place)->text;
}

/* ------------------------------------------------------------------------------------------------
 * Tests
 */

static void test_every_telegram_as_it_is(void **state)
{
    (void)state;
    struct world world;
    start(&world, "every", NULL);
    assert_null(world.bus.paces[0]);
    for (int i = 0; i < 3; i++)
        send_power(&world, i, "0.500");
    assert_int_equal(world.recorder.count, 3);
    assert_string_equal(text_at(&world, 2), "eActualDelivery=0.500");
    assert_true(output_at(&world, 2)->whole);
    stop(&world);
}

static void test_an_interval_has_its_mean_and_its_peaks(void **state)
{
    (void)state;
    static const char *const powers[] = {"0.500", "0.101", "9.999", "0.102", "0.100"};
    struct world world;
    start(&world, "5", NULL);
    send_power(&world, 0, "0.700");
    assert_string_equal(text_at(&world, 0), "eActualDelivery=0.700[0.700,0.700]");
    for (int i = 0; i < 5; i++) {
        add(&world, "eDeliveryTariff1", "1581.120");
        send_power(&world, 1000 * (i + 1), powers[i]);
    }
    assert_int_equal(world.recorder.count, 2);
    assert_int_equal(output_at(&world, 1)->at, 12345 + 5000);
    assert_string_equal(text_at(&world, 1),
                        "eActualDelivery=2.160[0.100,9.999] eDeliveryTariff1=1581.120");
    assert_false(output_at(&world, 1)->whole);
    assert_string_equal(output_at(&world, 1)->meter, "main");
    stop(&world);
}

static void test_no_peak_is_lost(void **state)
{
    (void)state;
    struct world world;
    start(&world, "7", NULL);
    unsigned peaks = 0;
    for (int i = 0; i < 400; i++)
        send_power(&world, i * 1000 + i % 3 * 100, i % 9 == 4 ? "9.000" : "1.000");
    advance_to(&world.loop, 12345 + 500 * 1000);
    assert_true(world.recorder.count >= 56 && world.recorder.count <= 59);
    for (size_t i = 0; i < world.recorder.count; i++)
        peaks += strstr(text_at(&world, i), ",9.000]") != NULL;
    assert_int_equal(peaks, 44); /* each in an interval of its own */
    stop(&world);
}

static void test_counters_and_words_have_their_last_value(void **state)
{
    (void)state;
    struct world world;
    start(&world, "10", NULL);
    send_power(&world, 0, "1.000");
    for (int i = 1; i <= 10; i++) {
        char total[16];
        snprintf(total, sizeof total, "1581.12%d", i % 10);
        add(&world, "eDeliveryTariff1", total);
        add(&world, "eTariffIndicator", i < 6 ? "0001" : "0002");
        add(&world, "P1Timestamp", i < 6 ? "210103120000W" : "210103120010W");
        if (i == 3)
            add(&world, "gValue", "981.443"); /* once in the interval */
        send(&world, i * 1000);
    }
    assert_string_equal(text_at(&world, 1), "eDeliveryTariff1=1581.120 eTariffIndicator=0002 "
                                            "P1Timestamp=2021-01-03T12:00:10+01:00 gValue=981.443");
    stop(&world);
}

static void test_what_did_not_come_does_not_go_out(void **state)
{
    (void)state;
    struct world world;
    start(&world, "5", NULL);
    add(&world, "gValue", "981.443");
    send_power(&world, 0, "1.000");
    send_power(&world, 5000, "2.000");
    assert_string_equal(text_at(&world, 1), "eActualDelivery=2.000[2.000,2.000]");
    stop(&world);
}

static void test_readings_that_do_not_count_are_left_out(void **state)
{
    (void)state;
    struct world world;
    start(&world, "5", NULL);
    add(&world, "eActualDelivery", "1.000");
    add(&world, "eActualDelivery", "99.000");
    world.readings[1].superseded = true;
    add(&world, "eDeliveryTariff1", "0.000");
    world.readings[2].superseded = true; /* the guard's doing */
    send(&world, 0);
    assert_string_equal(text_at(&world, 0), "eActualDelivery=1.000[1.000,1.000]");
    stop(&world);
}

static void test_the_last_values_go_out_when_telegrams_stop(void **state)
{
    (void)state;
    struct world world;
    start(&world, "5", NULL);
    send_power(&world, 0, "1.000");
    send_power(&world, 1000, "2.000");
    send_power(&world, 2000, "4.000");
    advance_to(&world.loop, 12345 + 60000);
    assert_int_equal(world.recorder.count, 2);
    assert_string_equal(text_at(&world, 1), "eActualDelivery=3.000[2.000,4.000]");
    assert_int_equal(output_at(&world, 1)->at, 12345 + 5000 + GRACE_MS);
    /* And the first that comes again goes out at once. */
    send_power(&world, 60000, "5.000");
    assert_string_equal(text_at(&world, 2), "eActualDelivery=5.000[5.000,5.000]");
    assert_int_equal(output_at(&world, 2)->at, 12345 + 60000);
    send_power(&world, 64999, "6.000");
    assert_int_equal(world.recorder.count, 3);
    send_power(&world, 65000, "8.000");
    assert_string_equal(text_at(&world, 3), "eActualDelivery=7.000[6.000,8.000]");
    stop(&world);
}

static void test_intervals_do_not_drift(void **state)
{
    (void)state;
    struct world world;
    start(&world, "5", NULL);
    for (int i = 0; i <= 100; i++)
        send_power(&world, i * 1000 + (i % 2 == 0 ? 0 : 400), "1.000");
    assert_int_equal(world.recorder.count, 21);
    for (size_t i = 0; i < 21; i++) {
        int64_t late = output_at(&world, i)->at - 12345 - (int64_t)i * 5000;
        assert_true(late >= 0 && late <= 400);
    }
    stop(&world);
}

static void test_a_meter_slower_than_the_interval(void **state)
{
    (void)state;
    struct world world;
    start(&world, "1", NULL);
    for (int i = 0; i < 5; i++)
        send_power(&world, i * 10000, "1.000");
    advance_to(&world.loop, 12345 + 100 * 1000);
    assert_int_equal(world.recorder.count, 5);
    stop(&world);
}

static void test_means_are_exact(void **state)
{
    (void)state;
    static const struct {
        const char *id;
        const char *values[4];
        const char *wanted;
    } cases[] = {
        {"eActualDelivery", {"0.001", "0.002"}, "0.002[0.001,0.002]"},          /* 0.0015 */
        {"eActualDelivery", {"0.001", "0.001", "0.002"}, "0.001[0.001,0.002]"}, /* 0.00133… */
        {"eActualDelivery", {"1", "2"}, "1.500[1,2]"},
        {"eActualDelivery", {"1.5", "1.12345"}, "1.31173[1.12345,1.50000]"}, /* 1.311725 */
        {"eActualDelivery", {"-0.001", "-0.002"}, "-0.002[-0.002,-0.001]"},
        {"eInstantCurrentL1", {"2", "3", "2"}, "2[2,3]"}, /* whole amperes: no more is known */
        {"eInstantCurrentL1", {"2.00", "3.00"}, "2.50[2.00,3.00]"},
        {"eInstantVoltageL1", {"229.9", "230.2", "230.2"}, "230.1[229.9,230.2]"},
        {"eActualDelivery", {"999999999999999.999", "1.000"}, "1.000[1.000,1.000]"},
        {"eTreshold", {"3.0", "9.0"}, "9.0"}, /* a limit that is set does not fluctuate */
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct world world;
        char wanted[80];
        start(&world, "60", NULL);
        send_power(&world, 0, "1.000");
        for (int j = 0; j < 4 && cases[i].values[j]; j++) {
            add(&world, cases[i].id, cases[i].values[j]);
            send(&world, 1000 + j);
        }
        advance_to(&world.loop, 12345 + 100 * 1000);
        snprintf(wanted, sizeof wanted, "%s=%s", cases[i].id, cases[i].wanted);
        assert_string_equal(text_at(&world, 1), wanted);
        stop(&world);
    }
}

static void test_numbers_at_the_edge_are_not_added_up(void **state)
{
    (void)state;
    struct world world;
    start(&world, "60", NULL);
    send_power(&world, 0, "9000000000");
    send_power(&world, 1000, "9000000000");
    send_power(&world, 2000, "9100000000"); /* the sum would not fit */
    advance_to(&world.loop, 12345 + 100 * 1000);
    assert_string_equal(text_at(&world, 1),
                        "eActualDelivery=9000000000.000[9000000000,9100000000]");
    stop(&world);
}

static void test_a_value_of_its_own_time_has_no_mean(void **state)
{
    (void)state;
    struct world world;
    start(&world, "5", NULL);
    add(&world, "eActualDelivery", "1.000");
    world.readings[0].has_time = true; /* a peak of the month */
    send(&world, 0);
    assert_string_equal(text_at(&world, 0), "eActualDelivery=1.000");
    stop(&world);
}

static void test_changes_only(void **state)
{
    (void)state;
    struct world world;
    start(&world, "change", NULL);
    for (int i = 0; i < 3; i++) {
        add(&world, "eActualDelivery", i < 2 ? "0.500" : "0.600");
        add(&world, "eDeliveryTariff1", i < 2 ? "1581.120" : "1581.1200");
        add(&world, "eTariffIndicator", i < 2 ? "0001" : "0002");
        add(&world, "P1Timestamp", i < 1 ? "210103120000W" : "210103120010W");
        send(&world, i * 1000);
    }
    assert_string_equal(text_at(&world, 0),
                        "eActualDelivery=0.500 eDeliveryTariff1=1581.120 eTariffIndicator=0001 "
                        "P1Timestamp=2021-01-03T12:00:00+01:00");
    assert_string_equal(text_at(&world, 1),
                        "(eActualDelivery=0.500) (eDeliveryTariff1=1581.120) "
                        "(eTariffIndicator=0001) P1Timestamp=2021-01-03T12:00:10+01:00");
    assert_string_equal(text_at(&world, 2),
                        "eActualDelivery=0.600 (eDeliveryTariff1=1581.1200) eTariffIndicator=0002 "
                        "(P1Timestamp=2021-01-03T12:00:10+01:00)");
    assert_true(output_at(&world, 2)->whole);
    stop(&world);
}

static void test_changes_with_a_dead_band(void **state)
{
    (void)state;
    static const struct {
        const char *power;
        bool sent;
    } steps[] = {
        {"1.000", true},  {"1.020", false}, {"0.980", false}, {"1.021", true},
        {"1.030", false}, {"1.040", false}, {"1.041", false}, /* creeping: by 2 % of 1.021 */
        {"1.042", true},  {"0.000", true},  {"0.001", true},  {"0.001", false},
    };
    struct world world;
    start(&world, "change", "2%");
    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
        add(&world, "eDeliveryTariff1", i % 2 == 0 ? "1581.120" : "1581.121");
        send_power(&world, (int64_t)i * 1000, steps[i].power);
        char wanted[80];
        snprintf(wanted, sizeof wanted, "eDeliveryTariff1=1581.12%zu %seActualDelivery=%s%s", i % 2,
                 steps[i].sent ? "" : "(", steps[i].power, steps[i].sent ? "" : ")");
        assert_string_equal(text_at(&world, i), wanted);
    }
    stop(&world);
}

static void test_a_dead_band_for_every_telegram(void **state)
{
    (void)state;
    struct world world;
    start(&world, "every", "1 V");
    for (int i = 0; i < 2; i++) {
        add(&world, "eInstantVoltageL1", i == 0 ? "230.0" : "231.0");
        add(&world, "eDeliveryTariff1", "1581.120"); /* no dead-band for counters */
        send_power(&world, i * 1000, "0.500");       /* none was given for power */
    }
    assert_string_equal(
        text_at(&world, 1),
        "(eInstantVoltageL1=231.0) eDeliveryTariff1=1581.120 (eActualDelivery=0.500)");
    stop(&world);
}

static void test_a_dead_band_for_means(void **state)
{
    (void)state;
    struct world world;
    start(&world, "5", "100 W");
    send_power(&world, 0, "1.000");
    send_power(&world, 4000, "0.900");
    send_power(&world, 5000, "1.100");
    send_power(&world, 9000, "0.900");
    send_power(&world, 10000, "1.101"); /* a peak, and hardly another mean */
    assert_string_equal(text_at(&world, 1), "(eActualDelivery=1.000[0.900,1.100])");
    assert_string_equal(text_at(&world, 2), "eActualDelivery=1.001[0.900,1.101]");
    stop(&world);
}

static void test_meters_are_kept_apart(void **state)
{
    (void)state;
    static const char *const names[] = {"main", "garage", "zolder"};
    struct world world;
    start(&world, "5", NULL);
    for (int i = 0; i <= 5; i++) {
        for (int j = 0; j < 3; j++) {
            char name[16]; /* another address each time */
            char power[8];
            snprintf(name, sizeof name, "%s", names[j]);
            snprintf(power, sizeof power, "%d.000", j + 1);
            add(&world, "eActualDelivery", power);
            send_as(&world, name, i * 1000 + j * 10);
        }
    }
    assert_int_equal(world.recorder.count, 6);
    for (size_t i = 0; i < 6; i++) {
        char wanted[80];
        size_t power = i % 3 + 1;
        snprintf(wanted, sizeof wanted, "eActualDelivery=%zu.000[%zu.000,%zu.000]", power, power,
                 power);
        assert_string_equal(output_at(&world, i)->meter, names[i % 3]);
        assert_string_equal(text_at(&world, i), wanted);
    }
    stop(&world);
}

static void test_nothing_is_allocated_once_it_runs(void **state)
{
    (void)state;
    static const char *const updates[] = {"5", "change"};
    for (size_t i = 0; i < 2; i++) {
        struct world world;
        start(&world, updates[i], "2%");
        size_t before = 0;
        for (int j = 0; j < 1000; j++) {
            add(&world, "eActualDelivery", j % 2 == 0 ? "1.000" : "2.000");
            add(&world, "eDeliveryTariff1", j % 3 == 0 ? "1581.120" : "1581.121");
            add(&world, "eTariffIndicator", j % 5 == 0 ? "0001" : "0002");
            send(&world, j * 1000);
            if (j == 20)
                before = allocations;
        }
        assert_true(before > 0);
        assert_int_equal(allocations, before);
        stop(&world);
    }
}

static void test_a_sink_that_leaves_takes_its_pace_along(void **state)
{
    (void)state;
    struct world world;
    struct recorder other = {.sink.kind = &recorder_kind, .loop = &world.loop};
    start(&world, "5", NULL);
    bus_add(&world.bus, &other.sink, NULL);
    send_power(&world, 0, "1.000");
    send_power(&world, 1000, "1.000");
    bus_remove(&world.bus, &world.recorder.sink);
    for (size_t i = 0; i < TIMERS; i++)
        assert_null(world.loop.timers[i]);
    send_power(&world, 6000, "1.000");
    assert_int_equal(world.recorder.count, 1);
    assert_int_equal(other.count, 3);
    bus_free(&world.bus);
    assert_true(other.freed);
    assert_false(world.recorder.freed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_telegram_as_it_is),
        cmocka_unit_test(test_an_interval_has_its_mean_and_its_peaks),
        cmocka_unit_test(test_no_peak_is_lost),
        cmocka_unit_test(test_counters_and_words_have_their_last_value),
        cmocka_unit_test(test_what_did_not_come_does_not_go_out),
        cmocka_unit_test(test_readings_that_do_not_count_are_left_out),
        cmocka_unit_test(test_the_last_values_go_out_when_telegrams_stop),
        cmocka_unit_test(test_intervals_do_not_drift),
        cmocka_unit_test(test_a_meter_slower_than_the_interval),
        cmocka_unit_test(test_means_are_exact),
        cmocka_unit_test(test_numbers_at_the_edge_are_not_added_up),
        cmocka_unit_test(test_a_value_of_its_own_time_has_no_mean),
        cmocka_unit_test(test_changes_only),
        cmocka_unit_test(test_changes_with_a_dead_band),
        cmocka_unit_test(test_a_dead_band_for_every_telegram),
        cmocka_unit_test(test_a_dead_band_for_means),
        cmocka_unit_test(test_meters_are_kept_apart),
        cmocka_unit_test(test_nothing_is_allocated_once_it_runs),
        cmocka_unit_test(test_a_sink_that_leaves_takes_its_pace_along),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
