/* SPDX-License-Identifier: MIT */
/* The loop: timers, descriptors, signals and the pool, with real pipes, terminals and threads. */
#include "core/loop.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

enum { DEADLINE_MS = 20000 };

/* What the callbacks of a test saw. */
struct seen {
    struct loop *loop;
    struct loop_timer *timer;
    struct loop_watch *watch;
    struct loop_watch *other;
    int fd;
    int calls;
    int stop_after;
    int events;
    int error;
    char text[64];
    size_t size;
};

static void on_late(void *context)
{
    (void)context;
    fail_msg("the loop did not end within %d ms", DEADLINE_MS);
}

/* Runs the loop until a callback stops it, and fails when none does. */
static void run(struct loop *loop)
{
    struct loop_timer *late = loop_timer_new(loop, on_late, NULL);
    loop_timer_start(late, DEADLINE_MS, 0);
    loop_run(loop);
    loop_timer_free(late);
}

static int64_t clock_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void count_and_stop(void *context)
{
    struct seen *seen = context;
    if (++seen->calls >= seen->stop_after)
        loop_stop(seen->loop);
}

static void test_timer_waits_and_repeats(void **state)
{
    (void)state;
    struct seen seen = {.loop = loop_new(), .stop_after = 3};
    struct loop_timer *timer = loop_timer_new(seen.loop, count_and_stop, &seen);
    assert_false(loop_timer_running(timer));
    int64_t start = clock_ms();
    loop_timer_start(timer, 30, 10);
    assert_true(loop_timer_running(timer));
    run(seen.loop);
    assert_int_equal(seen.calls, 3);
    assert_true(clock_ms() - start >= 48); /* the clocks round differently */
    loop_timer_stop(timer);
    assert_false(loop_timer_running(timer));
    loop_timer_free(timer);
    loop_timer_free(NULL);
    assert_true(loop_free(seen.loop));
}

static void test_timer_without_repeat_ends(void **state)
{
    (void)state;
    struct seen seen = {.loop = loop_new(), .stop_after = 9};
    struct loop_timer *timer = loop_timer_new(seen.loop, count_and_stop, &seen);
    loop_timer_start(timer, -5, -5);
    loop_run(seen.loop); /* ends by itself: nothing is left to wait for */
    assert_int_equal(seen.calls, 1);
    assert_false(loop_timer_running(timer));
    assert_true(loop_free(seen.loop));
}

static void free_own_timer(void *context)
{
    struct seen *seen = context;
    seen->calls++;
    loop_timer_free(seen->timer);
    loop_stop(seen->loop);
}

static void test_timer_freed_from_its_callback(void **state)
{
    (void)state;
    struct seen seen = {.loop = loop_new()};
    seen.timer = loop_timer_new(seen.loop, free_own_timer, &seen);
    loop_timer_start(seen.timer, 1, 1);
    run(seen.loop);
    assert_int_equal(seen.calls, 1);
    assert_true(loop_free(seen.loop));
}

static void test_clocks(void **state)
{
    (void)state;
    struct seen seen = {.loop = loop_new(), .stop_after = 1};
    int64_t before = loop_now(seen.loop);
    struct loop_timer *timer = loop_timer_new(seen.loop, count_and_stop, &seen);
    loop_timer_start(timer, 20, 0);
    run(seen.loop);
    assert_true(loop_now(seen.loop) - before >= 20);
    assert_true(loop_now(seen.loop) - before < DEADLINE_MS);
    int64_t wall = loop_wall(seen.loop) / 1000;
    assert_true(llabs((long long)(wall - time(NULL))) <= 1);
    assert_true(loop_free(seen.loop));
}

static void read_once(void *context, int events, int error)
{
    struct seen *seen = context;
    seen->events = events;
    seen->error = error;
    ssize_t got = read(seen->fd, seen->text, sizeof seen->text);
    seen->size = got > 0 ? (size_t)got : 0;
    seen->calls++;
    loop_stop(seen->loop);
}

