/* SPDX-License-Identifier: MIT */
/* The HTTP client against a real server on this machine. */
#include "net/http_client.h"

#include "http_server.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <time.h>

#include <cmocka.h>

enum { DEADLINE_MS = 20000, ANSWERS = 200 };

/* What a test has: a loop, a client, a server, and the answers that came. */
struct fixture {
    struct loop *loop;
    struct http_client *client;
    struct http_server server;
    struct server_answer prepared;
    char url[100];
    int awaited;
    int answers;
    int statuses[ANSWERS];
    char error[200];
    char location[100];
    int64_t retry_after_s;
    char body[5000];
    bool broken;
    int resend; /* how often done() sends again */
};

static void decide(void *context, const struct seen_request *request, struct server_answer *answer)
{
    struct fixture *fixture = context;
    (void)request;
    *answer = fixture->prepared;
}

static void on_late(void *context)
{
    (void)context;
    fail_msg("no answer within %d ms", DEADLINE_MS);
}

static struct fixture *set_up(size_t parallel, int64_t connect_ms, int64_t answer_ms)
{
    struct fixture *fixture = calloc(1, sizeof *fixture);
    assert_non_null(fixture);
    fixture->loop = loop_new();
    fixture->client = http_client_new(&(struct http_setup){.loop = fixture->loop,
                                                           .parallel = parallel,
                                                           .connect_ms = connect_ms,
                                                           .answer_ms = answer_ms,
                                                           .answer_limit = 1000});
    fixture->prepared.status = 202;
    fixture->server.decide = decide;
    fixture->server.context = fixture;
    assert_true(server_start(&fixture->server));
    snprintf(fixture->url, sizeof fixture->url, "http://127.0.0.1:%d/a", fixture->server.port);
    return fixture;
}

static void tear_down(struct fixture *fixture)
{
    http_client_free(fixture->client);
    assert_true(loop_free(fixture->loop));
    server_stop(&fixture->server);
    free(fixture);
}

static void on_answer(void *context, const struct http_answer *answer);

static bool send_to(struct fixture *fixture, const char *url)
{
    const char *headers[] = {"Content-Type: text/plain", "X-Test: one", NULL};
    return http_client_send(
        fixture->client,
        &(struct http_request){
            .method = "PUT", .url = url, .headers = headers, .body = "state", .body_size = 5},
        on_answer, fixture);
}

static void on_answer(void *context, const struct http_answer *answer)
{
    struct fixture *fixture = context;
    if (fixture->answers < ANSWERS)
        fixture->statuses[fixture->answers] = answer->status;
    fixture->answers++;
    fixture->broken = answer->broken;
    assert_true((answer->status == 0) == (answer->error != NULL));
    assert_int_equal(answer->body_size, strlen(answer->body));
    if (fixture->resend-- > 0)
        assert_true(send_to(fixture, fixture->url));
    /* Still readable, although the slot carries another request by now. */
    snprintf(fixture->error, sizeof fixture->error, "%s", answer->error ? answer->error : "");
    snprintf(fixture->location, sizeof fixture->location, "%s",
             answer->location ? answer->location : "");
    fixture->retry_after_s = answer->retry_after_s;
    snprintf(fixture->body, sizeof fixture->body, "%s", answer->body);
    if (fixture->answers >= fixture->awaited)
        loop_stop(fixture->loop);
}

static void await(struct fixture *fixture, int answers)
{
    struct loop_timer *late = loop_timer_new(fixture->loop, on_late, NULL);
    loop_timer_start(late, DEADLINE_MS, 0);
    fixture->awaited = answers;
    loop_run(fixture->loop);
    loop_timer_free(late);
    assert_int_equal(fixture->answers, answers);
}

