/* SPDX-License-Identifier: MIT */
/* The places of p1.listen, and the forms of a port. */
#include "config/listen.h"
#include "config/port_form.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

/* The places of a list in words: "tcp 127.0.0.1 2000; unix /run/a; bad". */
static void assert_places(const char *list, const char *wanted)
{
    char words[2048] = "";
    struct listen_place place;
    while (listen_next(&list, &place) != LISTEN_END) {
        size_t size = strlen(words);
        if (size > 0)
            size += (size_t)snprintf(words + size, sizeof words - size, "; ");
        if (place.kind == LISTEN_TCP)
            snprintf(words + size, sizeof words - size, "tcp %s %d", place.address.host,
                     place.address.port);
        else
            snprintf(words + size, sizeof words - size, "%s%s",
                     place.kind == LISTEN_UNIX  ? "unix "
                     : place.kind == LISTEN_PTY ? "pty "
                                                : "bad",
                     place.path);
    }
    assert_string_equal(words, wanted);
}

static void test_each_kind_of_place(void **state)
{
    (void)state;
    assert_places("tcp://127.0.0.1:2000", "tcp 127.0.0.1 2000");
    assert_places("TCP://[::1]:2000", "tcp ::1 2000");
    assert_places("tcp://[fe80::1%eth0]:2000", "tcp fe80::1%eth0 2000");
    assert_places("unix:/run/dsmr/p1.sock", "unix /run/dsmr/p1.sock");
    assert_places("pty:/run/dsmr/p1", "pty /run/dsmr/p1");
}

static void test_loopback_where_nothing_else_is_said(void **state)
{
    (void)state;
    assert_places("tcp://:2000", "tcp 127.0.0.1 2000");
    assert_places("tcp://localhost:2000", "tcp 127.0.0.1 2000");
    assert_places("tcp://0.0.0.0:2000", "tcp 0.0.0.0 2000");
}

static void test_several_places(void **state)
{
    (void)state;
    assert_places(" tcp://:1,unix:/a , pty:/b\ttcp://[::]:2 ,", "tcp 127.0.0.1 1; unix /a; pty /b; "
                                                                "tcp :: 2");
    assert_places("", "");
    assert_places(" , ,", "");
}

static void test_what_is_no_place(void **state)
{
    static const char *const bad[] = {
        "2000",
        "tcp://127.0.0.1",
        "tcp://127.0.0.1:0",
        "tcp://meter.local:2000",
        "tcp:2000",
        "tcp://[127.0.0.1",
        "unix:p1",
        "unix:/",
        "unix:/run/",
        "pty:p1",
        "pty:",
        "http://127.0.0.1:80",
        "tcp://1.2.3:2000",
    };
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_places(bad[i], "bad");
        assert_false(listen_is_good(bad[i]));
    }
    assert_false(listen_is_good("tcp://:2000 unix:x"));
    assert_false(listen_is_good(" "));
    assert_true(listen_is_good("tcp://:2000 unix:/x"));
}

static void test_paths_and_words_that_are_too_long(void **state)
{
    char word[600] = "unix:/";
    (void)state;
    for (size_t size = 6; size < sizeof word - 1; size++) {
        word[size] = 'x';
        word[size + 1] = '\0';
        assert_int_equal(listen_is_good(word), size + 1 - 5 <= LISTEN_PATH_MAX);
    }
}

static void test_sixteen_places_at_most(void **state)
{
    char list[512] = "";
    (void)state;
    for (int count = 1; count <= 20; count++) {
        snprintf(list + strlen(list), sizeof list - strlen(list), "tcp://:%d ", count);
        assert_int_equal(listen_is_good(list), count <= LISTEN_PLACES);
    }
}

static void test_ports(void **state)
{
    static const char *const good[] = {
        "/dev/ttyUSB0",
        "tcp://host:2000",
        "rfc2217://[fe80::1]:2217",
        "RFC2217://host:2217",
        "-",
        "stdin:",
        "pipe:/run/p1",
        "file:/var/recording",
        "simulated:",
        "simulated:4.2",
        "mqtt://broker/p1/raw",
        "mqtts://[::1]:8883/p1",
    };
    static const char *const bad[] = {
        "",
        "/",
        "ttyUSB0",
        "tcp:host:2000",
        "rfc2217://host",
        "--",
        "stdin",
        "stdin:x",
        "pipe:run/p1",
        "file:",
        "simulated: x",
        "udp://host:1",
        "/dev/",
        "mqtt://host",
        "mqtt://host/",
        "mqtt://host/p1/#",
        "mqtt:///p1",
        "mqtt:x",
    };
    (void)state;
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
        assert_true(port_form_is_good(good[i]));
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_false(port_form_is_good(bad[i]));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_kind_of_place),
        cmocka_unit_test(test_loopback_where_nothing_else_is_said),
        cmocka_unit_test(test_several_places),
        cmocka_unit_test(test_what_is_no_place),
        cmocka_unit_test(test_paths_and_words_that_are_too_long),
        cmocka_unit_test(test_sixteen_places_at_most),
        cmocka_unit_test(test_ports),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
