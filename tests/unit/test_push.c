/* SPDX-License-Identifier: MIT */
/* What is pushed, when, and what becomes of telegrams by each answer: on a clock of the test's own, with
 * a server that says what the test wants. */
#include "sink/push.c"

#include "own_clock.h"
#include "taken.h"

/* ------------------------------------------------------------------------------------------------
 * What stands around the sink
 */

struct http_client {
    char url[300];
    char *body; /* of the request that is under way; NULL: none is */
    char head[500];
    size_t sent;
    http_done *done;
    void *context;
};

static struct http_client the_client;

struct http_client *http_client_new(const struct http_setup *setup)
{
    assert_int_equal(setup->parallel, 1);
    the_client = (struct http_client){.sent = 0};
    return &the_client;
}

bool http_client_send(struct http_client *client, const struct http_request *request,
                      http_done *done, void *context)
{
    assert_null(client->body);
    assert_string_equal(request->method, "POST");
    snprintf(client->url, sizeof client->url, "%s", request->url);
    client->head[0] = '\0';
    for (size_t i = 0; request->headers[i] != NULL; i++)
        snprintf(client->head + strlen(client->head), sizeof client->head - strlen(client->head),
                 "%s\n", request->headers[i]);
    client->body = memory_copy(request->body, request->body_size);
    client->done = done;
    client->context = context;
    client->sent++;
    return true;
}

void http_client_free(struct http_client *client)
{
    free(client->body);
    client->body = NULL;
}

void loop_work(struct loop *loop, void (*work)(void *context), void (*done)(void *context),
               void *context)
{
    (void)loop, (void)work, (void)done, (void)context;
    fail_msg("nothing here has to do with the disk");
}

struct fixture {
    struct sink *sink;
    struct log log;
    char told[20000]; /* warnings and what is of less weight, a line each */
    size_t warnings;
    struct taken *taken;
};

static void keep_line(void *context, enum log_level level, const char *line)
{
    struct fixture *f = context;
    f->warnings += level <= LOG_WARN;
    snprintf(f->told + strlen(f->told), sizeof f->told - strlen(f->told), "%s\n", line);
}

static struct push_setup usual(void)
{
    return (struct push_setup){
        .topic = "push",
        .url = "http://me:pw@host:81/hook?key=1",
        .format = PUSH_JSON,
        .measurement = "dsmr",
        .batch = 8,
        .batch_ms = 5000,
        .rate = 100000,
    };
}

static struct fixture *set_up(struct push_setup setup)
{
    struct fixture *f = memory_new(1, sizeof *f);
    memset(&own_loop, 0, sizeof own_loop);
    own_loop.now = 1;
    f->log = (struct log){.level = LOG_INFO, .mirror = keep_line, .mirror_context = f};
    setup.loop = &own_loop;
    setup.log = &f->log;
    f->taken = memory_new(1, sizeof *f->taken);
    f->sink = push_sink_new(&setup);
    f->told[0] = '\0';
    return f;
}

static void tear_down(struct fixture *f)
{
    f->sink->kind->free(f->sink);
    taken_free(f->taken);
    free(f);
}

/* So many telegrams come, a millisecond apart. */
static void give(struct fixture *f, int count)
{
    for (int i = 0; i < count; i++) {
        f->sink->kind->publish(f->sink, take_lines(f->taken, "KFM5", "1-0:1.7.0(01.234*kW)\r\n"));
        own_time_passes(1);
    }
}

/* The numbers of the telegrams under way, "1 2 3"; "" while nothing is. */
static const char *flying(void)
{
    static char numbers[8000];
    const char *at = the_client.body;
    numbers[0] = '\0';
    while (at != NULL && (at = strstr(at, "\"seq\":")) != NULL) {
        at += strlen("\"seq\":");
        size_t used = strlen(numbers);
        snprintf(numbers + used, sizeof numbers - used, "%s%lu", used > 0 ? " " : "",
                 strtoul(at, NULL, 10));
    }
    return numbers;
}

static void answer_with(struct http_answer answer)
{
    assert_non_null(the_client.body);
    free(the_client.body);
    the_client.body = NULL;
    if (answer.body == NULL)
        answer.body = "";
    the_client.done(the_client.context, &answer);
}

static void answer(int status, const char *body)
{
    answer_with((struct http_answer){.status = status, .body = body});
}

static void fail_to_answer(void)
{
    answer_with((struct http_answer){.error = "connection refused"});
}

