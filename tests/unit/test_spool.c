/* SPDX-License-Identifier: MIT */
/* The spool on a real loop and a real folder: order, what comes again, and what a full disk does. */
#include "spool/spool.h"

#include "core/memory.h"

#include <dirent.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cmocka.h>

enum { DEADLINE_MS = 20000, AMPLE = 100 * 1024 * 1024 };

struct fixture {
    char path[64];
    struct loop *loop;
    struct log log;
    char *told;
    size_t told_size;
    struct spool *spool;
    struct loop_timer *deadline;
    struct loop_timer *poll;
    bool (*condition)(struct fixture *f);
    uint64_t limit;
    uint64_t taken; /* the number taken last */
    uint64_t wanted;
    bool late;
};

static void on_ready(void *context)
{
    (void)context; /* the tests look for themselves */
}

static void open_spool(struct fixture *f)
{
    char *error = NULL;
    struct spool_setup setup = {
        .loop = f->loop,
        .log = &f->log,
        .topic = "mqtt",
        .folder = f->path,
        .limit = f->limit,
        .ready = on_ready,
        .context = f,
    };
    f->spool = spool_open(&setup, &error);
    if (f->spool == NULL)
        print_error("%s\n", error);
    assert_non_null(f->spool);
}

static void on_deadline(void *context)
{
    struct fixture *f = context;
    f->late = true;
    loop_stop(f->loop);
}

static void on_poll(void *context)
{
    struct fixture *f = context;
    if (f->condition(f))
        loop_stop(f->loop);
}

static struct fixture *set_up(uint64_t limit)
{
    struct fixture *f = calloc(1, sizeof *f);
    assert_non_null(f);
    strcpy(f->path, "/tmp/dsmr-spool-XXXXXX");
    assert_non_null(mkdtemp(f->path));
    f->limit = limit;
    f->loop = loop_new();
    f->log = (struct log){.level = LOG_INFO, .journal = true};
    f->log.stream = open_memstream(&f->told, &f->told_size);
    f->deadline = loop_timer_new(f->loop, on_deadline, f);
    f->poll = loop_timer_new(f->loop, on_poll, f);
    open_spool(f);
    return f;
}

static void remove_folder(const char *path)
{
    char name[400];
    DIR *folder = opendir(path);
    struct dirent *entry;
    assert_non_null(folder);
    while ((entry = readdir(folder)) != NULL) {
        snprintf(name, sizeof name, "%s/%s", path, entry->d_name);
        unlink(name);
    }
    closedir(folder);
    assert_int_equal(rmdir(path), 0);
}

static void tear_down(struct fixture *f)
{
    spool_close(f->spool);
    loop_timer_free(f->deadline);
    loop_timer_free(f->poll);
    assert_true(loop_free(f->loop));
    fclose(f->log.stream);
    free(f->told);
    remove_folder(f->path);
    free(f);
}

static void run_until(struct fixture *f, bool (*condition)(struct fixture *f))
{
    f->condition = condition;
    f->late = false;
    loop_timer_start(f->deadline, DEADLINE_MS, 0);
    loop_timer_start(f->poll, 0, 1);
    loop_run(f->loop);
    loop_timer_stop(f->deadline);
    loop_timer_stop(f->poll);
    assert_false(f->late);
}

/* The text of a record: its number, and something behind it that makes it long. */
static void add(struct fixture *f, size_t size)
{
    char *text = memory_new(size + 32, 1);
    uint64_t number = spool_next_number(f->spool);
    snprintf(text, 32, "%llu ", (unsigned long long)number);
    memset(text + strlen(text), 'x', size);
    spool_add(f->spool, text, size + 20);
    free(text);
}

static void add_many(struct fixture *f, int count, size_t size)
{
    for (int i = 0; i < count; i++)
        add(f, size);
}

/* Takes one, and sees that it is right. */
static bool take(struct fixture *f)
{
    const struct spool_record *record = spool_take(f->spool);
    if (record == NULL)
        return false;
    assert_true(record->number > f->taken);
    assert_int_equal(strtoull(record->bytes, NULL, 10), record->number);
    f->taken = record->number;
    return true;
}

static uint64_t waiting(const struct fixture *f)
{
    struct spool_stats stats;
    spool_stats(f->spool, &stats);
    return stats.waiting;
}

static bool took_next(struct fixture *f)
{
    uint64_t before = f->taken;
    bool took = take(f);
    if (took)
        assert_int_equal(f->taken, before + 1);
    return took;
}

/* Takes all up to a number, one after the other, and says of each that it is done. */
static bool delivered_all(struct fixture *f)
{
    while (f->taken < f->wanted && took_next(f))
        spool_done(f->spool, f->taken);
    return f->taken == f->wanted;
}

static void deliver_up_to(struct fixture *f, uint64_t number)
{
    f->wanted = number;
    run_until(f, delivered_all);
}