static int64_t clock_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void test_request_arrives_as_it_is(void **state)
{
    (void)state;
    struct fixture *f = set_up(8, 5000, 5000);
    snprintf(f->prepared.body, sizeof f->prepared.body, "thanks");
    assert_true(send_to(f, f->url));
    await(f, 1);
    assert_int_equal(f->statuses[0], 202);
    assert_string_equal(f->body, "thanks");
    const struct seen_request *seen = &f->server.requests[0];
    assert_string_equal(seen->method, "PUT");
    assert_string_equal(seen->path, "/a");
    assert_string_equal(seen->body, "state");
    assert_non_null(strstr(seen->head, "Content-Type: text/plain\r\n"));
    assert_non_null(strstr(seen->head, "X-Test: one"));
    assert_null(strstr(seen->head, "Expect"));
    assert_null(strstr(seen->head, "form-urlencoded"));
    tear_down(f);
}

static void test_get_without_body(void **state)
{
    (void)state;
    struct fixture *f = set_up(1, 5000, 5000);
    struct http_request request = {.method = "GET", .url = f->url};
    assert_true(send_to(f, f->url));
    await(f, 1);
    assert_true(http_client_send(f->client, &request, on_answer, f)); /* the same handle */
    await(f, 2);
    assert_string_equal(f->server.requests[1].method, "GET");
    assert_string_equal(f->server.requests[1].body, "");
    assert_null(strstr(f->server.requests[1].head, "Content-Type"));
    tear_down(f);
}

static void test_connections_are_kept_and_bounded(void **state)
{
    (void)state;
    struct fixture *f = set_up(4, 5000, 5000);
    f->resend = 96;
    for (int i = 0; i < 4; i++)
        assert_true(send_to(f, f->url));
    assert_int_equal(http_client_room(f->client), 0);
    assert_false(send_to(f, f->url));
    await(f, 100);
    assert_int_equal(f->server.count, 100);
    assert_true(f->server.connections <= 4);
    assert_int_equal(http_client_room(f->client), 4);
    tear_down(f);
}

static void test_status_and_place_are_told(void **state)
{
    (void)state;
    struct fixture *f = set_up(2, 5000, 5000);
    f->prepared.status = 404;
    assert_true(send_to(f, f->url));
    await(f, 1);
    assert_int_equal(f->statuses[0], 404);
    f->prepared.status = 301;
    snprintf(f->prepared.head, sizeof f->prepared.head, "Location: https://elsewhere.test/x\r\n");
    assert_true(send_to(f, f->url));
    await(f, 2);
    assert_int_equal(f->statuses[1], 301); /* not followed */
    assert_string_equal(f->location, "https://elsewhere.test/x");
    tear_down(f);
}

static void test_when_to_come_again_is_told(void **state)
{
    (void)state;
    struct fixture *f = set_up(8, 5000, 5000);
    f->prepared.status = 503;
    snprintf(f->prepared.head, sizeof f->prepared.head, "Retry-After: 17\r\n");
    assert_true(send_to(f, f->url));
    await(f, 1);
    assert_int_equal(f->retry_after_s, 17);
    f->prepared.head[0] = '\0';
    assert_true(send_to(f, f->url));
    await(f, 2);
    assert_int_equal(f->retry_after_s, 0);
    tear_down(f);
}

static void test_user_and_password_are_sent(void **state)
{
    (void)state;
    struct fixture *f = set_up(8, 5000, 5000);
    char user[] = "me";
    char password[] = "a:b c";
    http_client_free(f->client);
    f->client = http_client_new(&(struct http_setup){.loop = f->loop,
                                                     .parallel = 1,
                                                     .connect_ms = 5000,
                                                     .answer_ms = 5000,
                                                     .answer_limit = 1000,
                                                     .user = user,
                                                     .password = password});
    memset(user, 'x', sizeof user);
    memset(password, 'x', sizeof password);
    assert_true(send_to(f, f->url));
    await(f, 1);
    assert_non_null(strstr(f->server.requests[0].head, "Authorization: Basic bWU6YTpiIGM=\r\n"));
    tear_down(f);
}