/* The milliseconds until something is sent again. */
static int64_t pause_until_sent(int64_t longest)
{
    int64_t begun = own_loop.now;
    size_t sent = the_client.sent;
    while (the_client.sent == sent && own_loop.now - begun <= longest)
        own_time_passes(1);
    return own_loop.now - begun;
}

/* Answers 204 to everything until nothing is under way, and appends the numbers that went out. */
static void accept_all(char *numbers, size_t size)
{
    numbers[0] = '\0';
    while (the_client.body != NULL) {
        size_t used = strlen(numbers);
        snprintf(numbers + used, size - used, "%s%s", used > 0 ? " " : "", flying());
        answer(204, "");
        if (the_client.body == NULL)
            own_time_passes(5001);
    }
}

/* ------------------------------------------------------------------------------------------------
 * When
 */

static void test_a_full_batch_goes_out_at_once(void **state)
{
    (void)state;
    struct fixture *f = set_up(usual());
    give(f, 7);
    assert_string_equal(flying(), "");
    give(f, 1);
    assert_string_equal(flying(), "1 2 3 4 5 6 7 8");
    assert_string_equal(the_client.url, "http://me:pw@host:81/hook?key=1");
    assert_string_equal(the_client.head, "Content-Type: application/json\n");
    give(f, 20);
    answer(200, "");
    assert_string_equal(flying(), "9 10 11 12 13 14 15 16");
    tear_down(f);
}

static void test_a_telegram_waits_for_others_so_long(void **state)
{
    (void)state;
    struct fixture *f = set_up(usual());
    give(f, 1);
    own_time_passes(2000);
    give(f, 1);
    assert_in_range(pause_until_sent(10000), 2990, 3000);
    assert_string_equal(flying(), "1 2");
    answer(204, "");
    give(f, 1);
    assert_in_range(pause_until_sent(10000), 4990, 5000);
    tear_down(f);
}

static void test_a_backlog_follows_at_its_rate(void **state)
{
    (void)state;
    struct push_setup setup = usual();
    setup.rate = 4;
    struct fixture *f = set_up(setup);
    give(f, 8);
    fail_to_answer();
    give(f, 200);
    own_time_passes(1000);
    size_t sent = the_client.sent;
    for (int i = 0; i < 40; i++) {
        if (the_client.body != NULL)
            answer(204, "");
        own_time_passes(1000);
    }
    /* 40 s at 4 a second, in batches of up to 8, and what the telegrams brought. */
    assert_in_range(the_client.sent - sent, 18, 28);
    tear_down(f);
}

/* ------------------------------------------------------------------------------------------------
 * A server that is away
 */

static void test_pauses_grow_and_nothing_is_lost(void **state)
{
    (void)state;
    struct fixture *f = set_up(usual());
    char numbers[2000];
    give(f, 8);
    int64_t planned = 1000;
    for (int i = 0; i < 10; i++) {
        fail_to_answer();
        give(f, 2);
        assert_in_range(pause_until_sent(100000), planned * 3 / 4 - 3, planned);
        planned = planned * 2 < 60000 ? planned * 2 : 60000;
    }
    accept_all(numbers, sizeof numbers);
    assert_string_equal(
        numbers, "1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28");
    assert_int_equal(f->warnings, 1);
    assert_non_null(strstr(f->told, "push: nothing can be pushed to http://host:81: connection "
                                    "refused; the newest 1000 telegrams are kept for it\n"));
    assert_non_null(strstr(f->told, "takes telegrams again after 4 min"));
    tear_down(f);
}

static void test_a_batch_that_cannot_be_sent_comes_again_half_as_large(void **state)
{
    (void)state;
    struct fixture *f = set_up(usual());
    give(f, 20);
    fail_to_answer();
    pause_until_sent(10000);
    assert_string_equal(flying(), "1 2 3 4");
    fail_to_answer();
    pause_until_sent(10000);
    assert_string_equal(flying(), "1 2");
    answer(204, "");
    assert_string_equal(flying(), "3 4 5 6");
    answer(204, "");
    assert_string_equal(flying(), "7 8 9 10 11 12 13 14");
    tear_down(f);
}

static void test_a_connection_that_breaks_once_is_nothing(void **state)
{
    (void)state;
    struct fixture *f = set_up(usual());
    const struct http_answer broken = {.error = "closed", .broken = true};
    give(f, 16);
    answer_with(broken);
    assert_string_equal(flying(), "1 2 3 4");
    answer(204, "");
    answer_with(broken);
    assert_int_equal(f->warnings, 0);
    answer_with(broken);
    assert_string_equal(flying(), "");
    assert_int_equal(f->warnings, 1);
    tear_down(f);
}

