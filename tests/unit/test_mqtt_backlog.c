/* SPDX-License-Identifier: MIT */
/* What becomes of messages that a broker refuses, and of those behind them: on a clock of the test's
 * own, with a real folder and a broker that does what the test wants. */
#include "sink/mqtt_backlog.c"

#include "folder.h"
#include "own_clock.h"

enum { JOBS = 8, SEEN = 20000, NOT_AUTHORIZED = 135, QUOTA = 151 };

/* ------------------------------------------------------------------------------------------------
 * The pool: jobs run when the test lets them
 */

static struct {
    void (*work)(void *context);
    void (*done)(void *context);
    void *context;
} jobs[JOBS];
static size_t job_count;

void loop_work(struct loop *loop, void (*work)(void *context), void (*done)(void *context),
               void *context)
{
    (void)loop;
    assert_true(job_count < JOBS);
    jobs[job_count].work = work;
    jobs[job_count].done = done;
    jobs[job_count++].context = context;
}

static void run_jobs(void)
{
    for (size_t i = 0; i < job_count; i++) {
        jobs[i].work(jobs[i].context);
        jobs[i].done(jobs[i].context);
    }
    job_count = 0;
}

/* ------------------------------------------------------------------------------------------------
 * The broker
 */

struct message {
    uint64_t tag;
    char topic[40];
    size_t size;
    int number; /* that the payload tells */
};

struct mqtt_client {
    int (*judge)(const struct message *message); /* 0 to take it, or why not; -1 hangs up */
    bool away;
    struct message flying[MQTT_IN_FLIGHT];
    size_t count;
    int seen[SEEN]; /* numbers that it took, in their order */
    size_t seen_count;
    size_t judged;
};

size_t mqtt_client_room(const struct mqtt_client *client)
{
    return client->away ? 0 : MQTT_IN_FLIGHT - client->count;
}

bool mqtt_client_publish(struct mqtt_client *client, const char *topic, const char *payload,
                         size_t size, int qos, bool retain, uint64_t tag)
{
    assert_int_equal(qos, 1);
    assert_false(retain);
    if (mqtt_client_room(client) == 0)
        return false;
    struct message *message = &client->flying[client->count++];
    *message = (struct message){.tag = tag, .size = size};
    snprintf(message->topic, sizeof message->topic, "%s", topic);
    assert_int_equal(sscanf(payload, "{\"n\":%d", &message->number), 1);
    return true;
}

static int take_all(const struct message *message)
{
    (void)message;
    return 0;
}

static int refuse_all(const struct message *message)
{
    (void)message;
    return NOT_AUTHORIZED;
}

static int refuse_number_5(const struct message *message)
{
    return message->number == 5 ? NOT_AUTHORIZED : 0;
}

static int refuse_garage(const struct message *message)
{
    return strstr(message->topic, "garage") ? NOT_AUTHORIZED : 0;
}

static int refuse_number_5_for_a_quota(const struct message *message)
{
    return message->number == 5 ? QUOTA : 0;
}

static int hang_up_at_large_ones(const struct message *message)
{
    return message->size > 10000 ? -1 : 0;
}

static int hang_up_at_number_5(const struct message *message)
{
    return message->number == 5 ? -1 : 0;
}

/* ------------------------------------------------------------------------------------------------
 * The house
 */

struct fixture {
    struct folder folder;
    struct log log;
    char told[4000];
    struct mqtt_client broker;
    struct mqtt_backlog *backlog;
    int added;
};

static void keep_line(void *context, enum log_level level, const char *line)
{
    struct fixture *f = context;
    if (level <= LOG_WARN)
        snprintf(f->told + strlen(f->told), sizeof f->told - strlen(f->told), "%s\n", line);
}

static void on_ready(void *context)
{
    (void)context; /* the test pumps */
}

static void open_backlog(struct fixture *f, const char *path)
{
    char *error = NULL;
    struct mqtt_backlog_setup setup = {
        .loop = &own_loop,
        .log = &f->log,
        .folder = path,
        .limit = 100 * 1024 * 1024,
        .rate = 100000,
        .qos = 1,
        .ready = on_ready,
    };
    f->backlog = mqtt_backlog_new(&setup, &error);
    assert_non_null(f->backlog);
}