static void test_long_answer_is_cut(void **state)
{
    (void)state;
    struct fixture *f = set_up(1, 5000, 5000);
    memset(f->prepared.body, 'x', sizeof f->prepared.body - 1);
    assert_true(send_to(f, f->url));
    await(f, 1);
    assert_int_equal(f->statuses[0], 202);
    assert_int_equal(strlen(f->body), 1000);
    tear_down(f);
}

static void test_refused_connection(void **state)
{
    (void)state;
    struct fixture *f = set_up(1, 5000, 5000);
    server_stop(&f->server);
    assert_true(send_to(f, f->url));
    await(f, 1);
    assert_int_equal(f->statuses[0], 0);
    assert_string_equal(f->error, "connection refused");
    assert_false(f->broken);
    assert_true(server_start(&f->server));
    assert_true(send_to(f, f->url));
    await(f, 2);
    assert_int_equal(f->statuses[1], 202);
    tear_down(f);
}

static void test_unknown_name(void **state)
{
    (void)state;
    struct fixture *f = set_up(1, 15000, 15000);
    assert_true(send_to(f, "http://no-such-host.invalid/a"));
    await(f, 1);
    assert_int_equal(f->statuses[0], 0);
    assert_string_equal(f->error, "its name is not known to the network");
    tear_down(f);
}

static void test_closed_without_answer(void **state)
{
    (void)state;
    struct fixture *f = set_up(1, 5000, 5000);
    f->prepared.status = SERVER_CLOSE;
    assert_true(send_to(f, f->url));
    await(f, 1);
    assert_int_equal(f->statuses[0], 0);
    assert_true(f->broken);
    assert_string_equal(f->error, "the connection was closed before the answer came");
    tear_down(f);
}

static void test_idle_connection_closed_by_server(void **state)
{
    (void)state;
    struct fixture *f = set_up(1, 5000, 5000);
    assert_true(send_to(f, f->url));
    await(f, 1);
    server_stop(&f->server); /* openHAB closes what was idle for 30 s */
    assert_true(server_start(&f->server));
    assert_true(send_to(f, f->url));
    await(f, 2);
    assert_int_equal(f->statuses[1], 202); /* nobody notices */
    tear_down(f);
}

static void test_slow_answer(void **state)
{
    (void)state;
    struct fixture *f = set_up(2, 5000, 300);
    f->prepared.status = SERVER_HANG;
    int64_t start = clock_ms();
    assert_true(send_to(f, f->url));
    await(f, 1);
    assert_string_equal(f->error, "no answer within 0.3 s");
    assert_true(clock_ms() - start >= 299 && clock_ms() - start < 3000);
    f->prepared.status = 200;
    assert_true(send_to(f, f->url));
    await(f, 2);
    assert_int_equal(f->statuses[1], 200);
    tear_down(f);
}

/* A listener that never accepts and whose queue is full: the connection never stands. */
static void test_slow_connection(void **state)
{
    (void)state;
    struct fixture *f = set_up(1, 300, 5000);
    struct sockaddr_in address = {.sin_family = AF_INET};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    int listener = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(bind(listener, (struct sockaddr *)&address, size), 0);
    assert_int_equal(listen(listener, 0), 0);
    assert_int_equal(getsockname(listener, (struct sockaddr *)&address, &size), 0);
    int fillers[4];
    for (int i = 0; i < 4; i++) {
        fillers[i] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
        connect(fillers[i], (struct sockaddr *)&address, size);
    }
    char url[100];
    snprintf(url, sizeof url, "http://127.0.0.1:%d/", ntohs(address.sin_port));
    assert_true(send_to(f, url));
    await(f, 1);
    assert_string_equal(f->error, "no connection within 0.3 s");
    for (int i = 0; i < 4; i++)
        close(fillers[i]);
    close(listener);
    tear_down(f);
}