static void test_the_server_may_say_when_to_come_again(void **state)
{
    (void)state;
    struct fixture *f = set_up(usual());
    give(f, 8);
    answer_with((struct http_answer){.status = 429, .retry_after_s = 120});
    assert_in_range(pause_until_sent(200000), 119990, 120000);
    answer_with((struct http_answer){.status = 503, .retry_after_s = 1000000});
    assert_in_range(pause_until_sent(4000000), 3599990, 3600000);
    tear_down(f);
}

static void test_what_only_the_user_can_mend_is_kept_for(void **state)
{
    static const struct {
        int status;
        const char *told;
    } cases[] = {
        {401, "lets nobody in with this token or password: it answers 401: go away; "},
        {403, "lets nobody in with this token or password: it answers 403: go away; "},
        {404, "has nothing there to push to: it answers 404: go away; is push.url right? "},
        {405, "has nothing there to push to: it answers 405: go away; is push.url right? "},
        {301, "points elsewhere (301): set push.url to where it really is; "},
        {502, "nothing can be pushed to http://host:81: it answers 502: go away; "},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct fixture *f = set_up(usual());
        give(f, 8);
        for (int again = 0; again < 20; again++) {
            answer(cases[i].status, " go \n\taway ");
            pause_until_sent(100000);
        }
        char numbers[200];
        accept_all(numbers, sizeof numbers);
        assert_string_equal(numbers, "1 2 3 4 5 6 7 8");
        assert_non_null(strstr(f->told, cases[i].told));
        assert_int_equal(f->warnings, 1);
        tear_down(f);
    }
}

static void test_the_newest_are_kept_in_memory(void **state)
{
    (void)state;
    struct push_setup setup = usual();
    setup.batch = 500;
    struct fixture *f = set_up(setup);
    give(f, 500);
    give(f, PUSH_KEPT + 234);
    fail_to_answer();
    pause_until_sent(10000);
    /* 1 to 734 are gone. */
    assert_int_equal(strncmp(flying(), "735 736 737 ", 12), 0);
    char numbers[8000];
    accept_all(numbers, sizeof numbers);
    assert_string_equal(numbers + strlen(numbers) - 10, " 1733 1734");
    assert_non_null(strstr(f->told, "; 734 had no room since the start"));
    tear_down(f);
}

/* ------------------------------------------------------------------------------------------------
 * A server that refuses
 */

/* Answers by whether one of these is in the batch, until nothing is under way; what was taken. */
static void answer_poisoned(int status, unsigned long from, unsigned long to, char *taken,
                            size_t size)
{
    taken[0] = '\0';
    for (int i = 0; i < 300 && the_client.body != NULL; i++) {
        bool poisoned = false;
        const char *numbers = flying();
        for (const char *at = numbers; *at != '\0';) {
            char *end;
            unsigned long number = strtoul(at, &end, 10);
            poisoned |= number >= from && number <= to;
            at = end;
        }
        if (!poisoned) {
            size_t used = strlen(taken);
            snprintf(taken + used, size - used, "%s%s", used > 0 ? " " : "", numbers);
        }
        answer(poisoned ? status : 204, "bad line");
        if (the_client.body == NULL)
            pause_until_sent(400000);
    }
}

static void test_one_poisoned_telegram_is_left_out(void **state)
{
    static const int statuses[] = {400, 422, 409, 413, 500};
    (void)state;
    for (size_t i = 0; i < sizeof statuses / sizeof *statuses; i++) {
        struct fixture *f = set_up(usual());
        char taken[500];
        char wanted[200];
        give(f, 12);
        answer_poisoned(statuses[i], 6, 6, taken, sizeof taken);
        assert_string_equal(taken, "1 2 3 4 5 7 8 9 10 11 12");
        snprintf(wanted, sizeof wanted,
                 "refuses telegram number 6 and takes others: it answers %d: bad line; it is left "
                 "out, 1 of them so far\n",
                 statuses[i]);
        assert_non_null(strstr(f->told, wanted));
        tear_down(f);
    }
}

