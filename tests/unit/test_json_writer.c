/* SPDX-License-Identifier: MIT */
/* JSON as other programs read it: commas, escapes, and the digits of the meter. */
#include "core/json_writer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void assert_json(struct buffer *out, const char *expected)
{
    assert_string_equal(out->at, expected);
    assert_int_equal(out->size, strlen(expected));
    buffer_free(out);
    assert_null(out->at);
}

static void test_commas_stand_between_members_and_elements(void **state)
{
    (void)state;
    struct buffer out = {0};
    struct json json = {.out = &out};
    json_open(&json, '{');
    json_name(&json, "a");
    json_open(&json, '[');
    json_close(&json, ']');
    json_name(&json, "b");
    json_open(&json, '[');
    json_integer(&json, 1);
    json_open(&json, '{');
    json_close(&json, '}');
    json_true(&json);
    json_open(&json, '[');
    json_open(&json, '[');
    json_close(&json, ']');
    json_text(&json, "");
    json_close(&json, ']');
    json_close(&json, ']');
    json_name(&json, "c");
    json_text(&json, "x");
    json_close(&json, '}');
    assert_json(&out, "{\"a\":[],\"b\":[1,{},true,[[],\"\"]],\"c\":\"x\"}");
}

/* Texts are searched eight bytes at a time: each byte at each place, in short ones and long ones. */
static void test_every_byte_is_escaped_wherever_it_stands(void **state)
{
    (void)state;
    for (unsigned byte = 1; byte < 256; byte++)
        for (int size = 1; size <= 25; size++)
            for (int place = 0; place < size; place++) {
                char text[32] = "";
                char escaped[8];
                char expected[64];
                struct buffer out = {0};
                struct json json = {.out = &out};
                memset(text, 'x', (size_t)size);
                text[place] = (char)byte;
                bool plain = byte >= 0x20 && byte <= 0x7E;
                snprintf(escaped, sizeof escaped, plain ? "%s%c" : "%s%04X",
                         !plain                        ? "\\u"
                         : byte == '"' || byte == '\\' ? "\\"
                                                       : "",
                         byte);
                snprintf(expected, sizeof expected, "\"%.*s%s%s\"", place, text, escaped,
                         text + place + 1);
                json_text(&json, text);
                assert_json(&out, expected);
            }
}

static void test_texts_are_escaped(void **state)
{
    (void)state;
    struct buffer out = {0};
    struct json json = {.out = &out};
    json_open(&json, '[');
    json_text(&json, "a\"b\\c/d");
    json_text(&json, "\t\n\x1B\x7F~ ");
    json_text(&json, "\xC3\xA9\xFF");
    json_close(&json, ']');
    assert_json(&out,
                "[\"a\\\"b\\\\c/d\",\"\\u0009\\u000A\\u001B\\u007F~ \",\"\\u00C3\\u00A9\\u00FF\"]");
}

static void test_text_of_the_wire_may_hold_any_byte(void **state)
{
    (void)state;
    static const char wire[] = "\0a\r\nb\"\xAB\n";
    struct buffer out = {0};
    struct json json = {.out = &out};
    json_open(&json, '[');
    json_wire_text(&json, (struct dsmr_text){wire, sizeof wire - 1});
    json_wire_text(&json, (struct dsmr_text){NULL, 0});
    json_close(&json, ']');
    assert_json(&out, "[\"\\u0000ab\\\"\\u00AB\",\"\"]");
}

/* Every byte, alone: what comes out is ASCII, and only the line ends are left out. */
static void test_every_byte_is_written_as_ascii(void **state)
{
    (void)state;
    for (int byte = 0; byte < 256; byte++) {
        char wire = (char)byte;
        struct buffer out = {0};
        struct json json = {.out = &out};
        json_wire_text(&json, (struct dsmr_text){&wire, 1});
        size_t expected = byte == '\r' || byte == '\n'  ? 0
                          : byte == '"' || byte == '\\' ? 2
                          : byte >= 0x20 && byte < 0x7F ? 1
                                                        : 6;
        assert_int_equal(out.size, expected + 2);
        for (size_t i = 0; i < out.size; i++)
            assert_true(out.at[i] >= 0x20 && out.at[i] < 0x7F);
        buffer_free(&out);
    }
}

static void test_numbers_keep_their_digits(void **state)
{
    (void)state;
    struct buffer out = {0};
    struct json json = {.out = &out};
    json_open(&json, '[');
    json_number(&json, (struct dsmr_number){1581120, 3});
    json_number(&json, (struct dsmr_number){-5, 1});
    json_number(&json, (struct dsmr_number){0, 3});
    json_number(&json, (struct dsmr_number){999999999999999999, 0});
    json_integer(&json, -9223372036854775807LL);
    json_close(&json, ']');
    assert_json(&out, "[1581.120,-0.5,0.000,999999999999999999,-9223372036854775807]");
}

static void test_a_time_has_its_offset(void **state)
{
    (void)state;
    struct buffer out = {0};
    struct json json = {.out = &out};
    struct dsmr_time time;
    static const char wire[] = "161113205757W";
    assert_int_equal(
        dsmr_time_parse((struct dsmr_text){wire, sizeof wire - 1}, dsmr_zone_default, &time),
        DSMR_OK);
    json_time(&json, &time);
    assert_json(&out, "\"2016-11-13T20:57:57+01:00\"");
}

static void test_the_buffer_grows_as_it_must(void **state)
{
    (void)state;
    struct buffer out = {0};
    char *text = malloc(100001);
    assert_non_null(text);
    memset(text, 'x', 100000);
    text[100000] = '\0';
    for (int i = 0; i < 3; i++) {
        buffer_clear(&out);
        buffer_print(&out, "<%s>", text);
        assert_int_equal(out.size, 100002);
        buffer_add(&out, text, 100000);
        buffer_add_text(&out, "");
        assert_int_equal(out.size, 200002);
        assert_int_equal(strlen(out.at), 200002);
        assert_int_equal(out.at[100001], '>');
    }
    buffer_free(&out);
    free(text);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_commas_stand_between_members_and_elements),
        cmocka_unit_test(test_every_byte_is_escaped_wherever_it_stands),
        cmocka_unit_test(test_texts_are_escaped),
        cmocka_unit_test(test_text_of_the_wire_may_hold_any_byte),
        cmocka_unit_test(test_every_byte_is_written_as_ascii),
        cmocka_unit_test(test_numbers_keep_their_digits),
        cmocka_unit_test(test_a_time_has_its_offset),
        cmocka_unit_test(test_the_buffer_grows_as_it_must),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