static bool is_all_on_disk(struct fixture *f)
{
    struct spool_stats stats;
    spool_stats(f->spool, &stats);
    return stats.fresh == 0;
}

static void open_again(struct fixture *f)
{
    spool_close(f->spool);
    open_spool(f);
}

static void test_first_in_first_out(void **state)
{
    (void)state;
    struct fixture *f = set_up(AMPLE);
    struct spool_stats stats;
    assert_int_equal(spool_next_number(f->spool), 1);
    assert_null(spool_take(f->spool));
    add_many(f, 100, 50);
    deliver_up_to(f, 100);
    assert_null(spool_take(f->spool));
    spool_stats(f->spool, &stats);
    assert_int_equal(stats.waiting, 0);
    assert_int_equal(stats.done, 100);
    assert_int_equal(stats.dropped, 0);
    tear_down(f);
}

static void test_nothing_is_taken_before_it_is_written(void **state)
{
    (void)state;
    struct fixture *f = set_up(AMPLE);
    add(f, 50);
    assert_null(spool_take(f->spool));
    deliver_up_to(f, 1);
    tear_down(f);
}

static void test_what_is_not_done_comes_again(void **state)
{
    (void)state;
    struct fixture *f = set_up(AMPLE);
    add_many(f, 5, 50);
    f->condition = took_next;
    for (int i = 0; i < 5; i++)
        run_until(f, took_next);
    /* The broker may acknowledge in any order. */
    spool_done(f->spool, 4);
    spool_done(f->spool, 1);
    spool_done(f->spool, 77);
    spool_rewind(f->spool);
    f->taken = 1;
    assert_true(took_next(f));
    assert_true(took_next(f));
    f->taken = 4; /* which is done */
    assert_true(took_next(f));
    assert_null(spool_take(f->spool));
    tear_down(f);
}

static void test_numbers_go_on_after_opening_again(void **state)
{
    (void)state;
    struct fixture *f = set_up(AMPLE);
    add_many(f, 10, 50);
    deliver_up_to(f, 7);
    open_again(f);
    assert_int_equal(spool_next_number(f->spool), 11);
    add(f, 50);
    deliver_up_to(f, 11);
    open_again(f);
    assert_int_equal(spool_next_number(f->spool), 12);
    assert_null(spool_take(f->spool));
    tear_down(f);
}

static void test_what_was_taken_and_not_done_comes_after_opening_again(void **state)
{
    (void)state;
    struct fixture *f = set_up(AMPLE);
    add_many(f, 3, 50);
    run_until(f, took_next);
    run_until(f, took_next);
    assert_true(spool_done(f->spool, 2));
    assert_false(spool_done(f->spool, 2));
    assert_int_equal(waiting(f), 2);
    open_again(f);
    assert_int_equal(waiting(f), 2);
    f->taken = 0;
    run_until(f, took_next);
    run_until(f, take); /* 2 was done */
    assert_int_equal(f->taken, 3);
    open_again(f);
    f->taken = 0;
    run_until(f, took_next);
    assert_true(spool_done(f->spool, 1));
    run_until(f, take);
    assert_true(spool_done(f->spool, 3));
    assert_int_equal(waiting(f), 0);
    open_again(f);
    assert_int_equal(waiting(f), 0);
    assert_int_equal(spool_next_number(f->spool), 4);
    tear_down(f);
}

/* Those that are done leave memory and room for others, whatever stands before them. */
static void test_what_is_done_behind_one_that_is_not_holds_up_nothing(void **state)
{
    (void)state;
    enum { RECORDS = 6000, EACH = 7 };
    struct fixture *f = set_up(AMPLE);
    size_t undone = 0;
    for (int i = 0; i < RECORDS / 100; i++) {
        add_many(f, 100, 3000);
        run_until(f, is_all_on_disk);
    }
    while (f->taken < RECORDS) {
        run_until(f, take);
        if (f->taken % 1000 == EACH) {
            spool_set_aside(f->spool, f->taken);
            undone++;
        } else {
            assert_true(spool_done(f->spool, f->taken));
        }
    }
    assert_int_equal(waiting(f), undone);
    open_again(f);
    assert_int_equal(waiting(f), undone);
    for (f->taken = 0; undone > 0; undone--) {
        run_until(f, take);
        assert_int_equal(f->taken % 1000, EACH);
        assert_true(spool_done(f->spool, f->taken));
    }
    assert_int_equal(waiting(f), 0);
    tear_down(f);
}

/* More than is kept in memory: the rest is read back when its turn comes. */
static void test_a_long_backlog(void **state)
{
    (void)state;
    enum { RECORDS = 6000 };
    struct fixture *f = set_up(AMPLE);
    for (int i = 0; i < RECORDS / 100; i++) {
        add_many(f, 100, 3000);
        run_until(f, is_all_on_disk);
    }
    deliver_up_to(f, RECORDS / 2);
    /* New ones come in while the old ones go out. */
    add_many(f, 100, 3000);
    deliver_up_to(f, RECORDS / 2 + 500);
    open_again(f);
    add_many(f, 10, 3000);
    deliver_up_to(f, RECORDS + 110);
    assert_null(spool_take(f->spool));
    tear_down(f);
}