static void test_poison_at_the_end_waits_for_the_next(void **state)
{
    (void)state;
    struct fixture *f = set_up(usual());
    give(f, 8);
    char taken[100];
    answer_poisoned(400, 8, 8, taken, sizeof taken);
    assert_string_equal(taken, "1 2 3 4 5 6 7");
    assert_int_equal(f->warnings, 0);
    give(f, 1);
    assert_string_equal(flying(), "9");
    answer(204, "");
    assert_string_equal(flying(), "8");
    answer(400, "");
    assert_int_equal(f->warnings, 1);
    give(f, 8);
    assert_string_equal(flying(), "10");
    answer(204, "");
    assert_string_equal(flying(), "11 12");
    tear_down(f);
}

static void test_a_long_row_of_poison_is_passed(void **state)
{
    (void)state;
    struct fixture *f = set_up(usual());
    give(f, 100);
    char taken[1000];
    answer_poisoned(400, 5, 60, taken, sizeof taken);
    assert_int_equal(strncmp(taken, "1 2 3 4 61 62 63 ", 17), 0);
    assert_non_null(strstr(f->told, "refuses telegram number 5 and takes others"));
    assert_int_equal(f->warnings, 2);
    tear_down(f);
}

/* Each number up to last came once. */
static void assert_all_came(const char *numbers, unsigned long last)
{
    bool came[1000] = {false};
    unsigned long count = 0;
    for (char *end; *numbers != '\0'; numbers = end, count++) {
        unsigned long number = strtoul(numbers, &end, 10);
        assert_in_range(number, 1, last);
        assert_false(came[number]);
        came[number] = true;
    }
    assert_int_equal(count, last);
}

static void test_a_server_that_refuses_everything_costs_nothing(void **state)
{
    (void)state;
    struct fixture *f = set_up(usual());
    give(f, 100);
    int64_t begun = own_loop.now;
    size_t sent = the_client.sent;
    while (own_loop.now - begun < 3600000) {
        while (the_client.body != NULL)
            answer(400, "wrong door");
        own_time_passes(9999);
        give(f, 1);
    }
    /* Not more than about a request a second. */
    assert_in_range(the_client.sent - sent, 30, 3700);
    if (the_client.body == NULL)
        pause_until_sent(400000);
    char numbers[4000];
    accept_all(numbers, sizeof numbers);
    assert_all_came(numbers, 100 + 360);
    assert_non_null(strstr(f->told, "push: http://host:81 refuses every telegram: it answers 400: "
                                    "wrong door; are push.url and push.format right? the newest "
                                    "1000 telegrams are kept until they are\n"));
    assert_null(strstr(f->told, "left out"));
    tear_down(f);
}

static void test_a_server_that_is_mended_while_it_is_tried_gets_everything(void **state)
{
    (void)state;
    for (int when = 0; when < 120; when++) {
        struct fixture *f = set_up(usual());
        give(f, 200);
        for (int i = 0; i < when; i++) {
            answer(400, "");
            if (the_client.body == NULL)
                pause_until_sent(400000);
        }
        char numbers[2000];
        accept_all(numbers, sizeof numbers);
        assert_all_came(numbers, 200);
        tear_down(f);
    }
}

static void test_a_suspect_outlives_an_absence(void **state)
{
    (void)state;
    struct push_setup setup = usual();
    setup.batch = 1;
    struct fixture *f = set_up(setup);
    give(f, 3);
    answer(400, "no");
    assert_string_equal(flying(), "2");
    fail_to_answer();
    pause_until_sent(10000);
    assert_string_equal(flying(), "2");
    answer(204, "");
    assert_string_equal(flying(), "1");
    answer(400, "no");
    assert_non_null(
        strstr(f->told, "refuses telegram number 1 and takes others: it answers 400: no"));
    assert_string_equal(flying(), "3");
    tear_down(f);
}

static void test_what_is_too_large_stays_smaller(void **state)
{
    (void)state;
    struct fixture *f = set_up(usual());
    give(f, 30);
    answer(413, "");
    assert_string_equal(flying(), "1 2 3 4");
    answer(204, "");
    assert_string_equal(flying(), "5 6 7 8");
    assert_int_equal(f->warnings, 0);
    tear_down(f);
}

static void test_not_now_is_never_taken_for_a_refusal(void **state)
{
    (void)state;
    struct fixture *f = set_up(usual());
    char numbers[100];
    give(f, 8);
    for (int i = 0; i < 100; i++) {
        answer(503, "");
        pause_until_sent(100000);
    }
    accept_all(numbers, sizeof numbers);
    assert_string_equal(numbers, "1 2 3 4 5 6 7 8");
    tear_down(f);
}