static void test_pipe_is_read(void **state)
{
    (void)state;
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    struct seen seen = {.loop = loop_new(), .fd = ends[0]};
    seen.watch = loop_watch_new(seen.loop, ends[0], LOOP_READ, read_once, &seen);
    assert_non_null(seen.watch);
    assert_null(loop_watch_new(seen.loop, ends[0], LOOP_READ, read_once, &seen));
    assert_int_equal(write(ends[1], "bytes", 5), 5);
    run(seen.loop);
    assert_int_equal(seen.events, LOOP_READ);
    assert_int_equal(seen.error, 0);
    assert_memory_equal(seen.text, "bytes", 5);
    /* The writer goes away: that is something to read, too. */
    close(ends[1]);
    run(seen.loop);
    assert_int_equal(seen.calls, 2);
    assert_int_equal(seen.events, LOOP_READ);
    assert_int_equal(seen.size, 0);
    loop_watch_free(seen.watch);
    loop_watch_free(NULL);
    close(ends[0]);
    assert_true(loop_free(seen.loop));
}

static void note_events(void *context, int events, int error)
{
    struct seen *seen = context;
    seen->events = events;
    seen->error = error;
    seen->calls++;
    loop_stop(seen->loop);
}

static void test_watch_can_be_paused_and_changed(void **state)
{
    (void)state;
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    struct seen seen = {.loop = loop_new(), .fd = ends[0]};
    seen.watch = loop_watch_new(seen.loop, ends[0], 0, note_events, &seen);
    assert_int_equal(write(ends[1], "x", 1), 1);
    struct seen pause = {.loop = seen.loop, .stop_after = 1};
    struct loop_timer *timer = loop_timer_new(seen.loop, count_and_stop, &pause);
    loop_timer_start(timer, 30, 0);
    run(seen.loop);
    assert_int_equal(seen.calls, 0);
    loop_watch_set(seen.watch, LOOP_READ);
    run(seen.loop);
    assert_int_equal(seen.events, LOOP_READ);
    /* Level-triggered: it comes again for what was not read. */
    run(seen.loop);
    assert_int_equal(seen.calls, 2);
    loop_watch_free(seen.watch);

    seen.watch = loop_watch_new(seen.loop, ends[1], LOOP_WRITE, note_events, &seen);
    run(seen.loop);
    assert_int_equal(seen.events, LOOP_WRITE);
    /* The reader goes away: an error for the writer. */
    loop_watch_set(seen.watch, 0);
    close(ends[0]);
    loop_watch_set(seen.watch, LOOP_WRITE);
    run(seen.loop);
    assert_int_equal(seen.error, -EIO);
    assert_int_equal(write(ends[1], "x", 1), -1); /* and not the end of the program */
    assert_int_equal(errno, EPIPE);
    loop_watch_free(seen.watch);
    close(ends[1]);
    assert_true(loop_free(seen.loop));
}

static void free_both(void *context, int events, int error)
{
    struct seen *seen = context;
    (void)events;
    (void)error;
    seen->calls++;
    loop_watch_free(seen->watch);
    loop_watch_free(seen->other);
    loop_stop(seen->loop);
}

static void test_watches_freed_from_a_callback(void **state)
{
    (void)state;
    int first[2], second[2];
    assert_int_equal(pipe(first), 0);
    assert_int_equal(pipe(second), 0);
    struct seen seen = {.loop = loop_new()};
    seen.watch = loop_watch_new(seen.loop, first[0], LOOP_READ, free_both, &seen);
    seen.other = loop_watch_new(seen.loop, second[0], LOOP_READ, free_both, &seen);
    /* Both have something to say in the same round; the one that comes first ends both. */
    assert_int_equal(write(first[1], "x", 1), 1);
    assert_int_equal(write(second[1], "x", 1), 1);
    run(seen.loop);
    close(first[0]);
    close(second[0]);
    struct loop_timer *timer = loop_timer_new(seen.loop, count_and_stop, &seen);
    loop_timer_start(timer, 20, 0);
    run(seen.loop);
    assert_int_equal(seen.calls, 2); /* one watch, one timer */
    close(first[1]);
    close(second[1]);
    assert_true(loop_free(seen.loop));
}

static void test_regular_file_is_refused(void **state)
{
    (void)state;
    struct loop *loop = loop_new();
    FILE *file = tmpfile();
    assert_non_null(file);
    assert_null(loop_watch_new(loop, fileno(file), LOOP_READ, note_events, NULL));
    assert_null(loop_watch_new(loop, -1, LOOP_READ, note_events, NULL));
    fclose(file);
    assert_true(loop_free(loop));
}

