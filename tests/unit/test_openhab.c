/* SPDX-License-Identifier: MIT */
/* The openHAB sink against a server on this machine that answers as each test wants. */
#include "sink/openhab.h"

#include "http_server.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <time.h>

#include <cmocka.h>

enum { DEADLINE_MS = 30000, MOST_ITEMS = 60 };

struct fixture {
    struct loop *loop;
    struct log log;
    char *told; /* what was logged */
    size_t told_size;
    struct http_server server;
    struct bound_item items[MOST_ITEMS];
    char names[MOST_ITEMS][8];
    struct bound_items bound;
    struct sink *sink;
    char url[100];
    struct server_answer prepared; /* for everything, */
    const char *special;           /* but for this item */
    struct server_answer for_special;
    int to_close; /* so many requests first get no answer, and their connection is closed */
    bool (*condition)(struct fixture *fixture);
    size_t wanted;
    const char *wanted_text;
    int value; /* that was published last */
};

static char file[] = "p1.items";

static void decide(void *context, const struct seen_request *request, struct server_answer *answer)
{
    struct fixture *fixture = context;
    char path[100];
    snprintf(path, sizeof path, "/rest/items/%s/state", fixture->special ? fixture->special : "");
    if (fixture->to_close-- > 0) {
        answer->status = SERVER_CLOSE;
        return;
    }
    *answer = strcmp(request->path, path) == 0 ? fixture->for_special : fixture->prepared;
}

/* count items of type Number named I00, I01 …, bound to the items of the catalogue in its order. */
static struct fixture *set_up(size_t count)
{
    struct fixture *f = calloc(1, sizeof *f);
    assert_non_null(f);
    f->loop = loop_new();
    f->log = (struct log){.level = LOG_INFO, .journal = true};
    f->log.stream = open_memstream(&f->told, &f->told_size);
    f->prepared.status = 202;
    f->server.decide = decide;
    f->server.context = f;
    assert_true(server_start(&f->server));
    snprintf(f->url, sizeof f->url, "http://127.0.0.1:%d", f->server.port);
    for (size_t i = 0; i < count; i++) {
        snprintf(f->names[i], sizeof f->names[i], "I%02zu", i % 100);
        f->items[i] = (struct bound_item){.name = f->names[i],
                                          .type = ITEM_NUMBER,
                                          .reading = (dsmr_item)i,
                                          .file = file,
                                          .line = (int)i + 1};
    }
    f->bound = (struct bound_items){f->items, count};
    return f;
}

static void start(struct fixture *f, const char *token, bool only_changes)
{
    f->sink = openhab_sink_new(&(struct openhab_setup){.url = f->url,
                                                       .token = token,
                                                       .only_changes = only_changes,
                                                       .items = &f->bound,
                                                       .loop = f->loop,
                                                       .log = &f->log});
    assert_non_null(f->sink);
}

static void tear_down(struct fixture *f)
{
    if (f->sink != NULL)
        f->sink->kind->free(f->sink);
    assert_true(loop_free(f->loop));
    server_stop(&f->server);
    fclose(f->log.stream);
    free(f->told);
    free(f);
}

/* One telegram with a reading for each of the first count items: value, value + 1 … */
static void publish(struct fixture *f, size_t count, int value)
{
    struct dsmr_reading readings[MOST_ITEMS] = {0};
    for (size_t i = 0; i < count; i++) {
        readings[i].item = (dsmr_item)i;
        readings[i].type = DSMR_TYPE_NUMBER;
        readings[i].number = (struct dsmr_number){value + (int)i, 0};
    }
    f->sink->kind->publish(f->sink,
                           &(struct readings){.meter = "main", .at = readings, .count = count});
}

static void on_late(void *context)
{
    struct fixture *f = context;
    fail_msg("not within %d ms; %zu requests came, told was:\n%s", DEADLINE_MS, f->server.count,
             f->told);
}

static void check_condition(void *context)
{
    struct fixture *f = context;
    if (f->condition(f))
        loop_stop(f->loop);
}