static struct fixture *set_up(int (*judge)(const struct message *message))
{
    struct fixture *f = memory_new(1, sizeof *f);
    memset(&own_loop, 0, sizeof own_loop);
    own_loop.now = 1;
    job_count = 0;
    f->log = (struct log){.level = LOG_INFO, .mirror = keep_line, .mirror_context = f};
    f->broker.judge = judge;
    folder_make(&f->folder);
    open_backlog(f, f->folder.path);
    return f;
}

static void tear_down(struct fixture *f)
{
    mqtt_backlog_free(f->backlog);
    run_jobs();
    folder_remove(&f->folder);
    free(f);
}

static void add(struct fixture *f, const char *topic, size_t size)
{
    char *payload = memory_new(size + 32, 1);
    snprintf(payload, 32, "{\"n\":%d,", ++f->added);
    memset(payload + strlen(payload), 'x', size);
    mqtt_backlog_add(f->backlog, topic, payload, size > 32 ? size : 32);
    free(payload);
}

static void add_many(struct fixture *f, int count, size_t size)
{
    for (int i = 0; i < count; i++)
        add(f, "dsmr/main/json", size);
}

static void hang_up(struct fixture *f, size_t from)
{
    const struct mqtt_end end = {.was_up = true, .closed = true};
    struct mqtt_client *broker = &f->broker;
    size_t count = broker->count;
    broker->count = 0;
    for (size_t i = from; i < count; i++)
        mqtt_backlog_settled(f->backlog, broker->flying[i].tag, MQTT_RETURNED, 0);
    mqtt_backlog_lost(f->backlog, &end);
}

/* The broker looks at what flies, in its order. */
static void answer(struct fixture *f)
{
    struct mqtt_client *broker = &f->broker;
    size_t count = broker->count;
    for (size_t i = 0; i < count; i++) {
        const struct message *message = &broker->flying[i];
        int reason = broker->judge(message);
        broker->judged++;
        if (reason < 0) {
            hang_up(f, i);
            return;
        }
        if (reason == 0 && broker->seen_count < SEEN)
            broker->seen[broker->seen_count++] = message->number;
        mqtt_backlog_settled(f->backlog, message->tag, reason == 0 ? MQTT_DELIVERED : MQTT_REFUSED,
                             reason);
    }
    broker->count = 0;
}

/* Until nothing more happens at this moment. */
static void pump(struct fixture *f)
{
    do {
        run_jobs();
        while (mqtt_backlog_send(f->backlog, &f->broker))
            continue;
        answer(f);
    } while (job_count > 0 || f->broker.count > 0);
}

static void pass(struct fixture *f, int seconds)
{
    for (int i = 0; i < 4 * seconds; i++) {
        own_time_passes(250);
        pump(f);
    }
}

static uint64_t waiting(struct fixture *f, uint64_t *left_out)
{
    struct spool_stats stats;
    *left_out = mqtt_backlog_stats(f->backlog, &stats);
    return stats.waiting;
}

static void assert_state(struct fixture *f, uint64_t expected_waiting, uint64_t expected_left_out)
{
    uint64_t left_out;
    assert_int_equal(waiting(f, &left_out), expected_waiting);
    assert_int_equal(left_out, expected_left_out);
}

static bool came(const struct fixture *f, int number)
{
    for (size_t i = 0; i < f->broker.seen_count; i++)
        if (f->broker.seen[i] == number)
            return true;
    return false;
}

static void assert_rising(const struct fixture *f)
{
    for (size_t i = 1; i < f->broker.seen_count; i++)
        assert_true(f->broker.seen[i] > f->broker.seen[i - 1]);
}

static size_t count_lines(const char *text)
{
    size_t count = 0;
    for (; *text != '\0'; text++)
        count += *text == '\n';
    return count;
}

/* ------------------------------------------------------------------------------------------------
 * Refusals
 */

static void test_those_behind_a_refused_one_flow_at_once_and_in_order(void **state)
{
    (void)state;
    struct fixture *f = set_up(refuse_number_5);
    add_many(f, 100, 1000);
    pass(f, 1);
    assert_int_equal(f->broker.seen_count, 99);
    assert_rising(f);
    assert_state(f, 1, 0);
    assert_string_equal(f->told, "");
    tear_down(f);
}

