/* SPDX-License-Identifier: MIT */
/* The parts of the WebSocket client: addresses, name look-ups, what waits, and its refusals. What
 * it says on the wire is tested with the whole program. */
#include "net/websocket.h"

#include "net/lookup.h"
#include "net/websocket_outbox.h"
#include "net/websocket_url.h"

#include "http_server.h"

#include <netdb.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { DEADLINE_MS = 20000 };

static void check_url(const char *text, bool tls, const char *host, const char *authority, int port,
                      const char *path)
{
    struct websocket_url url;
    assert_true(websocket_url_read(&url, text));
    assert_int_equal(url.tls, tls);
    assert_string_equal(url.host, host);
    assert_string_equal(url.authority, authority);
    assert_int_equal(url.port, port);
    assert_string_equal(url.path, path);
    assert_null(url.authorization);
    websocket_url_free(&url);
}

static void test_addresses(void **state)
{
    (void)state;
    check_url("http://hub:8080/ws/events", false, "hub", "hub:8080", 8080, "/ws/events");
    check_url("https://hub.lan/a/ws", true, "hub.lan", "hub.lan", 443, "/a/ws");
    check_url("HTTP://hub", false, "hub", "hub", 80, "/");
    check_url("ws://hub:1", false, "hub", "hub:1", 1, "/");
    check_url("wss://hub?a=b", true, "hub", "hub", 443, "/?a=b");
    check_url("http://[::1]:8080/ws", false, "::1", "[::1]:8080", 8080, "/ws");
    check_url("http://192.168.1.5/ws", false, "192.168.1.5", "192.168.1.5", 80, "/ws");
}

static void test_user_of_an_address(void **state)
{
    (void)state;
    struct websocket_url url;
    assert_true(websocket_url_read(&url, "http://jan:a%3Ab%20c@hub/ws"));
    assert_string_equal(url.host, "hub");
    assert_string_equal(url.authority, "hub");
    assert_string_equal(url.authorization, "Authorization: Basic amFuOmE6YiBj");
    websocket_url_free(&url);
}

static void test_no_addresses(void **state)
{
    (void)state;
    static const char *const texts[] = {"",           "hub:8080",      "ftp://hub/",
                                        "http://",    "http://:8080/", "http://hub:99999/",
                                        "http://a b", "file:///etc"};
    struct loop *loop = loop_new();
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct websocket_url url;
        assert_false(websocket_url_read(&url, texts[i]));
        assert_null(url.host);
        assert_null(websocket_new(&(struct websocket_setup){.loop = loop, .url = texts[i]}));
    }
    assert_true(loop_free(loop));
}

static void test_outbox_keeps_the_order(void **state)
{
    (void)state;
    struct websocket_outbox outbox = {0};
    assert_null(outbox_take(&outbox));
    for (int round = 0; round < 2; round++) {
        outbox_add(&outbox, "one", 3);
        outbox_add(&outbox, "three", 5);
        assert_int_equal(outbox.size, 8);
        struct outgoing *first = outbox_take(&outbox);
        assert_int_equal(first->size, 3);
        assert_memory_equal(first->text, "one", 3);
        free(first);
        assert_int_equal(outbox.size, 5);
        outbox_add(&outbox, "", 0);
        free(outbox_take(&outbox));
        free(outbox_take(&outbox));
        assert_null(outbox_take(&outbox));
        assert_int_equal(outbox.size, 0);
    }
    outbox_add(&outbox, "left", 4);
    outbox_clear(&outbox);
    assert_null(outbox_take(&outbox));
    assert_int_equal(outbox.size, 0);
}

struct fixture {
    struct loop *loop;
    int calls;
    size_t found;
    char first[LOOKUP_SIZE];
    char error[200];
    struct websocket_end end;
    int status; /* that the server answers */
};

static void on_late(void *context)
{
    (void)context;
    fail_msg("nothing happened within %d ms", DEADLINE_MS);
}

static void run(struct fixture *fixture)
{
    struct loop_timer *late = loop_timer_new(fixture->loop, on_late, NULL);
    loop_timer_start(late, DEADLINE_MS, 0);
    loop_run(fixture->loop);
    loop_timer_free(late);
}

static void on_found(void *context, char (*addresses)[LOOKUP_SIZE], size_t count, const char *error)
{
    struct fixture *fixture = context;
    fixture->calls++;
    fixture->found = count;
    if (count > 0)
        memcpy(fixture->first, addresses[0], LOOKUP_SIZE);
    snprintf(fixture->error, sizeof fixture->error, "%s", error != NULL ? error : "");
    loop_stop(fixture->loop);
}

static void test_lookups(void **state)
{
    (void)state;
    struct fixture fixture = {.loop = loop_new()};
    lookup_start(fixture.loop, "127.0.0.1", on_found, &fixture);
    run(&fixture);
    assert_int_equal(fixture.found, 1);
    assert_string_equal(fixture.first, "127.0.0.1");
    assert_string_equal(fixture.error, "");
    lookup_start(fixture.loop, "::1", on_found, &fixture);
    run(&fixture);
    assert_string_equal(fixture.first, "::1");
    lookup_start(fixture.loop, "no host of this name", on_found, &fixture);
    run(&fixture);
    assert_int_equal(fixture.found, 0);
    assert_string_not_equal(fixture.error, "");
    lookup_drop(lookup_start(fixture.loop, "127.0.0.1", on_found, &fixture));
    lookup_drop(NULL);
    assert_true(loop_free(fixture.loop));
    assert_int_equal(fixture.calls, 3);
}