static void run_until(struct fixture *f, bool (*condition)(struct fixture *))
{
    struct loop_timer *late = loop_timer_new(f->loop, on_late, f);
    struct loop_timer *check = loop_timer_new(f->loop, check_condition, f);
    f->condition = condition;
    loop_timer_start(late, DEADLINE_MS, 0);
    loop_timer_start(check, 0, 5);
    loop_run(f->loop);
    loop_timer_free(late);
    loop_timer_free(check);
}

static bool all_answered(struct fixture *f)
{
    struct openhab_stats stats;
    openhab_sink_stats(f->sink, &stats);
    return stats.accepted + stats.refused + stats.missing + stats.failed == f->wanted;
}

/* Runs until so many requests were answered since the start, in whatever way. */
static void await_answers(struct fixture *f, size_t count)
{
    f->wanted = count;
    run_until(f, all_answered);
}

static bool is_told(struct fixture *f)
{
    return strstr(f->told, f->wanted_text) != NULL;
}

static void await_told(struct fixture *f, const char *text)
{
    f->wanted_text = text;
    run_until(f, is_told);
}

/* With telegrams coming in quick succession. */
static bool is_told_while_fed(struct fixture *f)
{
    publish(f, 20, ++f->value);
    return is_told(f);
}

static bool enough_requests(struct fixture *f)
{
    return server_count(&f->server) >= f->wanted;
}

static void await_requests(struct fixture *f, size_t count)
{
    f->wanted = count;
    run_until(f, enough_requests);
}

static bool all_taken(struct fixture *f)
{
    struct openhab_stats stats;
    openhab_sink_stats(f->sink, &stats);
    return stats.waiting == f->wanted && stats.connected;
}

/* Runs until openHAB has the newest state of all items but that many. */
static void await_waiting(struct fixture *f, size_t count)
{
    f->wanted = count;
    run_until(f, all_taken);
}

static int times_told(const struct fixture *f, const char *text)
{
    int times = 0;
    for (const char *at = f->told; (at = strstr(at, text)) != NULL; at++)
        times++;
    return times;
}

/* The last state that arrived for the item; NULL if none did. */
static const char *last_state(const struct fixture *f, const char *name)
{
    char path[100];
    snprintf(path, sizeof path, "/rest/items/%s/state", name);
    for (size_t i = f->server.count; i-- > 0;)
        if (strcmp(f->server.requests[i].path, path) == 0)
            return f->server.requests[i].body;
    return NULL;
}

static size_t count_states(const struct fixture *f, const char *name)
{
    char path[100];
    size_t count = 0;
    snprintf(path, sizeof path, "/rest/items/%s/state", name);
    for (size_t i = 0; i < f->server.count; i++)
        count += strcmp(f->server.requests[i].path, path) == 0 ? 1 : 0;
    return count;
}

static void test_request_is_what_openhab_wants(void **state)
{
    (void)state;
    struct fixture *f = set_up(1);
    strcat(f->url, "/openhab//");
    start(f, "oh.p1.secret", false);
    publish(f, 1, 42);
    await_answers(f, 1);
    const struct seen_request *seen = &f->server.requests[0];
    assert_string_equal(seen->method, "PUT");
    assert_string_equal(seen->path, "/openhab/rest/items/I00/state");
    assert_string_equal(seen->body, "42");
    assert_non_null(strstr(seen->head, "Content-Type: text/plain\r\n"));
    assert_non_null(strstr(seen->head, "Authorization: Bearer oh.p1.secret"));
    assert_null(strstr(f->told, "secret"));
    assert_non_null(strstr(f->told, "feeding 1 item at http://127.0.0.1:"));
    tear_down(f);
}

static void test_no_token_no_header(void **state)
{
    (void)state;
    struct fixture *f = set_up(1);
    start(f, "", false);
    publish(f, 1, 42);
    await_answers(f, 1);
    assert_null(strstr(f->server.requests[0].head, "Authorization"));
    tear_down(f);
}