static void test_one_that_is_refused_again_and_again_is_left_out_and_told(void **state)
{
    (void)state;
    struct fixture *f = set_up(refuse_number_5);
    for (int i = 0; i < 60; i++) {
        add_many(f, 1, 1000);
        pass(f, 1);
    }
    assert_state(f, 0, 1);
    assert_int_equal(f->broker.seen_count, 59);
    assert_int_equal(f->broker.judged, 59 + MQTT_STRIKES);
    assert_rising(f);
    assert_string_equal(
        f->told, "mqtt: the broker refuses a message of 1000 bytes for dsmr/main/json and takes "
                 "others: not authorized (135); it is left out, 1 of them so far\n");
    tear_down(f);
}

static void test_one_that_is_taken_later_is_not_lost(void **state)
{
    (void)state;
    struct fixture *f = set_up(refuse_number_5);
    add_many(f, 20, 1000);
    pass(f, 1);
    f->broker.judge = take_all;
    pass(f, 20);
    assert_true(came(f, 5));
    assert_state(f, 0, 0);
    tear_down(f);
}

static void test_a_broker_that_refuses_everything_costs_nothing(void **state)
{
    (void)state;
    struct fixture *f = set_up(refuse_all);
    add_many(f, 300, 1000);
    for (int i = 0; i < 1800; i++) {
        add_many(f, 1, 1000);
        pass(f, 1);
    }
    assert_state(f, 2100, 0);
    assert_true(f->broker.judged < 128 * 1800 / 30 + 300);
    f->broker.judge = take_all;
    pass(f, 60);
    assert_int_equal(f->broker.seen_count, 2100);
    assert_rising(f);
    assert_state(f, 0, 0);
    assert_int_equal(count_lines(f->told), 1);
    assert_non_null(strstr(f->told, "they are kept and tried again each 30 s"));
    tear_down(f);
}

/* Each time it comes back it takes what it refused before: those refusals were not the messages'. */
static void test_maintenance_again_and_again_costs_nothing(void **state)
{
    (void)state;
    struct fixture *f = set_up(take_all);
    for (int i = 0; i < 20; i++) {
        f->broker.judge = refuse_all;
        for (int j = 0; j < 40; j++) {
            add_many(f, 1, 1000);
            pass(f, 1);
        }
        f->broker.judge = take_all;
        pass(f, 60);
    }
    assert_int_equal(f->broker.seen_count, 800);
    assert_state(f, 0, 0);
    tear_down(f);
}

static void test_a_meter_that_is_refused_does_not_hold_up_another(void **state)
{
    (void)state;
    struct fixture *f = set_up(refuse_garage);
    for (int i = 0; i < 200; i++) {
        for (int j = 0; j < 20; j++)
            add(f, "dsmr/garage/json", 2000);
        add(f, "dsmr/main/json", 2000);
        pass(f, 1);
    }
    assert_int_equal(f->broker.seen_count, 200);
    assert_rising(f);
    assert_int_equal(count_lines(f->told), 2); /* the first, and again after a minute */
    tear_down(f);
}

static void test_a_passing_reason_needs_much_more(void **state)
{
    (void)state;
    struct fixture *f = set_up(refuse_number_5_for_a_quota);
    for (int i = 0; i < 600; i++) {
        add_many(f, 1, 1000);
        pass(f, 1);
    }
    assert_state(f, 1, 0);
    f->broker.judge = take_all;
    pass(f, 200);
    assert_true(came(f, 5));
    assert_state(f, 0, 0);
    tear_down(f);
}

/* As after a change of mqtt.json: all that waits is refused for ever, and only new ones are taken. */
static void check_a_run_in_front(int run)
{
    struct fixture *f = set_up(refuse_garage);
    for (int i = 0; i < run; i++) {
        add(f, "dsmr/garage/json", 2000);
        pump(f);
    }
    pass(f, 70);
    assert_state(f, (uint64_t)run, 0);
    for (int i = 0; i < 100; i++) {
        add_many(f, 1, 2000);
        pass(f, 1);
        assert_true(f->broker.seen_count + 6 > (size_t)i);
    }
    pass(f, 5);
    assert_int_equal(f->broker.seen_count, 100);
    assert_rising(f);
    uint64_t left_out;
    waiting(f, &left_out);
    assert_true(left_out > 0);
    assert_ptr_equal(strstr(f->told, "the broker refuses all"), f->told + strlen("mqtt: "));
    assert_non_null(strstr(f->told, "access list"));
    tear_down(f);
}