static void test_tls_to_a_plain_port(void **state)
{
    (void)state;
    struct fixture *f = set_up(1, 1000, 1000);
    f->prepared.status = SERVER_CLOSE;
    char url[100];
    snprintf(url, sizeof url, "https://127.0.0.1:%d/", f->server.port);
    assert_true(send_to(f, url));
    await(f, 1);
    assert_int_equal(f->statuses[0], 0);
    assert_true(strlen(f->error) > 0);
    tear_down(f);
}

static void test_other_protocols_are_refused(void **state)
{
    (void)state;
    struct fixture *f = set_up(1, 1000, 1000);
    assert_true(send_to(f, "file:///etc/hostname"));
    await(f, 1);
    assert_int_equal(f->statuses[0], 0);
    assert_string_equal(f->body, "");
    assert_true(send_to(f, "http://exa mple/"));
    await(f, 2);
    assert_int_equal(f->statuses[1], 0);
    tear_down(f);
}

static void test_proxy_is_not_for_this_machine(void **state)
{
    (void)state;
    setenv("http_proxy", "http://127.0.0.1:1", 1);
    setenv("no_proxy", "example.test", 1);
    struct fixture *f = set_up(1, 5000, 5000);
    char url[100];
    assert_true(send_to(f, f->url));
    await(f, 1);
    assert_int_equal(f->statuses[0], 202);
    snprintf(url, sizeof url, "http://localhost:%d/a", f->server.port);
    assert_true(send_to(f, url));
    await(f, 2);
    assert_int_equal(f->statuses[1], 202);
    assert_true(send_to(f, "http://other.test/a")); /* by the proxy, which is not there */
    await(f, 3);
    assert_int_equal(f->statuses[2], 0);
    assert_string_equal(f->error, "connection refused");
    assert_true(send_to(f, "http://example.test/a")); /* what no_proxy says stays so */
    await(f, 4);
    assert_string_equal(f->error, "its name is not known to the network");
    tear_down(f);
    unsetenv("http_proxy");
    unsetenv("no_proxy");
}

static void stop_when_all_hang(void *context)
{
    struct fixture *fixture = context;
    if (server_count(&fixture->server) == 8)
        loop_stop(fixture->loop);
}

static void test_free_does_not_wait(void **state)
{
    (void)state;
    struct fixture *f = set_up(9, 60000, 60000);
    f->prepared.status = SERVER_HANG;
    for (int i = 0; i < 8; i++)
        assert_true(send_to(f, f->url));
    struct loop_timer *timer = loop_timer_new(f->loop, stop_when_all_hang, f);
    loop_timer_start(timer, 5, 5);
    loop_run(f->loop);
    assert_true(send_to(f, "http://no-such-host.invalid/a")); /* its look-up has hardly begun */
    int64_t start = clock_ms();
    http_client_free(f->client);
    f->client = NULL;
    assert_true(clock_ms() - start < 500);
    assert_int_equal(f->answers, 0);
    tear_down(f);
}

int main(void)
{
    unsetenv("http_proxy");
    unsetenv("https_proxy");
    unsetenv("all_proxy");
    unsetenv("no_proxy");
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_request_arrives_as_it_is),
        cmocka_unit_test(test_get_without_body),
        cmocka_unit_test(test_connections_are_kept_and_bounded),
        cmocka_unit_test(test_status_and_place_are_told),
        cmocka_unit_test(test_when_to_come_again_is_told),
        cmocka_unit_test(test_user_and_password_are_sent),
        cmocka_unit_test(test_long_answer_is_cut),
        cmocka_unit_test(test_refused_connection),
        cmocka_unit_test(test_unknown_name),
        cmocka_unit_test(test_closed_without_answer),
        cmocka_unit_test(test_idle_connection_closed_by_server),
        cmocka_unit_test(test_slow_answer),
        cmocka_unit_test(test_slow_connection),
        cmocka_unit_test(test_tls_to_a_plain_port),
        cmocka_unit_test(test_other_protocols_are_refused),
        cmocka_unit_test(test_proxy_is_not_for_this_machine),
        cmocka_unit_test(test_free_does_not_wait),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