static void test_every_telegram_in_line_order(void **state)
{
    (void)state;
    struct fixture *f = set_up(20);
    f->items[7].reading = 3; /* two items of one reading, and none of the seventh */
    start(f, NULL, false);
    for (int telegram = 1; telegram <= 3; telegram++) {
        publish(f, 20, 100);
        await_answers(f, (size_t)telegram * 20);
    }
    for (size_t i = 0; i < 20; i++)
        assert_int_equal(count_states(f, f->names[i]), 3);
    assert_string_equal(last_state(f, "I07"), "103");
    assert_string_equal(last_state(f, "I19"), "119");
    assert_true(f->server.connections <= 8);
    /* The first eight go out together; nothing behind them may overtake by more than that. */
    for (size_t i = 0; i < f->server.count; i++) {
        size_t place = strtoul(f->server.requests[i].body, NULL, 10) - 100 + i / 20 * 20;
        assert_true(place + 9 > i && i + 9 > place);
    }
    tear_down(f);
}

static void test_only_changes(void **state)
{
    (void)state;
    struct fixture *f = set_up(3);
    start(f, NULL, true);
    publish(f, 3, 10);
    await_answers(f, 3);
    publish(f, 3, 10);
    publish(f, 2, 10);
    publish(f, 1, 99);
    await_answers(f, 4);
    assert_int_equal(f->server.count, 4);
    assert_string_equal(last_state(f, "I00"), "99");
    tear_down(f);
}

static void test_superseded_and_unbound_readings_are_not_sent(void **state)
{
    (void)state;
    struct fixture *f = set_up(2);
    start(f, NULL, false);
    struct dsmr_reading readings[] = {
        {.item = 0, .type = DSMR_TYPE_NUMBER, .number = {1, 0}, .superseded = true},
        {.item = 0, .type = DSMR_TYPE_NUMBER, .number = {2, 0}},
        {.item = 40, .type = DSMR_TYPE_NUMBER, .number = {3, 0}},
        {.item = DSMR_ITEM_NONE},
        {.item = 1, .type = DSMR_TYPE_TIME}, /* for a Number: passed over */
    };
    f->sink->kind->publish(f->sink,
                           &(struct readings){.meter = "main", .at = readings, .count = 5});
    await_answers(f, 1);
    assert_string_equal(last_state(f, "I00"), "2");
    assert_int_equal(f->server.count, 1);
    tear_down(f);
}

/* I00 is bound to the mean, I01 and I02 to the least and the greatest of the same. */
static void test_the_least_and_the_greatest_of_an_interval(void **state)
{
    (void)state;
    struct fixture *f = set_up(3);
    struct dsmr_reading reading = {.type = DSMR_TYPE_NUMBER, .number = {1500, 3}};
    struct spread spread = {0, {-250, 3}, {1500, 3}, {9000, 3}};
    struct readings readings = {.meter = "main", .at = &reading, .count = 1};
    f->items[1].reading = f->items[2].reading = 0;
    f->items[1].part = PACE_LEAST;
    f->items[2].part = PACE_GREATEST;
    start(f, NULL, false);
    f->sink->kind->publish(f->sink, &readings); /* a telegram by itself has neither */
    await_answers(f, 1);
    readings.spreads = &spread;
    readings.spread_count = 1;
    f->sink->kind->publish(f->sink, &readings);
    await_answers(f, 4);
    assert_int_equal(count_states(f, "I00"), 2);
    assert_int_equal(count_states(f, "I01"), 1);
    assert_int_equal(count_states(f, "I02"), 1);
    assert_string_equal(last_state(f, "I00"), "1.500");
    assert_string_equal(last_state(f, "I01"), "-0.250");
    assert_string_equal(last_state(f, "I02"), "9.000");
    tear_down(f);
}

static void test_newest_value_wins(void **state)
{
    (void)state;
    struct fixture *f = set_up(20);
    start(f, NULL, false);
    for (int i = 0; i < 50; i++)
        publish(f, 20, i);
    await_waiting(f, 0);
    struct openhab_stats stats;
    openhab_sink_stats(f->sink, &stats);
    /* Eight were under way from the first telegram, and went once more; the others once. */
    assert_int_equal(stats.accepted, 28);
    assert_int_equal(stats.dropped, 50 * 20 - 28);
    for (size_t i = 0; i < 20; i++)
        assert_int_equal(strtoul(last_state(f, f->names[i]), NULL, 10), 49 + i);
    tear_down(f);
}

