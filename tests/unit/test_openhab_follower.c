/* SPDX-License-Identifier: MIT */
/* The sink that follows openHAB's own list of items, against a server that tells what a test wants. */
#include "sink/openhab_follower.c"

#include "http_server.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <time.h>

#include <cmocka.h>

enum { DEADLINE_MS = 30000 };

struct fixture {
    struct loop *loop;
    struct log log;
    char *told;
    size_t told_size;
    struct http_server server;
    struct config config;
    struct sink *sink;
    char url[100];
    struct server_answer list; /* answer to the question for the list */
    int list_count;            /* how often it was asked for */
    int put_status;
    bool (*condition)(struct fixture *f);
    const char *wanted_text;
    const char *wanted_item;
    int wanted_count;
};

/* Long but for what a test waits for. */
static const struct follower_times patient = {
    .settle = 20,
    .refresh = 50,
    .empty = 30,
    .loss = 3600 * 1000,
    .starting = 3600 * 1000,
    .start = 3600 * 1000,
};

static void decide(void *context, const struct seen_request *request, struct server_answer *answer)
{
    struct fixture *f = context;
    if (strcmp(request->path, OPENHAB_LIST_PATH) == 0) {
        f->list_count++;
        *answer = f->list;
    } else if (strcmp(request->method, "PUT") == 0) {
        answer->status = f->put_status;
    } else {
        answer->status = 403; /* things are for administrators */
    }
}

/* The list that the server tells from now on: items named by letters, bound to eActualDelivery. */
static void tell_items(struct fixture *f, const char *letters)
{
    size_t size = 1;
    pthread_mutex_lock(&f->server.lock);
    f->list.status = 200;
    strcpy(f->list.body, "[");
    for (const char *letter = letters; *letter != '\0'; letter++)
        size += (size_t)snprintf(f->list.body + size, sizeof f->list.body - size,
                                 "%s{\"type\":\"Number\",\"name\":\"%c\",\"metadata\":{\"dsmr\":"
                                 "{\"value\":\"eActualDelivery\"}}}",
                                 letter > letters ? "," : "", *letter);
    snprintf(f->list.body + size, sizeof f->list.body - size, "]");
    pthread_mutex_unlock(&f->server.lock);
}

static void tell_status(struct fixture *f, int status)
{
    pthread_mutex_lock(&f->server.lock);
    f->list.status = status;
    f->list.body[0] = '\0';
    pthread_mutex_unlock(&f->server.lock);
}

static struct fixture *set_up(const char *letters, const struct follower_times *times)
{
    static const char configuration[] = "port=simulated:\n";
    struct complaints complaints = {0};
    struct fixture *f = calloc(1, sizeof *f);
    assert_non_null(f);
    f->loop = loop_new();
    f->log = (struct log){.level = LOG_INFO, .journal = true};
    f->log.stream = open_memstream(&f->told, &f->told_size);
    f->put_status = 202;
    f->server.decide = decide;
    f->server.context = f;
    assert_true(server_start(&f->server));
    tell_items(f, letters);
    snprintf(f->url, sizeof f->url, "http://127.0.0.1:%d", f->server.port);
    config_init(&f->config);
    config_read_text(&f->config, "dsmr.cfg", configuration, sizeof configuration - 1, &complaints);
    assert_int_equal(complaints.count, 0);
    f->sink = new_follower(&(struct openhab_setup){.url = f->url, .loop = f->loop, .log = &f->log},
                           &f->config, times);
    return f;
}

static void tear_down(struct fixture *f)
{
    f->sink->kind->free(f->sink);
    assert_true(loop_free(f->loop));
    server_stop(&f->server);
    config_free(&f->config);
    fclose(f->log.stream);
    free(f->told);
    free(f);
}