/* Opens a pseudo-terminal; the return value is the side of the meter. */
static int open_terminal(int *port)
{
    int meter = posix_openpt(O_RDWR | O_NOCTTY);
    assert_true(meter >= 0);
    assert_int_equal(grantpt(meter), 0);
    assert_int_equal(unlockpt(meter), 0);
    *port = open(ptsname(meter), O_RDWR | O_NOCTTY | O_NONBLOCK);
    assert_true(*port >= 0);
    struct termios raw;
    assert_int_equal(tcgetattr(*port, &raw), 0);
    cfmakeraw(&raw);
    assert_int_equal(tcsetattr(*port, TCSANOW, &raw), 0);
    return meter;
}

static void test_hang_up_of_a_terminal_arrives(void **state)
{
    (void)state;
    int port;
    int meter = open_terminal(&port);
    struct seen seen = {.loop = loop_new(), .fd = port};
    seen.watch = loop_watch_new(seen.loop, port, LOOP_READ, read_once, &seen);
    assert_int_equal(write(meter, "/KFM", 4), 4);
    run(seen.loop);
    assert_int_equal(seen.size, 4);
    close(meter);
    run(seen.loop);
    assert_int_equal(seen.calls, 2);
    assert_true(seen.error == -EIO || (seen.error == 0 && seen.size == 0));
    assert_true(seen.events & LOOP_READ);
    loop_watch_free(seen.watch);
    close(port);
    assert_true(loop_free(seen.loop));
}

static void test_hang_up_reaches_the_meters_side(void **state)
{
    (void)state;
    int port;
    int meter = open_terminal(&port);
    struct seen seen = {.loop = loop_new(), .fd = meter};
    seen.watch = loop_watch_new(seen.loop, meter, LOOP_READ, read_once, &seen);
    close(port);
    run(seen.loop);
    assert_int_equal(seen.size, 0);
    assert_true(seen.events & LOOP_READ);
    loop_watch_free(seen.watch);
    close(meter);
    assert_true(loop_free(seen.loop));
}

static void on_signal(void *context, int signal_number)
{
    struct seen *seen = context;
    seen->events = signal_number;
    if (++seen->calls == seen->stop_after)
        loop_stop(seen->loop);
    else
        raise(signal_number);
}

static void raise_signal(void *context)
{
    (void)context;
    raise(SIGUSR1);
}

static void test_signal_comes_each_time(void **state)
{
    (void)state;
    struct seen seen = {.loop = loop_new(), .stop_after = 3};
    loop_on_signal(seen.loop, SIGUSR1, on_signal, &seen);
    struct loop_timer *timer = loop_timer_new(seen.loop, raise_signal, NULL);
    loop_timer_start(timer, 1, 0);
    run(seen.loop);
    assert_int_equal(seen.calls, 3);
    assert_int_equal(seen.events, SIGUSR1);
    assert_true(loop_free(seen.loop));
}

struct job {
    struct seen seen;
    pthread_t worker;
    int worked;
    int done;
    struct timespec takes;
};

static void work(void *context)
{
    struct job *job = context;
    job->worker = pthread_self();
    nanosleep(&job->takes, NULL);
    job->worked++;
}

static void work_done(void *context)
{
    struct job *job = context;
    job->done = job->worked;
    loop_stop(job->seen.loop);
}

static void test_pool_works_elsewhere(void **state)
{
    (void)state;
    struct job job = {.seen.loop = loop_new()};
    loop_work(job.seen.loop, work, work_done, &job);
    run(job.seen.loop);
    assert_int_equal(job.done, 1);
    assert_false(pthread_equal(job.worker, pthread_self()));
    assert_true(loop_free(job.seen.loop));
}

enum { APART = 12 }; /* more than the pool has threads */

/* Jobs that wait for a byte each, and one that gives them theirs. */
struct waiters {
    struct loop *loop;
    int ends[2];
    int done;
};

static void wait_for_byte(void *context)
{
    const struct waiters *waiters = context;
    char byte;
    while (read(waiters->ends[0], &byte, 1) != 1)
        continue;
}

static void note_waiter(void *context)
{
    struct waiters *waiters = context;
    if (++waiters->done == APART)
        loop_stop(waiters->loop);
}

static void release(void *context)
{
    const struct waiters *waiters = context;
    static const char bytes[APART];
    while (write(waiters->ends[1], bytes, sizeof bytes) != sizeof bytes)
        continue;
}

