/* SPDX-License-Identifier: MIT */
/* Requests taken apart, who may ask, and where the server listens. */
#include "config/http_listen.h"
#include "core/memory.h"
#include "http/access.h"
#include "http/history_wish.h"
#include "http/request.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void assert_path(const char *target, const char *path)
{
    struct http_request request = {0};
    assert_int_equal(http_request_read(&request, target), 0);
    assert_string_equal(request.path, path);
    http_request_free(&request);
}

static void assert_refused(const char *target, int status)
{
    struct http_request request = {0};
    assert_int_equal(http_request_read(&request, target), status);
    http_request_free(&request);
}

static void test_paths(void **state)
{
    (void)state;
    assert_path("/", "/");
    assert_path("/a%20b+c?x", "/a b+c");
    assert_path("/%E2%82%AC", "/\xE2\x82\xAC");
    assert_path("/%2e%2E/x", "/../x");
    assert_path("/a?b=/%2f", "/a");
    assert_refused("", 400);
    assert_refused("x", 400);
    assert_refused("*", 400);
    assert_refused("/%", 400);
    assert_refused("/%4", 400);
    assert_refused("/%4g", 400);
    assert_refused("/%00", 400);
    assert_refused("/%0a", 400);
    assert_refused("/%7F", 400);
    assert_refused("/%ff", 400);
    assert_refused("/%c0%ae", 400);
    assert_refused("/\xED\xA0\x80", 400);
}

static void test_a_target_that_is_too_long(void **state)
{
    (void)state;
    char *target = memory_new(HTTP_TARGET_MAX + 2, 1);
    memset(target, 'a', HTTP_TARGET_MAX);
    target[0] = '/';
    assert_refused(target, 0);
    target[HTTP_TARGET_MAX] = 'a';
    assert_refused(target, 414);
    free(target);
}

static void test_parameters(void **state)
{
    (void)state;
    struct http_request request = {0};
    assert_int_equal(http_request_read(&request, "/?a=1&&b=x+y%2Bz&c&d==&%61b=2"), 0);
    assert_string_equal(http_parameter(&request, "a"), "1");
    assert_string_equal(http_parameter(&request, "b"), "x y+z");
    assert_string_equal(http_parameter(&request, "c"), "");
    assert_string_equal(http_parameter(&request, "d"), "=");
    assert_string_equal(http_parameter(&request, "ab"), "2");
    assert_null(http_parameter(&request, "x"));
    assert_null(http_stray_parameter(&request, "a b c d ab"));
    assert_string_equal(http_stray_parameter(&request, "a bb c d ab"), "b");
    assert_string_equal(http_stray_parameter(&request, ""), "a");
    http_request_free(&request);
    assert_int_equal(http_request_read(&request, "/?a=1&a=2"), 0);
    assert_string_equal(http_stray_parameter(&request, "a"), "a");
    http_request_free(&request);
    assert_refused("/?a&b&c&d&e&f&g&h&i&j&k&l&m&n&o&p&q", 400);
    assert_refused("/?a=%zz", 400);
    assert_refused("/?%ff=1", 400);
}

static void test_what_is_accepted(void **state)
{
    (void)state;
    assert_true(http_accepts("gzip", "gzip"));
    assert_true(http_accepts("br, gzip;q=0.5", "gzip"));
    assert_true(http_accepts(" ,, GZIP ; q=1", "gzip"));
    assert_true(http_accepts("gzip;q=0.001", "gzip"));
    assert_false(http_accepts("gzip;q=0", "gzip"));
    assert_false(http_accepts("gzip; Q=0.000", "gzip"));
    assert_false(http_accepts("gzipx, xgzip", "gzip"));
    assert_false(http_accepts("", "gzip"));
    assert_false(http_accepts(NULL, "gzip"));
    assert_false(http_accepts("gzip;q=", "gzip"));
    assert_false(http_accepts("*/*", "gzip"));
    assert_false(http_accepts("gzip;q=x", "gzip"));
}