static void test_the_oldest_make_room(void **state)
{
    (void)state;
    struct fixture *f = set_up(3 * 1024 * 1024);
    struct spool_stats stats;
    for (int i = 0; i < 30; i++) {
        uint64_t before = spool_next_number(f->spool);
        add_many(f, 100, 3000);
        run_until(f, is_all_on_disk);
        assert_int_equal(spool_next_number(f->spool), before + 100);
    }
    uint64_t before = 0, missing = 0;
    while (f->taken < 3000) {
        run_until(f, take);
        missing += f->taken - before - 1;
        before = f->taken;
        spool_done(f->spool, f->taken);
    }
    spool_stats(f->spool, &stats);
    assert_true(missing > 1000);
    assert_int_equal(stats.dropped, missing);
    fflush(f->log.stream);
    assert_non_null(strstr(f->told, "is full: the oldest messages make room"));
    tear_down(f);
}

static bool is_broken(struct fixture *f)
{
    struct spool_stats stats;
    spool_stats(f->spool, &stats);
    return stats.broken;
}

static bool is_mended(struct fixture *f)
{
    return !is_broken(f);
}

static size_t count_told(struct fixture *f, const char *text)
{
    size_t count = 0;
    fflush(f->log.stream);
    for (const char *at = f->told; (at = strstr(at, text)) != NULL; at++)
        count++;
    return count;
}

static struct rlimit fill_disk(rlim_t size)
{
    struct rlimit before;
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    struct rlimit full = {size, before.rlim_max};
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &full), 0);
    return before;
}

static void test_a_full_disk_loses_nothing_that_fits_into_memory(void **state)
{
    (void)state;
    struct fixture *f = set_up(AMPLE);
    struct rlimit before = fill_disk(10000);
    add_many(f, 20, 3000);
    run_until(f, is_broken);
    /* It is delivered from memory, */
    deliver_up_to(f, 10);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    run_until(f, is_mended);
    assert_int_equal(count_told(f, "cannot be written"), 1);
    assert_int_equal(count_told(f, "can be written again; 0 messages were dropped"), 1);
    /* and written when that is possible again. */
    open_again(f);
    deliver_up_to(f, 20);
    tear_down(f);
}

static void test_a_full_disk_for_long_loses_the_newest(void **state)
{
    (void)state;
    struct fixture *f = set_up(AMPLE);
    struct spool_stats stats;
    struct rlimit before = fill_disk(10000);
    add_many(f, 10, 3000);
    run_until(f, is_broken);
    add_many(f, 2990, 3000);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    run_until(f, is_mended);
    spool_stats(f->spool, &stats);
    assert_true(stats.dropped > 1000 && stats.dropped < 2000);
    assert_int_equal(count_told(f, "cannot be written"), 1);
    assert_int_equal(count_told(f, "can be written again; 0 messages were dropped"), 0);
    add(f, 3000);
    deliver_up_to(f, 3000 - stats.dropped);
    /* The gap in the numbers tells what was lost. */
    run_until(f, take);
    assert_int_equal(f->taken, 3001);
    tear_down(f);
}

static void test_too_large_a_record_uses_its_number_up(void **state)
{
    (void)state;
    struct fixture *f = set_up(AMPLE);
    add(f, SPOOL_RECORD_MAX + 1);
    add(f, 50);
    run_until(f, take);
    assert_int_equal(f->taken, 2);
    tear_down(f);
}

/* The job of the pool is under way when the spool closes. */
static void test_closing_writes_what_waits(void **state)
{
    (void)state;
    struct fixture *f = set_up(AMPLE);
    for (int round = 0; round < 50; round++) {
        add_many(f, 20, 1000);
        open_again(f);
        assert_int_equal(spool_next_number(f->spool), 20 * (round + 1) + 1);
    }
    deliver_up_to(f, 1000);
    tear_down(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_first_in_first_out),
        cmocka_unit_test(test_nothing_is_taken_before_it_is_written),
        cmocka_unit_test(test_what_is_not_done_comes_again),
        cmocka_unit_test(test_numbers_go_on_after_opening_again),
        cmocka_unit_test(test_what_was_taken_and_not_done_comes_after_opening_again),
        cmocka_unit_test(test_what_is_done_behind_one_that_is_not_holds_up_nothing),
        cmocka_unit_test(test_a_long_backlog),
        cmocka_unit_test(test_the_oldest_make_room),
        cmocka_unit_test(test_a_full_disk_loses_nothing_that_fits_into_memory),
        cmocka_unit_test(test_a_full_disk_for_long_loses_the_newest),
        cmocka_unit_test(test_too_large_a_record_uses_its_number_up),
        cmocka_unit_test(test_closing_writes_what_waits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