static void test_hundreds_of_refused_ones_in_front_do_not_hide_a_good_one(void **state)
{
    (void)state;
    check_a_run_in_front(300);
}

static void test_thousands_of_refused_ones_in_front_do_not_hide_a_good_one(void **state)
{
    (void)state;
    check_a_run_in_front(5000);
}

/* Only a new one can be the scout: it comes again in its turn. */
static void test_more_refused_ones_than_fit_into_memory_do_not_hide_a_good_one(void **state)
{
    (void)state;
    struct fixture *f = set_up(refuse_garage);
    const int run = 2500;
    for (int i = 0; i < run; i++) {
        add(f, "dsmr/garage/json", 10000);
        pump(f);
    }
    pass(f, 70);
    for (int i = 0; i < 60; i++) {
        add_many(f, 1, 2000);
        pass(f, 1);
        assert_true(f->broker.seen_count > 0);
    }
    pass(f, 40);
    for (int i = 1; i <= 60; i++)
        assert_true(came(f, run + i));
    assert_true(f->broker.seen_count < 60 + 60);
    tear_down(f);
}

/* More than is kept in memory comes behind it. */
static void test_megabytes_flow_past_a_refused_one(void **state)
{
    (void)state;
    struct fixture *f = set_up(refuse_number_5);
    f->broker.away = true;
    for (int i = 0; i < 100; i++) {
        add_many(f, 100, 500);
        pump(f);
    }
    f->broker.away = false;
    pass(f, 5);
    assert_int_equal(f->broker.seen_count, 9999);
    assert_rising(f);
    assert_state(f, 1, 0);
    tear_down(f);
}

/* ------------------------------------------------------------------------------------------------
 * kill -9
 */

static void copy_folder(struct folder *from, const char *to)
{
    char command[200];
    snprintf(command, sizeof command, "cp %s/* %s/", from->path, to);
    assert_int_equal(system(command), 0);
}

static void test_after_a_kill_only_the_refused_one_comes_again(void **state)
{
    (void)state;
    struct fixture *f = set_up(refuse_number_5);
    struct folder as_it_was;
    add_many(f, 3000, 500);
    pass(f, 2);
    assert_state(f, 1, 0);
    folder_make(&as_it_was);
    copy_folder(&f->folder, as_it_was.path);
    mqtt_backlog_free(f->backlog);
    /* What the broker had, it does not get again; new ones get numbers of their own. */
    open_backlog(f, as_it_was.path);
    assert_int_equal(mqtt_backlog_number(f->backlog), 3001);
    assert_state(f, 1, 0);
    f->broker.judge = take_all;
    f->broker.seen_count = 0;
    add_many(f, 2, 500);
    pass(f, 2);
    assert_int_equal(f->broker.seen_count, 3);
    assert_int_equal(f->broker.seen[0], 5);
    assert_int_equal(f->broker.seen[1], 3001);
    assert_state(f, 0, 0);
    tear_down(f);
    folder_remove(&as_it_was);
}

/* ------------------------------------------------------------------------------------------------
 * A broker that hangs up, as those of MQTT 3.1.1 do
 */

static void test_one_at_which_the_broker_hangs_up_is_found_and_left_out(void **state)
{
    (void)state;
    struct fixture *f = set_up(hang_up_at_large_ones);
    add_many(f, 10, 1000);
    add(f, "dsmr/main/json", 20000);
    for (int i = 0; i < 90; i++) {
        add_many(f, 1, 1000);
        pass(f, 1);
    }
    assert_int_equal(f->broker.seen_count, 100);
    assert_rising(f);
    assert_state(f, 0, 1);
    assert_non_null(strstr(f->told,
                           "the broker closes the connection at a message of 20000 bytes for "
                           "dsmr/main/json and takes others"));
    tear_down(f);
}