static void test_what_is_preferred(void **state)
{
    static const char csv[] = "text/csv";
    (void)state;
    assert_int_equal(http_weight("text/csv", csv), 1000);
    assert_int_equal(http_weight("application/json, TEXT/CSV ; header=present; q=0.5", csv), 500);
    assert_int_equal(http_weight("text/csv;q=0.25", csv), 250);
    assert_int_equal(http_weight("text/csv;q=.125", csv), 125);
    assert_int_equal(http_weight("text/csv;q=0.0019", csv), 1);
    assert_int_equal(http_weight("text/csv;q=1.000", csv), 1000);
    assert_int_equal(http_weight("text/csv;q=9999999999999999999999", csv), 1000);
    assert_int_equal(http_weight("text/csv;q=0.1.9", csv), 100);
    assert_int_equal(http_weight("text/csv;q=-1", csv), 0);
    assert_int_equal(http_weight("text/csv;iq=0", csv), 1000);
    assert_int_equal(http_weight("*/*;q=0.1, text/*;q=0.2, text/csv;q=0.3", csv), 300);
    assert_int_equal(http_weight("text/*;q=0.2, */*;q=0.7", csv), 200);
    assert_int_equal(http_weight("text/html, */*;q=0.7", csv), 700);
    assert_int_equal(http_weight("text/html;q=0.9", csv), 0);
    assert_int_equal(http_weight("text/csv;q=0, */*", csv), 0);
    assert_int_equal(http_weight("text/, text/**, **, */, text", csv), 0);
    assert_int_equal(http_weight("", csv), 0);
    assert_int_equal(http_weight(NULL, csv), 0);
}

static void test_tags(void **state)
{
    (void)state;
    assert_true(http_matches("W/\"a\"", "W/\"a\""));
    assert_true(http_matches("\"a\"", "W/\"a\""));
    assert_true(http_matches("\"b\", \"a\" ", "\"a\""));
    assert_true(http_matches("*", "\"a\""));
    assert_false(http_matches("\"aa\"", "\"a\""));
    assert_false(http_matches("a", "\"a\""));
    assert_false(http_matches("", "\"a\""));
    assert_false(http_matches(NULL, "\"a\""));
}

static bool host_is_right(const char *host, bool loopback)
{
    return access_host_is_right(&(struct http_request){.host = host, .loopback = loopback});
}

static void test_hosts(void **state)
{
    (void)state;
    assert_true(host_is_right("localhost", true));
    assert_true(host_is_right("LocalHost:8095", true));
    assert_true(host_is_right("[::1]:8095", true));
    assert_true(host_is_right("127.0.0.1", true));
    assert_true(host_is_right(NULL, true)); /* HTTP/1.0, which no browser speaks */
    assert_true(host_is_right("meter.example", false));
    assert_false(host_is_right("meter.example", true));
    assert_false(host_is_right("localhost.example", true));
    assert_false(host_is_right("[::1", true));
    assert_false(host_is_right("[::1]x", true));
    assert_false(host_is_right("", true));
}

static bool token_is_right(const char *line)
{
    return access_token_is_right(&(struct http_request){.authorization = line}, "s3cret");
}

static void test_tokens(void **state)
{
    (void)state;
    char *longest = memory_new(1000, 1);
    strcpy(longest, "Bearer s3cret");
    assert_true(token_is_right(longest));
    assert_true(token_is_right("bearer s3cret"));
    memset(longest + 13, 'x', 900);
    assert_false(token_is_right(longest));
    assert_false(token_is_right("Bearer s3cre"));
    assert_false(token_is_right("Bearer s3crets"));
    assert_false(token_is_right("Bearer "));
    assert_false(token_is_right("s3cret"));
    assert_false(token_is_right("Basic s3cret"));
    assert_false(token_is_right(""));
    assert_false(token_is_right(NULL));
    free(longest);
}