static void nothing(void *context)
{
    (void)context;
}

static void test_jobs_apart_leave_the_pool_to_others(void **state)
{
    (void)state;
    struct waiters waiters = {.loop = loop_new()};
    assert_int_equal(pipe(waiters.ends), 0);
    for (int i = 0; i < APART; i++)
        loop_work_apart(waiters.loop, wait_for_byte, note_waiter, &waiters);
    loop_work(waiters.loop, release, nothing, &waiters);
    run(waiters.loop);
    assert_int_equal(waiters.done, APART);
    assert_true(loop_free(waiters.loop));
    close(waiters.ends[0]);
    close(waiters.ends[1]);
}

static void test_free_waits_for_a_short_job_apart(void **state)
{
    (void)state;
    struct job job = {.seen.loop = loop_new(), .takes = {.tv_nsec = 100000000}};
    loop_work_apart(job.seen.loop, work, work_done, &job);
    assert_true(loop_free(job.seen.loop));
    assert_int_equal(job.done, 1);
}

static void test_free_waits_for_a_short_job(void **state)
{
    (void)state;
    struct job job = {.seen.loop = loop_new(), .takes = {.tv_nsec = 100000000}};
    struct loop_timer *timer = loop_timer_new(job.seen.loop, count_and_stop, NULL);
    loop_timer_start(timer, 1, 1); /* closed by loop_free(): it never calls back */
    loop_work(job.seen.loop, work, work_done, &job);
    assert_true(loop_free(job.seen.loop));
    assert_int_equal(job.done, 1);
}

/* In a process of its own, since a stuck job cannot be got rid of but by the end of the process. */
static void assert_free_leaves_a_stuck_job(void (*begin)(struct loop *, void (*)(void *),
                                                         void (*)(void *), void *))
{
    int64_t start = clock_ms();
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        struct job job = {.seen.loop = loop_new(), .takes = {.tv_sec = 60}};
        begin(job.seen.loop, work, work_done, &job);
        if (!loop_free(job.seen.loop))
            raise(SIGKILL); /* and no checker of leaks counts what is left to the job */
        _exit(1);
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status));
    assert_int_equal(WTERMSIG(status), SIGKILL);
    assert_true(clock_ms() - start < DEADLINE_MS);
}

static void test_free_leaves_a_stuck_job(void **state)
{
    (void)state;
    assert_free_leaves_a_stuck_job(loop_work);
    assert_free_leaves_a_stuck_job(loop_work_apart);
}

static void test_free_closes_everything(void **state)
{
    (void)state;
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    struct seen seen = {.loop = loop_new(), .stop_after = 1};
    struct loop_timer *timer = loop_timer_new(seen.loop, count_and_stop, &seen);
    loop_timer_start(timer, 1000, 1000);
    loop_timer_new(seen.loop, count_and_stop, &seen);
    loop_watch_new(seen.loop, ends[0], LOOP_READ, note_events, &seen);
    loop_on_signal(seen.loop, SIGUSR1, on_signal, &seen);
    loop_stop(seen.loop); /* before it ran */
    loop_run(seen.loop);
    assert_int_equal(seen.calls, 0);
    assert_true(loop_free(seen.loop));
    assert_true(loop_free(NULL));
    close(ends[0]);
    close(ends[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_timer_waits_and_repeats),
        cmocka_unit_test(test_timer_without_repeat_ends),
        cmocka_unit_test(test_timer_freed_from_its_callback),
        cmocka_unit_test(test_clocks),
        cmocka_unit_test(test_pipe_is_read),
        cmocka_unit_test(test_watch_can_be_paused_and_changed),
        cmocka_unit_test(test_watches_freed_from_a_callback),
        cmocka_unit_test(test_regular_file_is_refused),
        cmocka_unit_test(test_hang_up_of_a_terminal_arrives),
        cmocka_unit_test(test_hang_up_reaches_the_meters_side),
        cmocka_unit_test(test_signal_comes_each_time),
        cmocka_unit_test(test_pool_works_elsewhere),
        cmocka_unit_test(test_jobs_apart_leave_the_pool_to_others),
        cmocka_unit_test(test_free_waits_for_a_short_job_apart),
        cmocka_unit_test(test_free_waits_for_a_short_job),
        cmocka_unit_test(test_free_leaves_a_stuck_job),
        cmocka_unit_test(test_free_closes_everything),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
