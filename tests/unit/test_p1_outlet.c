/* SPDX-License-Identifier: MIT */
/* A queue of one telegram on real sockets, and the pauses between tries. */
#include "core/backoff.h"
#include "sink/p1_outlet.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

enum { BIG = 300000 };

struct world {
    struct p1_outlet outlet;
    int other;
};

static void start(struct world *world)
{
    int ends[2];
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends), 0);
    *world = (struct world){.outlet = {.fd = ends[0]}, .other = ends[1]};
}

static void stop(struct world *world)
{
    p1_outlet_clear(&world->outlet);
    close(world->outlet.fd);
    if (world->other >= 0)
        close(world->other);
}

static struct p1_message *message_of(size_t size, char letter)
{
    char *text = malloc(size);
    assert_non_null(text);
    memset(text, letter, size);
    struct p1_message *message = p1_message_new((struct dsmr_text){text, size}, "\r\n");
    free(text);
    return message;
}

/* Reads what is there; returns how much. */
static size_t drain(struct world *world, char *bytes, size_t size)
{
    size_t got = 0;
    ssize_t count;
    while (got < size && (count = read(world->other, bytes + got, size - got)) > 0)
        got += (size_t)count;
    return got;
}

static void test_a_telegram_gets_a_line_end(void **state)
{
    struct world world;
    char bytes[100];
    struct p1_message *message = p1_message_new((struct dsmr_text){"/A\r\n!1234", 9}, "\r\n");
    (void)state;
    start(&world);
    assert_int_equal(p1_outlet_offer(&world.outlet, message), P1_SENT);
    assert_int_equal(drain(&world, bytes, sizeof bytes), 11);
    assert_memory_equal(bytes, "/A\r\n!1234\r\n", 11);
    assert_int_equal(message->references, 1);
    p1_message_release(message);
    stop(&world);
}

static void test_one_waits_and_a_second_one_does_not(void **state)
{
    struct world world;
    struct p1_message *first = message_of(BIG, 'a');
    struct p1_message *second = message_of(BIG, 'b');
    char *bytes = malloc(2 * BIG);
    (void)state;
    assert_non_null(bytes);
    start(&world);
    assert_int_equal(p1_outlet_offer(&world.outlet, first), P1_WAITING);
    assert_int_equal(first->references, 2);
    assert_int_equal(p1_outlet_offer(&world.outlet, second), P1_FULL);
    assert_int_equal(second->references, 1);
    size_t got = 0;
    enum p1_outcome outcome = P1_WAITING;
    while (outcome == P1_WAITING) {
        got += drain(&world, bytes + got, 2 * BIG - got);
        outcome = p1_outlet_flush(&world.outlet);
    }
    assert_int_equal(outcome, P1_SENT);
    got += drain(&world, bytes + got, 2 * BIG - got);
    assert_int_equal(got, BIG + 2);
    for (size_t i = 0; i < BIG; i++)
        assert_int_equal(bytes[i], 'a');
    assert_int_equal(first->references, 1);
    assert_int_equal(p1_outlet_offer(&world.outlet, second), P1_WAITING);
    p1_message_release(first);
    p1_message_release(second);
    stop(&world); /* what waits is let go of: the sanitizer looks */
    free(bytes);
}

static void test_an_end_that_is_gone(void **state)
{
    struct world world;
    struct p1_message *message = message_of(10, 'a');
    (void)state;
    start(&world);
    close(world.other);
    world.other = -1;
    assert_int_equal(p1_outlet_offer(&world.outlet, message), P1_BROKEN);
    p1_message_release(message);
    p1_message_release(NULL);
    stop(&world);
}

static void test_pauses_grow_and_differ(void **state)
{
    struct backoff backoff = {.first_ms = 1000, .longest_ms = 30000};
    (void)state;
    for (int64_t planned = 1000; planned < 200000; planned *= 2) {
        int64_t limit = planned < 30000 ? planned : 30000;
        assert_in_range(backoff_next(&backoff), limit * 3 / 4, limit);
    }
    backoff_reset(&backoff);
    assert_in_range(backoff_next(&backoff), 750, 1000);
    int64_t least = INT64_MAX;
    int64_t greatest = 0;
    for (int i = 0; i < 200; i++) {
        backoff_reset(&backoff);
        int64_t pause = backoff_next(&backoff);
        least = pause < least ? pause : least;
        greatest = pause > greatest ? pause : greatest;
    }
    assert_true(greatest - least > 100);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_telegram_gets_a_line_end),
        cmocka_unit_test(test_one_waits_and_a_second_one_does_not),
        cmocka_unit_test(test_an_end_that_is_gone),
        cmocka_unit_test(test_pauses_grow_and_differ),
    };
    signal(SIGPIPE, SIG_IGN);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