static void test_missing_item_disturbs_nobody(void **state)
{
    (void)state;
    struct fixture *f = set_up(3);
    f->special = "I01";
    f->for_special.status = 404;
    start(f, NULL, false);
    publish(f, 3, 10);
    await_told(f, "openHAB has no item I01 (p1.items:2)");
    for (int i = 0; i < 5; i++) {
        publish(f, 3, 20 + i);
        await_answers(f, 5 + 2 * (size_t)i);
    }
    assert_int_equal(times_told(f, "I01"), 1);
    assert_int_equal(count_states(f, "I01"), 1);
    assert_string_equal(last_state(f, "I02"), "26");
    /* It is there later: the newest state is sent, and that is told. */
    f->for_special.status = 202;
    await_told(f, "openHAB has item I01 now");
    assert_string_equal(last_state(f, "I01"), "25");
    tear_down(f);
}

static void test_many_missing_items_are_one_line(void **state)
{
    (void)state;
    struct fixture *f = set_up(50);
    f->prepared.status = 404;
    f->special = "I01";
    f->for_special.status = 202;
    start(f, NULL, false);
    publish(f, 50, 10);
    await_told(f, "openHAB does not have 49 of 50 items: I00 (p1.items:1), I02 (p1.items:3), "
                  "I03 (p1.items:4) and 46 more");
    assert_int_equal(times_told(f, "\n"), 2);
    tear_down(f);
}

static void test_all_missing_points_to_the_url(void **state)
{
    (void)state;
    struct fixture *f = set_up(5);
    f->prepared.status = 404;
    start(f, NULL, false);
    publish(f, 5, 10);
    await_told(f, "has none of the 5 items: I00 (p1.items:1), I01 (p1.items:2), I02 (p1.items:3) "
                  "and 2 more");
    assert_int_equal(times_told(f, "openhab.url"), 1);
    tear_down(f);
}

static void test_refused_state_is_told_once(void **state)
{
    (void)state;
    struct fixture *f = set_up(2);
    f->special = "I00";
    f->for_special.status = 400;
    snprintf(f->for_special.body, sizeof f->for_special.body, "%s",
             "{\"error\":{\"message\":\"State could not be parsed: 10\",\"http-code\":400}}");
    start(f, NULL, false);
    publish(f, 2, 10);
    await_told(f,
               "openHAB does not take '10' for I00 (p1.items:1): it answers 400, State could not "
               "be parsed: 10\n");
    publish(f, 2, 10); /* the same again: not tried */
    await_answers(f, 3);
    assert_int_equal(count_states(f, "I00"), 1);
    publish(f, 2, 11); /* another: tried, refused, not told */
    await_answers(f, 5);
    assert_int_equal(count_states(f, "I00"), 2);
    assert_int_equal(times_told(f, "I00"), 1);
    assert_string_equal(last_state(f, "I01"), "12");
    tear_down(f);
}