static void assert_place(const char *text, const char *host, int port, bool loopback)
{
    struct http_place place;
    const char *list = text;
    assert_int_equal(http_listen_next(&list, &place), HTTP_PLACE_GOOD);
    assert_string_equal(place.host, host);
    assert_int_equal(place.port, port);
    assert_int_equal(place.loopback, loopback);
    assert_int_equal(http_listen_next(&list, &place), HTTP_PLACE_END);
}

static void test_places(void **state)
{
    (void)state;
    assert_place("127.0.0.1:8095", "127.0.0.1", 8095, true);
    assert_place("localhost:0", "127.0.0.1", 0, true);
    assert_place(":80", "127.0.0.1", 80, true);
    assert_place("[::1]:8095", "::1", 8095, true);
    assert_place("127.1.2.3:1", "127.1.2.3", 1, true);
    assert_place("0.0.0.0:65535", "0.0.0.0", 65535, false);
    assert_place("[::]:8095", "::", 8095, false);
    assert_place("*:8095", "::", 8095, false);
    assert_place("192.168.1.2:8095", "192.168.1.2", 8095, false);
    assert_true(http_listen_is_good("no"));
    assert_true(http_listen_is_good("127.0.0.1:1, [::1]:2"));
    const char *const bad[] = {"",           "8095",         "127.0.0.1",      "127.0.0.1:",
                               "host:80",    "1.2.3:80",     "127.0.0.1:x",    "127.0.0.1:65536",
                               "[::1]",      "::1:80",       "[127.0.0.1]:1",  "[::1]80",
                               "[]:80",      "[*]:80",       "no,127.0.0.1:1", "127.0.0.1:1,no",
                               "http://x:1", "127.0.0.1:-1", "127.0.0.1:80x",  "[::1]:"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        if (http_listen_is_good(bad[i]))
            fail_msg("%s is taken", bad[i]);
    assert_true(http_listen_is_wide("127.0.0.1:1 0.0.0.0:1"));
    assert_false(http_listen_is_wide("127.0.0.1:1 [::1]:1"));
}

static int64_t moment(const char *text)
{
    int64_t found = -1;
    return history_moment_parse(text, dsmr_zone_default, &found) ? found : -1;
}

static void test_moments(void **state)
{
    (void)state;
    assert_int_equal(moment("0"), 0);
    assert_int_equal(moment("1795302000"), 1795302000);
    assert_int_equal(moment("2026-11-22"), 1795302000);
    assert_int_equal(moment("2026-11-22T00:00"), 1795302000);
    assert_int_equal(moment("2026-11-22T00:00:00"), 1795302000);
    assert_int_equal(moment("2026-11-22T00:00:00+01:00"), 1795302000);
    assert_int_equal(moment("2026-11-22 00:00:00 01:00"), 1795302000);
    assert_int_equal(moment("2026-11-21T23:00Z"), 1795302000);
    assert_int_equal(moment("2026-11-21T18:00-05:00"), 1795302000);
    assert_int_equal(moment("2026-07-01"), 1782856800); /* summer */
    assert_int_equal(moment("2000-01-01"), 946681200);
    const char *const bad[] = {"",
                               "x",
                               "-1",
                               "123456789012",
                               "2026-11",
                               "2026-11-31",
                               "2026-00-01",
                               "1999-01-01",
                               "2026-11-22T",
                               "2026-11-22T1:00",
                               "2026-11-22T24:00",
                               "2026-11-22T00:60",
                               "2026-11-22T00:00:00+1:00",
                               "2026-11-22T00:00:00+24:00",
                               "2026-11-22T00:00:00Zx",
                               "2026-11-22Z",
                               "2026/11/22"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        if (moment(bad[i]) != -1)
            fail_msg("%s is taken", bad[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_paths),
        cmocka_unit_test(test_a_target_that_is_too_long),
        cmocka_unit_test(test_parameters),
        cmocka_unit_test(test_what_is_accepted),
        cmocka_unit_test(test_what_is_preferred),
        cmocka_unit_test(test_tags),
        cmocka_unit_test(test_hosts),
        cmocka_unit_test(test_tokens),
        cmocka_unit_test(test_places),
        cmocka_unit_test(test_moments),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