static void on_opened(void *context)
{
    (void)context;
    fail_msg("it opened");
}

static void on_closed(void *context, const struct websocket_end *end)
{
    struct fixture *fixture = context;
    fixture->calls++;
    fixture->end = *end;
    snprintf(fixture->error, sizeof fixture->error, "%s", end->why);
    loop_stop(fixture->loop);
}

static void on_received(void *context, const char *text, size_t size)
{
    (void)context;
    (void)text;
    (void)size;
    fail_msg("a message came");
}

/* Where a name can be looked up it is; some machines have no localhost in their hosts. */
static const char *a_name(void)
{
    struct addrinfo *found = NULL;
    bool known = getaddrinfo("localhost", NULL, NULL, &found) == 0;
    if (known)
        freeaddrinfo(found);
    return known ? "localhost" : "127.0.0.1";
}

static struct websocket *websocket_to(struct fixture *fixture, const char *host, int port)
{
    char url[100];
    snprintf(url, sizeof url, "http://%s:%d/ws", host, port);
    struct websocket *websocket = websocket_new(&(struct websocket_setup){
        .loop = fixture->loop,
        .url = url,
        .connect_ms = 5000,
        .message_limit = 1000,
        .unsent_limit = 1000,
        .opened = on_opened,
        .closed = on_closed,
        .received = on_received,
        .context = fixture,
    });
    assert_non_null(websocket);
    return websocket;
}

static void decide(void *context, const struct seen_request *request, struct server_answer *answer)
{
    struct fixture *fixture = context;
    (void)request;
    answer->status = fixture->status;
}

static void test_refusals_tell_their_status_each_time(void **state)
{
    (void)state;
    struct fixture fixture = {.loop = loop_new()};
    struct http_server server = {.decide = decide, .context = &fixture};
    assert_true(server_start(&server));
    struct websocket *websocket = websocket_to(&fixture, a_name(), server.port);
    static const int statuses[] = {404, 401, 302, 200, 503};
    for (size_t i = 0; i < sizeof statuses / sizeof *statuses; i++) {
        fixture.status = statuses[i];
        websocket_connect(websocket);
        websocket_connect(websocket); /* once is enough */
        assert_false(websocket_is_open(websocket));
        assert_false(websocket_send(websocket, "text", 4));
        run(&fixture);
        assert_int_equal(fixture.calls, i + 1);
        assert_int_equal(fixture.end.status, statuses[i]);
        assert_true(fixture.end.reached);
        assert_false(fixture.end.opened);
        assert_string_not_equal(fixture.error, "");
    }
    websocket_free(websocket);
    assert_true(loop_free(fixture.loop));
    server_stop(&server);
}

static void test_nobody_there(void **state)
{
    (void)state;
    struct fixture fixture = {.loop = loop_new()};
    struct http_server server = {.decide = decide, .context = &fixture};
    assert_true(server_start(&server)); /* for a port that is free afterwards */
    server_stop(&server);
    struct websocket *websocket = websocket_to(&fixture, a_name(), server.port);
    websocket_connect(websocket);
    run(&fixture);
    assert_false(fixture.end.reached);
    assert_int_equal(fixture.end.status, 0);
    websocket_free(websocket);
    websocket = websocket_to(&fixture, "no-host-of-this-name.invalid", 80);
    websocket_connect(websocket);
    run(&fixture);
    assert_false(fixture.end.reached);
    assert_non_null(strstr(fixture.error, "no-host-of-this-name.invalid: "));
    websocket_free(websocket);
    assert_true(loop_free(fixture.loop));
}

static void on_enough(void *context)
{
    loop_stop(context);
}

static void test_one_that_is_closed_is_not_heard_of(void **state)
{
    (void)state;
    struct fixture fixture = {.loop = loop_new(), .status = 404};
    struct http_server server = {.decide = decide, .context = &fixture};
    assert_true(server_start(&server));
    struct websocket *websocket = websocket_to(&fixture, "127.0.0.1", server.port);
    websocket_connect(websocket);
    websocket_close(websocket); /* while the name is looked up */
    websocket_close(websocket);
    struct loop_timer *timer = loop_timer_new(fixture.loop, on_enough, fixture.loop);
    loop_timer_start(timer, 30, 0);
    websocket_connect(websocket);
    run(&fixture);
    websocket_close(websocket); /* while it connects, or after */
    loop_timer_start(timer, 30, 0);
    int calls = fixture.calls;
    run(&fixture);
    assert_int_equal(fixture.calls, calls);
    websocket_connect(websocket); /* and it is as good as new */
    run(&fixture);
    assert_int_equal(fixture.calls, calls + 1);
    assert_int_equal(fixture.end.status, 404);
    websocket_connect(websocket);
    websocket_free(websocket);
    loop_timer_free(timer);
    assert_true(loop_free(fixture.loop));
    server_stop(&server);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_addresses),
        cmocka_unit_test(test_user_of_an_address),
        cmocka_unit_test(test_no_addresses),
        cmocka_unit_test(test_outbox_keeps_the_order),
        cmocka_unit_test(test_lookups),
        cmocka_unit_test(test_refusals_tell_their_status_each_time),
        cmocka_unit_test(test_nobody_there),
        cmocka_unit_test(test_one_that_is_closed_is_not_heard_of),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