static void test_denied(void **state)
{
    (void)state;
    static const struct {
        int status;
        const char *token;
        const char *told;
    } cases[] = {
        {401, NULL, "openHAB wants a token (401): in openHAB click your name"},
        {401, "oh.old", "openHAB does not accept openhab.token (401)"},
        {403, "oh.weak", "openHAB forbids it (403)"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct fixture *f = set_up(20);
        f->prepared.status = cases[i].status;
        start(f, cases[i].token, false);
        publish(f, 20, 10);
        await_told(f, cases[i].told);
        assert_int_equal(times_told(f, "Create new API token"), 1);
        size_t requests = server_count(&f->server);
        assert_true(requests <= 8);
        publish(f, 20, 20);
        await_requests(f, requests + 1); /* it is tried again, with one item */
        f->prepared.status = 202;
        await_waiting(f, 0);
        await_told(f, "openHAB is back after ");
        assert_int_equal(times_told(f, "<4>"), 1);
        assert_string_equal(last_state(f, "I19"), "39");
        tear_down(f);
    }
}

static void test_gone_and_back(void **state)
{
    (void)state;
    struct fixture *f = set_up(20);
    start(f, NULL, false);
    publish(f, 20, 10);
    await_answers(f, 20);
    server_stop(&f->server);
    publish(f, 20, 20);
    await_told(f, ": connection refused; the newest values are kept for it");
    publish(f, 20, 30);
    publish(f, 19, 40);
    f->server.count = 0;
    assert_true(server_start(&f->server));
    await_told(f, "openHAB is back after ");
    await_waiting(f, 0);
    assert_int_equal(f->server.count, 20); /* the newest of each, once */
    assert_string_equal(last_state(f, "I00"), "40");
    assert_string_equal(last_state(f, "I19"), "49");
    assert_int_equal(times_told(f, "<4>"), 1);
    tear_down(f);
}

static void test_all_values_again_when_back_with_only_changes(void **state)
{
    (void)state;
    struct fixture *f = set_up(3);
    start(f, NULL, true);
    publish(f, 3, 10);
    await_answers(f, 3);
    server_stop(&f->server);
    publish(f, 1, 11);
    await_told(f, "connection refused");
    f->server.count = 0;
    assert_true(server_start(&f->server));
    await_told(f, "is back");
    await_waiting(f, 0);
    /* openHAB may have forgotten everything. */
    assert_string_equal(last_state(f, "I00"), "11");
    assert_string_equal(last_state(f, "I01"), "11");
    assert_string_equal(last_state(f, "I02"), "12");
    assert_int_equal(f->server.count, 3);
    tear_down(f);
}

static void test_starting_openhab(void **state)
{
    (void)state;
    struct fixture *f = set_up(20);
    f->prepared.status = 503;
    start(f, NULL, false);
    publish(f, 20, 10);
    await_told(f, "is not ready (503)");
    f->prepared.status = 404; /* it answers, but has not read its items yet */
    await_told(f, "has none of the 20 items");
    f->prepared.status = 202;
    f->wanted_text = "openHAB has 20 items now that it did not have: I00 (p1.items:1), ";
    run_until(f, is_told_while_fed);
    assert_int_equal(times_told(f, "<4>"), 2);
    tear_down(f);
}

static void test_moved(void **state)
{
    (void)state;
    struct fixture *f = set_up(1);
    f->prepared.status = 301;
    snprintf(f->prepared.head, sizeof f->prepared.head, "Location: https://home.test:8443/x\r\n");
    start(f, NULL, false);
    publish(f, 1, 10);
    await_told(f, "points elsewhere (301): set openhab.url to where openHAB is "
                  "(https://home.test:8443/x)");
    tear_down(f);
}

static void test_one_broken_connection_is_nothing(void **state)
{
    (void)state;
    struct fixture *f = set_up(1);
    start(f, NULL, false);
    publish(f, 1, 10);
    await_answers(f, 1);
    f->to_close = 1;
    publish(f, 1, 11);
    await_requests(f, 2);
    await_waiting(f, 0);
    assert_int_equal(times_told(f, "<4>"), 0);
    assert_string_equal(last_state(f, "I00"), "11");
    tear_down(f);
}

/* openHAB stumbles over one item, time and again: the others do not suffer. */
static void test_one_bad_item(void **state)
{
    (void)state;
    struct fixture *f = set_up(20);
    f->special = "I00";
    f->for_special.status = 500;
    start(f, NULL, false);
    publish(f, 20, 10);
    f->wanted_text = "for I00 (p1.items:1): it answers 500";
    run_until(f, is_told_while_fed);
    await_waiting(f, 1);
    size_t before = server_count(&f->server);
    int64_t begun = loop_now(f->loop);
    for (int i = 1; i <= 10; i++) {
        publish(f, 20, -100 * i);
        await_requests(f, before + 20 * (size_t)i);
    }
    assert_true(loop_now(f->loop) - begun < 900); /* no pause any more */
    assert_int_equal(times_told(f, "I00"), 1);
    assert_true(times_told(f, "<4>") <= 2);
    tear_down(f);
}

static void test_url_is_told_without_password(void **state)
{
    (void)state;
    struct fixture *f = set_up(1);
    snprintf(f->url, sizeof f->url, "http://me:pass%%40word@127.0.0.1:%d", f->server.port);
    start(f, NULL, false);
    server_stop(&f->server);
    publish(f, 1, 10);
    await_told(f, "no openHAB at http://127.0.0.1:");
    assert_null(strstr(f->told, "word"));
    assert_true(server_start(&f->server));
    tear_down(f);
}

static void test_unsuitable_readings_are_told_once(void **state)
{
    (void)state;
    static char energy[] = "Energy";
    struct fixture *f = set_up(3);
    f->items[1].dimension = energy;
    start(f, NULL, false);
    struct dsmr_reading readings[] = {
        {.item = 0, .type = DSMR_TYPE_TEXT, .text = {"no\nnumber", 9}},
        {.item = 1, .type = DSMR_TYPE_NUMBER, .number = {16, 0}, .unit = DSMR_UNIT_A},
        {.item = 2, .type = DSMR_TYPE_TEXT, .text = {"0002", 4}},
    };
    for (int i = 0; i < 3; i++)
        f->sink->kind->publish(f->sink,
                               &(struct readings){.meter = "main", .at = readings, .count = 3});
    await_waiting(f, 0);
    assert_string_equal(last_state(f, "I02"), "2");
    assert_int_equal(times_told(f, "I00 (p1.items:1) gets nothing: "), 1);
    assert_int_equal(times_told(f, "is 'no\\x0Anumber', which is no number; make it a String"), 1);
    assert_int_equal(times_told(f, "I01 (p1.items:2) gets nothing: "), 1);
    assert_int_equal(times_told(f, "is in A, which is no unit of Number:Energy"), 1);
    assert_null(last_state(f, "I00"));
    assert_null(last_state(f, "I01"));
    tear_down(f);
}

static void test_free_while_requests_hang(void **state)
{
    (void)state;
    struct fixture *f = set_up(20);
    f->prepared.status = SERVER_HANG;
    start(f, NULL, false);
    publish(f, 20, 10);
    await_requests(f, 8);
    struct timespec begun, ended;
    clock_gettime(CLOCK_MONOTONIC, &begun);
    tear_down(f);
    clock_gettime(CLOCK_MONOTONIC, &ended);
    assert_true(ended.tv_sec - begun.tv_sec <= 1);
}

static void test_nothing_bound(void **state)
{
    (void)state;
    struct fixture *f = set_up(0);
    start(f, NULL, false);
    publish(f, 20, 10);
    struct openhab_stats stats;
    openhab_sink_stats(f->sink, &stats);
    assert_int_equal(stats.waiting, 0);
    assert_false(stats.connected);
    tear_down(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_request_is_what_openhab_wants),
        cmocka_unit_test(test_no_token_no_header),
        cmocka_unit_test(test_every_telegram_in_line_order),
        cmocka_unit_test(test_only_changes),
        cmocka_unit_test(test_superseded_and_unbound_readings_are_not_sent),
        cmocka_unit_test(test_the_least_and_the_greatest_of_an_interval),
        cmocka_unit_test(test_newest_value_wins),
        cmocka_unit_test(test_missing_item_disturbs_nobody),
        cmocka_unit_test(test_many_missing_items_are_one_line),
        cmocka_unit_test(test_all_missing_points_to_the_url),
        cmocka_unit_test(test_refused_state_is_told_once),
        cmocka_unit_test(test_denied),
        cmocka_unit_test(test_gone_and_back),
        cmocka_unit_test(test_all_values_again_when_back_with_only_changes),
        cmocka_unit_test(test_starting_openhab),
        cmocka_unit_test(test_moved),
        cmocka_unit_test(test_one_broken_connection_is_nothing),
        cmocka_unit_test(test_one_bad_item),
        cmocka_unit_test(test_url_is_told_without_password),
        cmocka_unit_test(test_unsuitable_readings_are_told_once),
        cmocka_unit_test(test_free_while_requests_hang),
        cmocka_unit_test(test_nothing_bound),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