static void on_late(void *context)
{
    struct fixture *f = context;
    fail_msg("not within %d ms; %d lists, %zu requests, told was:\n%s", DEADLINE_MS, f->list_count,
             f->server.count, f->told);
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

static bool is_told(struct fixture *f)
{
    fflush(f->log.stream);
    return strstr(f->told, f->wanted_text) != NULL;
}

static void await_told(struct fixture *f, const char *text)
{
    f->wanted_text = text;
    run_until(f, is_told);
}

static int count_puts(struct fixture *f, const char *item)
{
    char path[100];
    int count = 0;
    snprintf(path, sizeof path, "/rest/items/%s/state", item);
    pthread_mutex_lock(&f->server.lock);
    for (size_t i = 0; i < f->server.count; i++)
        count += strcmp(f->server.requests[i].path, path) == 0;
    pthread_mutex_unlock(&f->server.lock);
    return count;
}

static bool has_puts(struct fixture *f)
{
    return count_puts(f, f->wanted_item) >= f->wanted_count;
}

static void await_puts(struct fixture *f, const char *item, int count)
{
    f->wanted_item = item;
    f->wanted_count = count;
    run_until(f, has_puts);
}

static int count_lists(struct fixture *f)
{
    pthread_mutex_lock(&f->server.lock);
    int count = f->list_count;
    pthread_mutex_unlock(&f->server.lock);
    return count;
}

static bool has_lists(struct fixture *f)
{
    return count_lists(f) >= f->wanted_count;
}

/* Until the list was asked for so often more. */
static void await_lists(struct fixture *f, int more)
{
    f->wanted_count = count_lists(f) + more;
    run_until(f, has_lists);
}

static void publish(struct fixture *f, int64_t value)
{
    static const char id[] = "eActualDelivery";
    const struct dsmr_reading reading = {.item =
                                             dsmr_item_find((struct dsmr_text){id, sizeof id - 1}),
                                         .type = DSMR_TYPE_NUMBER,
                                         .number = {value, 3},
                                         .unit = DSMR_UNIT_KW};
    f->sink->kind->publish(f->sink,
                           &(struct readings){.meter = "main", .at = &reading, .count = 1});
}

static void test_a_new_item_gets_the_newest_value_without_a_telegram(void **state)
{
    (void)state;
    struct fixture *f = set_up("a", &patient);
    publish(f, 1234); /* before the list is known */
    await_puts(f, "a", 1);
    tell_items(f, "ab");
    await_puts(f, "b", 1);
    await_told(f, "of openHAB's items 1 more is bound (b)");
    tear_down(f);
}

static void test_an_item_that_is_missing_for_a_moment_is_fed_on(void **state)
{
    (void)state;
    struct fixture *f = set_up("ab", &patient);
    await_told(f, "feeding 2 items");
    tell_items(f, "a");
    await_lists(f, 3);
    publish(f, 1);
    await_puts(f, "b", 1);
    tell_items(f, "abc"); /* the feeder is another then, and has all three */
    await_told(f, "feeding 3 items");
    assert_null(strstr(f->told, "no longer"));
    tear_down(f);
}

static void test_an_item_that_stays_missing_is_fed_no_more(void **state)
{
    (void)state;
    struct follower_times quick = patient;
    quick.loss = 60;
    struct fixture *f = set_up("ab", &quick);
    await_told(f, "feeding 2 items");
    tell_items(f, "a");
    await_told(f, "of openHAB's items 1 is bound no longer (b)");
    await_told(f, "feeding 1 item ");
    int before = count_puts(f, "b");
    publish(f, 1);
    publish(f, 2);
    await_puts(f, "a", 1);
    assert_int_equal(count_puts(f, "b"), before);
    tear_down(f);
}

/* An openHAB that starts has few items, or none, for a while. */
static void test_more_patience_with_an_openhab_that_starts(void **state)
{
    (void)state;
    struct follower_times quick = patient;
    quick.loss = 0;
    struct fixture *f = set_up("ab", &quick);
    await_told(f, "feeding 2 items");
    tell_items(f, "");
    await_lists(f, 3);
    tell_status(f, 503);
    await_lists(f, 1);
    tell_items(f, "a");
    await_lists(f, 3);
    publish(f, 1);
    await_puts(f, "b", 1);
    assert_null(strstr(f->told, "no longer"));
    tear_down(f);
}

static void test_none_bound_is_told_when_it_stays_so(void **state)
{
    (void)state;
    struct fixture *f = set_up("", &patient);
    await_told(f, "no item of openHAB is bound to a reading");
    await_lists(f, 5);
    tell_items(f, "a");
    await_told(f, "of openHAB's items 1 more is bound (a)");
    const char *first = strstr(f->told, "no item of openHAB");
    assert_null(strstr(first + 1, "no item of openHAB"));
    tear_down(f);
}

static bool is_missing(struct fixture *f)
{
    struct openhab_stats stats;
    openhab_sink_stats(((struct follower *)f->sink)->feeder, &stats);
    return stats.missing > 0;
}

static void test_a_missing_item_is_a_reason_to_look_soon(void **state)
{
    (void)state;
    struct follower_times slow = patient;
    slow.refresh = 3600 * 1000;
    struct fixture *f = set_up("a", &slow);
    struct follower *follower = (struct follower *)f->sink;
    await_told(f, "feeding 1 item ");
    await_lists(f, 2);
    f->put_status = 404;
    publish(f, 1);
    run_until(f, is_missing);
    assert_true(follower->settling.pause_ms > 2 * slow.settle);
    publish(f, 2);
    assert_int_equal(follower->settling.pause_ms, 0);
    assert_true(loop_timer_running(follower->timer) || follower->asking);
    tear_down(f);
}

static bool is_gone(struct fixture *f)
{
    struct openhab_stats stats;
    openhab_sink_stats(((struct follower *)f->sink)->feeder, &stats);
    return !stats.connected;
}

static bool is_back(struct fixture *f)
{
    return !is_gone(f);
}

static void test_an_openhab_that_came_back_is_asked_soon(void **state)
{
    (void)state;
    struct follower_times slow = patient;
    slow.refresh = 3600 * 1000;
    struct fixture *f = set_up("a", &slow);
    struct follower *follower = (struct follower *)f->sink;
    publish(f, 1);
    await_told(f, "feeding 1 item ");
    await_puts(f, "a", 1);
    run_until(f, is_back);
    publish(f, 2);
    assert_true(follower->connected);
    f->put_status = 503;
    publish(f, 3);
    run_until(f, is_gone);
    publish(f, 4);
    assert_true(follower->gone && follower->troubled);
    f->put_status = 202;
    run_until(f, is_back);
    assert_true(follower->settling.pause_ms > 0);
    publish(f, 5);
    assert_false(follower->gone);
    assert_int_equal(follower->settling.pause_ms, 0);
    tear_down(f);
}

static void test_trouble_with_the_list_is_told_once_and_while_nobody_else_does(void **state)
{
    (void)state;
    struct fixture *f = set_up("a", &patient);
    struct follower *follower = (struct follower *)f->sink;
    await_told(f, "feeding 1 item ");
    tell_status(f, 503); /* the feeder will notice */
    await_lists(f, 2);
    assert_null(strstr(f->told, "is not ready"));
    follower->failing.longest_ms = 20;
    backoff_reset(&follower->failing);
    tell_status(f, 404);
    await_told(f, " does not tell its items: it answers 404; is openHAB still starting, is ");
    await_lists(f, 3);
    tell_items(f, "a");
    await_told(f, "openHAB tells its items again");
    assert_null(strstr(strstr(f->told, "answers 404") + 1, "answers 404"));
    tear_down(f);
}

static void test_it_ends_at_once_while_a_question_hangs(void **state)
{
    (void)state;
    struct fixture *f = set_up("a", &patient);
    await_told(f, "feeding 1 item ");
    tell_status(f, SERVER_HANG);
    await_lists(f, 1);
    publish(f, 1);
    tear_down(f);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_new_item_gets_the_newest_value_without_a_telegram),
        cmocka_unit_test(test_an_item_that_is_missing_for_a_moment_is_fed_on),
        cmocka_unit_test(test_an_item_that_stays_missing_is_fed_no_more),
        cmocka_unit_test(test_more_patience_with_an_openhab_that_starts),
        cmocka_unit_test(test_none_bound_is_told_when_it_stays_so),
        cmocka_unit_test(test_a_missing_item_is_a_reason_to_look_soon),
        cmocka_unit_test(test_an_openhab_that_came_back_is_asked_soon),
        cmocka_unit_test(test_trouble_with_the_list_is_told_once_and_while_nobody_else_does),
        cmocka_unit_test(test_it_ends_at_once_while_a_question_hangs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
