/* SPDX-License-Identifier: MIT */
/* Telnet commands in a stream of bytes, however it is cut into pieces. */
#include "source/telnet.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

/* What happened, in words: "ours 44 on; sub 44 65 00". And what was sent, in hex. */
struct world {
    struct telnet telnet;
    char events[1024];
    char sent[1024];
    char data[1024];
    size_t size;
};

static void add(char *text, size_t size, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static void add(char *text, size_t size, const char *format, ...)
{
    size_t length = strlen(text);
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text + length, size - length, format, arguments);
    va_end(arguments);
}

static void on_send(void *context, const void *bytes, size_t size)
{
    struct world *world = context;
    const unsigned char *at = bytes;
    for (size_t i = 0; i < size; i++)
        add(world->sent, sizeof world->sent, "%02X%s", at[i], i + 1 < size ? " " : "; ");
}

static void on_ours(void *context, enum telnet_option option, bool on)
{
    struct world *world = context;
    add(world->events, sizeof world->events, "ours %d %s; ", (int)option, on ? "on" : "off");
}

static void on_sub(void *context, enum telnet_option option, const unsigned char *bytes,
                   size_t size)
{
    struct world *world = context;
    add(world->events, sizeof world->events, "sub %d", (int)option);
    for (size_t i = 0; i < size; i++)
        add(world->events, sizeof world->events, " %02X", bytes[i]);
    add(world->events, sizeof world->events, "; ");
}

static void start(struct world *world)
{
    *world = (struct world){
        .telnet = {.send = on_send, .ours = on_ours, .sub = on_sub, .context = world}};
}

static void receive(struct world *world, const char *bytes, size_t size, size_t piece)
{
    char copy[256];
    for (size_t at = 0; at < size; at += piece) {
        size_t count = size - at < piece ? size - at : piece;
        memcpy(copy, bytes + at, count);
        size_t kept = telnet_receive(&world->telnet, copy, count);
        assert_true(world->size + kept < sizeof world->data);
        memcpy(world->data + world->size, copy, kept);
        world->size += kept;
    }
}

/* In pieces of every size the bytes give the same. */
static void assert_received(const char *bytes, size_t size, bool asked, const char *data,
                            const char *events, const char *sent)
{
    for (size_t piece = 1; piece <= size; piece++) {
        struct world world;
        start(&world);
        if (asked)
            telnet_start(&world.telnet);
        world.sent[0] = '\0';
        receive(&world, bytes, size, piece);
        world.data[world.size] = '\0';
        assert_string_equal(world.data, data);
        assert_int_equal(world.size, strlen(data));
        assert_string_equal(world.events, events);
        assert_string_equal(world.sent, sent);
    }
}

#define RECEIVED(literal, asked, data, events, sent)                                               \
    assert_received(literal, sizeof(literal) - 1, asked, data, events, sent)

static void test_what_is_asked_first(void **state)
{
    struct world world;
    (void)state;
    start(&world);
    telnet_start(&world.telnet);
    assert_string_equal(world.sent, "FF FB 00; FF FD 00; FF FB 03; FF FD 03; FF FB 2C; ");
}

static void test_bytes_without_commands_are_left_alone(void **state)
{
    (void)state;
    RECEIVED("/TST5\r\n\r\n!1A2B\r\n", false, "/TST5\r\n\r\n!1A2B\r\n", "", "");
}

static void test_a_doubled_255_is_one(void **state)
{
    (void)state;
    RECEIVED("a\xFF\xFF"
             "b\xFF\xFF\xFF\xFF",
             false,
             "a\xFF"
             "b\xFF\xFF",
             "", "");
}

static void test_a_lone_cr_comes_with_a_nul(void **state)
{
    (void)state;
    RECEIVED("a\r\0b\r\n", false, "a\rb\r\n", "", "");
}

static void test_an_answer_is_not_answered(void **state)
{
    (void)state;
    RECEIVED("x\xFF\xFD\x2Cy\xFF\xFB\x03\xFF\xFD\x2C", true, "xy", "ours 44 on; ", "");
}

static void test_a_refusal_is_told(void **state)
{
    (void)state;
    RECEIVED("\xFF\xFE\x2C\xFF\xFE\x2C", true, "", "ours 44 off; ", "");
}

static void test_what_was_agreed_on_can_end(void **state)
{
    (void)state;
    RECEIVED("\xFF\xFD\x2C\xFF\xFE\x2C", true, "", "ours 44 on; ours 44 off; ", "FF FC 2C; ");
}

static void test_the_other_side_may_ask_first(void **state)
{
    (void)state;
    RECEIVED("\xFF\xFD\x2C\xFF\xFB\x03\xFF\xFB\x03", false, "", "ours 44 on; ",
             "FF FB 2C; FF FD 03; ");
}

static void test_unknown_options_are_refused(void **state)
{
    (void)state;
    RECEIVED("\xFF\xFB\x01\xFF\xFD\x18\xFF\xFC\x01\xFF\xFE\x18\xFF\xFB\x2C", true, "", "",
             "FF FE 01; FF FC 18; FF FE 2C; ");
}

static void test_subnegotiations(void **state)
{
    (void)state;
    RECEIVED("a\xFF\xFA\x2C\x65\x00\x01\xC2\x00\xFF\xF0"
             "b\xFF\xFA\x2C\x6A\xFF\xFF\xFF\xF0",
             false, "ab", "sub 44 65 00 01 C2 00; sub 44 6A FF; ", "");
    RECEIVED("\xFF\xFA\xFF\xF0"
             "a\xFF\xFA\x2C\xFF\xF0",
             false, "a", "sub 44; ", "");
}

static void test_other_commands_are_dropped(void **state)
{
    (void)state;
    RECEIVED("a\xFF\xF1"
             "b\xFF\xF9"
             "c",
             false, "abc", "", "");
}

static void test_a_subnegotiation_without_end_is_bounded(void **state)
{
    struct world world;
    char bytes[200];
    (void)state;
    memset(bytes, 'x', sizeof bytes);
    memcpy(bytes, "\xFF\xFA\x2C", 3);
    start(&world);
    for (int i = 0; i < 100; i++)
        receive(&world, bytes + (i > 0 ? 3 : 0), sizeof bytes - 3, 64);
    receive(&world,
            "\xFF\xF0"
            "a",
            3, 3);
    assert_int_equal(world.size, 1);
    assert_non_null(strstr(world.events, "sub 44 78"));
}

static void test_what_is_sent_is_escaped(void **state)
{
    struct world world;
    (void)state;
    start(&world);
    telnet_send_sub(&world.telnet, TELNET_COM_PORT,
                    (const unsigned char[]){1, 0x00, 0xFF, 0xC2, 0xFF}, 5);
    assert_string_equal(world.sent, "FF FA 2C 01 00 FF FF C2 FF FF FF F0; ");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_is_asked_first),
        cmocka_unit_test(test_bytes_without_commands_are_left_alone),
        cmocka_unit_test(test_a_doubled_255_is_one),
        cmocka_unit_test(test_a_lone_cr_comes_with_a_nul),
        cmocka_unit_test(test_an_answer_is_not_answered),
        cmocka_unit_test(test_a_refusal_is_told),
        cmocka_unit_test(test_what_was_agreed_on_can_end),
        cmocka_unit_test(test_the_other_side_may_ask_first),
        cmocka_unit_test(test_unknown_options_are_refused),
        cmocka_unit_test(test_subnegotiations),
        cmocka_unit_test(test_other_commands_are_dropped),
        cmocka_unit_test(test_a_subnegotiation_without_end_is_bounded),
        cmocka_unit_test(test_what_is_sent_is_escaped),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