static void test_a_connection_that_breaks_is_not_a_messages_fault(void **state)
{
    (void)state;
    struct fixture *f = set_up(hang_up_at_number_5);
    for (int i = 0; i < 120; i++) {
        add_many(f, 1, 1000);
        pass(f, 1);
    }
    /* The broker takes others that are as large, at the same topic: this one is tried for ever. */
    assert_int_equal(f->broker.seen_count, 119);
    assert_state(f, 1, 0);
    f->broker.judge = take_all;
    pass(f, 20);
    assert_true(came(f, 5));
    assert_state(f, 0, 0);
    tear_down(f);
}

static void test_messages_go_alone_until_that_one_is_known(void **state)
{
    (void)state;
    struct fixture *f = set_up(take_all);
    add_many(f, 15, 1000);
    run_jobs();
    while (mqtt_backlog_send(f->backlog, &f->broker))
        continue;
    assert_int_equal(f->broker.count, IN_FLIGHT);
    hang_up(f, 0);
    run_jobs();
    /* Something else is under way. */
    f->broker.count = 1;
    assert_false(mqtt_backlog_send(f->backlog, &f->broker));
    assert_true(mqtt_backlog_needs_quiet(f->backlog));
    f->broker.count = 0;
    assert_true(mqtt_backlog_send(f->backlog, &f->broker));
    assert_true(mqtt_backlog_needs_quiet(f->backlog));
    assert_false(mqtt_backlog_send(f->backlog, &f->broker));
    pass(f, 1);
    assert_false(mqtt_backlog_needs_quiet(f->backlog));
    assert_int_equal(f->broker.seen_count, 15);
    assert_rising(f);
    tear_down(f);
}

/* ------------------------------------------------------------------------------------------------
 * What is none of MQTT's
 */

static void test_records_of_push_are_left_out_and_told(void **state)
{
    (void)state;
    static const char *const theirs[] = {"J{\"meter\":\"main\"}", "Idsmr,meter=main x=1 1", "",
                                         "+"};
    struct fixture *f = set_up(take_all);
    for (int i = 0; i < 500; i++)
        spool_add(f->backlog->spool, theirs[i % 4], strlen(theirs[i % 4]));
    spool_add(f->backlog->spool, "dsmr/#\0{}", 9);
    add_many(f, 3, 1000);
    pass(f, 2);
    assert_int_equal(f->broker.seen_count, 3);
    assert_state(f, 0, 501);
    assert_non_null(
        strstr(f->told, "holds records that are none of MQTT's, as push.spool has them"));
    assert_int_equal(count_lines(f->told), 1);
    tear_down(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_those_behind_a_refused_one_flow_at_once_and_in_order),
        cmocka_unit_test(test_one_that_is_refused_again_and_again_is_left_out_and_told),
        cmocka_unit_test(test_one_that_is_taken_later_is_not_lost),
        cmocka_unit_test(test_a_broker_that_refuses_everything_costs_nothing),
        cmocka_unit_test(test_maintenance_again_and_again_costs_nothing),
        cmocka_unit_test(test_a_meter_that_is_refused_does_not_hold_up_another),
        cmocka_unit_test(test_a_passing_reason_needs_much_more),
        cmocka_unit_test(test_hundreds_of_refused_ones_in_front_do_not_hide_a_good_one),
        cmocka_unit_test(test_thousands_of_refused_ones_in_front_do_not_hide_a_good_one),
        cmocka_unit_test(test_more_refused_ones_than_fit_into_memory_do_not_hide_a_good_one),
        cmocka_unit_test(test_megabytes_flow_past_a_refused_one),
        cmocka_unit_test(test_after_a_kill_only_the_refused_one_comes_again),
        cmocka_unit_test(test_one_at_which_the_broker_hangs_up_is_found_and_left_out),
        cmocka_unit_test(test_a_connection_that_breaks_is_not_a_messages_fault),
        cmocka_unit_test(test_messages_go_alone_until_that_one_is_known),
        cmocka_unit_test(test_records_of_push_are_left_out_and_told),
    };
    return cmocka_run_group_tests_name("mqtt backlog", tests, NULL, NULL);
}