/* ------------------------------------------------------------------------------------------------
 * InfluxDB
 */

static void test_influx_is_asked_in_its_own_way(void **state)
{
    (void)state;
    struct push_setup setup = usual();
    const char *headers[] = {"Authorization: Token abc", NULL};
    setup.format = PUSH_INFLUX;
    setup.url = "http://host:8086/write?db=meters";
    setup.headers = headers;
    setup.batch = 2;
    struct fixture *f = set_up(setup);
    give(f, 2);
    assert_string_equal(the_client.url, "http://host:8086/write?db=meters&precision=s");
    assert_string_equal(the_client.head,
                        "Content-Type: text/plain; charset=utf-8\nAuthorization: Token abc\n");
    assert_string_equal(the_client.body, "dsmr,meter=main eActualDelivery=1.234 1742209200\n"
                                         "dsmr,meter=main eActualDelivery=1.234 1742209200\n");
    tear_down(f);
}

static void test_what_influx_writes_in_part_is_done(void **state)
{
    (void)state;
    struct push_setup setup = usual();
    setup.format = PUSH_INFLUX;
    setup.batch = 1;
    struct fixture *f = set_up(setup);
    give(f, 3);
    answer(400, "{\"error\":\"partial write: field type conflict: … dropped=1\"}\n");
    answer(422, "{\"code\":\"unprocessable entity\",\"message\":\"partial write: dropped=1\"}");
    answer(204, "");
    assert_int_equal(the_client.sent, 3);
    assert_int_equal(f->warnings, 1);
    assert_non_null(strstr(f->told, "does not write all that it gets, and what it leaves out is "
                                    "lost: it answers 400: {\"error\":\"partial write: field"));
    tear_down(f);
}

static void test_partial_writes_are_a_word_of_influx_only(void **state)
{
    (void)state;
    struct http_answer said = {.status = 400, .body = "partial write"};
    assert_int_equal(push_judge(PUSH_JSON, &said), PUSH_REFUSED);
    assert_int_equal(push_judge(PUSH_INFLUX, &said), PUSH_PARTLY);
    said.status = 500;
    assert_int_equal(push_judge(PUSH_INFLUX, &said), PUSH_GONE);
}

static void test_url_as_it_may_be_shown(void **state)
{
    static const char *const cases[][2] = {
        {"http://host/a/b?c", "http://host"},
        {"https://me:a@b@host:1/x@y", "https://host:1"},
        {"http://[::1]:80?u=a@b", "http://[::1]:80"},
        {"nonsense", ""},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char *shown = push_shown_url(cases[i][0]);
        assert_string_equal(shown, cases[i][1]);
        free(shown);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_full_batch_goes_out_at_once),
        cmocka_unit_test(test_a_telegram_waits_for_others_so_long),
        cmocka_unit_test(test_a_backlog_follows_at_its_rate),
        cmocka_unit_test(test_pauses_grow_and_nothing_is_lost),
        cmocka_unit_test(test_a_batch_that_cannot_be_sent_comes_again_half_as_large),
        cmocka_unit_test(test_a_connection_that_breaks_once_is_nothing),
        cmocka_unit_test(test_the_server_may_say_when_to_come_again),
        cmocka_unit_test(test_what_only_the_user_can_mend_is_kept_for),
        cmocka_unit_test(test_the_newest_are_kept_in_memory),
        cmocka_unit_test(test_one_poisoned_telegram_is_left_out),
        cmocka_unit_test(test_poison_at_the_end_waits_for_the_next),
        cmocka_unit_test(test_a_long_row_of_poison_is_passed),
        cmocka_unit_test(test_a_server_that_refuses_everything_costs_nothing),
        cmocka_unit_test(test_a_server_that_is_mended_while_it_is_tried_gets_everything),
        cmocka_unit_test(test_a_suspect_outlives_an_absence),
        cmocka_unit_test(test_what_is_too_large_stays_smaller),
        cmocka_unit_test(test_not_now_is_never_taken_for_a_refusal),
        cmocka_unit_test(test_influx_is_asked_in_its_own_way),
        cmocka_unit_test(test_what_influx_writes_in_part_is_done),
        cmocka_unit_test(test_partial_writes_are_a_word_of_influx_only),
        cmocka_unit_test(test_url_as_it_may_be_shown),
    };
    return cmocka_run_group_tests_name("push", tests, NULL, NULL);
}
