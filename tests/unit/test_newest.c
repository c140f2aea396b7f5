/* SPDX-License-Identifier: MIT */
/* The newest values, handed to a sink that comes late. */
#include "bus/newest.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

/* Writes down what it gets. */
struct note_taker {
    struct sink sink;
    char notes[500];
};

static void take_note(struct sink *sink, const struct readings *readings)
{
    struct note_taker *taker = (struct note_taker *)sink;
    for (size_t i = 0; i < readings->count; i++) {
        const struct dsmr_reading *reading = &readings->at[i];
        size_t size = strlen(taker->notes);
        snprintf(taker->notes + size, sizeof taker->notes - size, "%s %u %lld '%.*s'%s; ",
                 readings->meter, (unsigned)reading->item, (long long)reading->number.mantissa,
                 (int)reading->text.size, reading->text.at,
                 readings_send(readings, i) ? "" : " not to be sent");
    }
}

static const struct sink_kind note_taker_kind = {.name = "notes", .publish = take_note};

static void update(struct newest *newest, const char *meter, dsmr_item item, int64_t value,
                   const char *text, bool superseded)
{
    const struct dsmr_reading reading = {.item = item,
                                         .type = DSMR_TYPE_NUMBER,
                                         .number = {value, 0},
                                         .text = {text, strlen(text)},
                                         .superseded = superseded};
    const bool same = true; /* that a sink had it says nothing about the next one */
    newest_update(newest,
                  &(struct readings){.meter = meter, .at = &reading, .count = 1, .same = &same});
}

static void test_a_late_sink_gets_the_newest_value_of_every_item(void **state)
{
    (void)state;
    struct note_taker taker = {.sink = {&note_taker_kind}};
    struct newest *newest = newest_new();
    newest_publish(newest, &taker.sink);
    assert_string_equal(taker.notes, "");
    update(newest, "main", 1, 10, "10", false);
    update(newest, "garage", 1, 20, "20", false);
    update(newest, "main", 2, 30, "thirty", false);
    update(newest, "main", 1, 11, "11", false);
    update(newest, "main", 2, 40, "forty", true);
    newest_publish(newest, &taker.sink);
    assert_string_equal(taker.notes, "main 1 11 '11'; main 2 30 'thirty'; garage 1 20 '20'; ");
    newest_free(newest);
    newest_free(NULL);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_late_sink_gets_the_newest_value_of_every_item),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
