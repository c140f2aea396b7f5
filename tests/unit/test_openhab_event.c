/* SPDX-License-Identifier: MIT */
/* The messages of openHAB's event WebSocket: what is composed, and what is made of any answer. */
#include "sink/openhab_event.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

static void check_state(enum item_type type, const char *state, const char *kind)
{
    char name[] = "P1_Import", file[] = "p1.items";
    struct bound_item item = {.name = name, .type = type, .file = file};
    struct buffer text = {0}, out = {0};
    buffer_add_text(&text, state);
    buffer_add_text(&out, "what was there before");
    event_write_state(&out, &item, &text, 18446744073709551615u);
    json_t *event = json_loadb(out.at, out.size, 0, NULL);
    assert_non_null(event);
    assert_int_equal(json_object_size(event), 5);
    assert_string_equal(json_string_value(json_object_get(event, "type")), "ItemStateEvent");
    assert_string_equal(json_string_value(json_object_get(event, "topic")),
                        "openhab/items/P1_Import/state");
    assert_string_equal(json_string_value(json_object_get(event, "source")), "dsmr");
    assert_string_equal(json_string_value(json_object_get(event, "eventId")),
                        "18446744073709551615");
    json_t *payload = json_loads(json_string_value(json_object_get(event, "payload")), 0, NULL);
    assert_int_equal(json_object_size(payload), 2);
    assert_string_equal(json_string_value(json_object_get(payload, "type")), kind);
    assert_string_equal(json_string_value(json_object_get(payload, "value")), state);
    json_decref(payload);
    json_decref(event);
    buffer_free(&text);
    buffer_free(&out);
}

static void test_states(void **state)
{
    (void)state;
    check_state(ITEM_NUMBER, "1581.120 kWh", "Quantity");
    check_state(ITEM_NUMBER, "981.443 m³", "Quantity");
    check_state(ITEM_NUMBER, "1581.120", "Decimal");
    check_state(ITEM_NUMBER, "-0.5", "Decimal");
    check_state(ITEM_DATETIME, "2016-11-13T20:57:57+01:00", "DateTime");
    check_state(ITEM_STRING, "", "String");
    check_state(ITEM_STRING, "12 o'clock", "String");
    check_state(ITEM_STRING, "\"}],\\\" \x01\x1F\x7F é", "String");
}

static void check_own(void (*write)(struct buffer *out), const char *wanted)
{
    struct buffer out = {0};
    buffer_add_text(&out, "what was there before");
    write(&out);
    assert_string_equal(out.at, wanted);
    assert_int_equal(out.size, strlen(wanted));
    buffer_free(&out);
}

static void test_heartbeat_and_filter(void **state)
{
    (void)state;
    check_own(event_write_heartbeat,
              "{\"type\":\"WebSocketEvent\",\"topic\":\"openhab/websocket/heartbeat\","
              "\"payload\":\"PING\"}");
    check_own(event_write_filter,
              "{\"type\":\"WebSocketEvent\",\"topic\":\"openhab/websocket/filter/type\","
              "\"payload\":\"[\\\"WebSocketEvent\\\"]\"}");
}

static struct event read_text(const char *text)
{
    struct event event;
    memset(&event, 0xAA, sizeof event);
    event_read(text, strlen(text), &event);
    return event;
}

static struct event answer(const char *topic, const char *payload, const char *id)
{
    char text[2000];
    snprintf(text, sizeof text,
             "{\"type\":\"WebSocketEvent\",\"topic\":\"openhab/websocket/%s\",\"payload\":\"%s\","
             "\"eventId\":%s}",
             topic, payload, id);
    return read_text(text);
}

static void test_answers(void **state)
{
    (void)state;
    struct event taken = answer("response/success", "", "\"17\"");
    assert_int_equal(taken.kind, EVENT_TAKEN);
    assert_int_equal(taken.id, 17);
    assert_string_equal(taken.why, "");
    struct event missing = answer(
        "response/failed", "Processing error: Could not find item 'P1' in registry.", "\"18\"");
    assert_int_equal(missing.kind, EVENT_MISSING);
    assert_int_equal(missing.id, 18);
    struct event refused =
        answer("response/failed", "Processing error: Incompatible datatype, rejected.", "\"19\"");
    assert_int_equal(refused.kind, EVENT_REFUSED);
    assert_int_equal(refused.id, 19);
    assert_string_equal(refused.why, "Processing error: Incompatible datatype, rejected.");
    assert_int_equal(answer("heartbeat", "PONG", "null").kind, EVENT_HEARTBEAT);
    assert_int_equal(answer("filter/type", "[]", "null").kind, EVENT_OTHER);
}

static void test_ids_that_are_none(void **state)
{
    (void)state;
    static const char *const ids[] = {
        "null",   "17",      "\"\"",    "\"-1\"", "\"+1\"", "\" 1\"",
        "\"1 \"", "\"1.5\"", "\"0x1\"", "[]",     "{}",     "\"99999999999999999999\"",
    };
    for (size_t i = 0; i < sizeof ids / sizeof *ids; i++)
        assert_int_equal(answer("response/success", "", ids[i]).id, 0);
}

static void test_what_is_no_answer(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "",
        "null",
        "[]",
        "{",
        "\xFF\xFE",
        "{\"type\":\"ItemStateEvent\",\"topic\":\"openhab/websocket/response/success\"}",
        "{\"type\":\"WebSocketEvent\",\"topic\":\"openhab/items/P1/state\"}",
        "{\"type\":\"WebSocketEvent\",\"topic\":\"openhab/websocket/\"}",
        "{\"type\":\"WebSocketEvent\",\"topic\":\"openhab/web\"}",
        "{\"type\":\"WebSocketEvent\"}",
        "{\"type\":5,\"topic\":{},\"payload\":null}",
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct event event = read_text(texts[i]);
        assert_int_equal(event.kind, EVENT_OTHER);
        assert_int_equal(event.id, 0);
        assert_string_equal(event.why, "");
    }
}

static void test_a_long_reason_is_cut(void **state)
{
    (void)state;
    char reason[1000];
    memset(reason, 'x', sizeof reason - 1);
    reason[sizeof reason - 1] = '\0';
    struct event event = answer("response/failed", reason, "\"1\"");
    assert_int_equal(event.kind, EVENT_REFUSED);
    assert_int_equal(strlen(event.why), sizeof event.why - 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_states),
        cmocka_unit_test(test_heartbeat_and_filter),
        cmocka_unit_test(test_answers),
        cmocka_unit_test(test_ids_that_are_none),
        cmocka_unit_test(test_what_is_no_answer),
        cmocka_unit_test(test_a_long_reason_is_cut),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
