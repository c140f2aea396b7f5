/* SPDX-License-Identifier: MIT */
/*
 * The loop over libuv; no other file knows it. libuv frees nothing and closes handles later, so
 * each of our structs begins with its handle and is freed by the handle's close callback: it
 * outlives any callback that it is freed from.
 */
#include "core/loop.h"

#include "core/memory.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <uv.h>

enum { JOBS_DEADLINE_MS = 500 };

struct loop {
    uv_loop_t uv;
    size_t jobs; /* on a thread, or done there and not yet told */
};

struct loop_timer {
    uv_timer_t handle;
    loop_timer_callback *callback;
    void *context;
};

struct loop_watch {
    uv_poll_t handle;
    loop_watch_callback *callback;
    void *context;
    int events;
};

struct signal_watch {
    uv_signal_t handle;
    loop_signal_callback *callback;
    void *context;
};

struct job {
    uv_work_t request;
    struct loop *loop;
    void (*work)(void *context);
    void (*done)(void *context);
    void *context;
};

struct job_apart {
    uv_async_t handle;
    uv_thread_t thread;
    struct loop *loop;
    void (*work)(void *context);
    void (*done)(void *context);
    void *context;
};

/* For what fails only when the system has no descriptors or memory left, or by a mistake of ours.
 */
static void must(int status, const char *what)
{
    if (status == 0)
        return;
    fprintf(stderr, "dsmr: %s: %s\n", what, uv_strerror(status));
    exit(EXIT_FAILURE);
}

struct loop *loop_new(void)
{
    struct loop *loop = memory_new(1, sizeof *loop);
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN);
    must(uv_loop_init(&loop->uv), "the event loop cannot be started");
    return loop;
}

static void free_handle(uv_handle_t *handle)
{
    free(handle);
}

/* A job apart closes its own. */
static void close_handle(uv_handle_t *handle, void *context)
{
    (void)context;
    if (!uv_is_closing(handle) && uv_handle_get_type(handle) != UV_ASYNC)
        uv_close(handle, free_handle);
}

static void on_jobs_deadline(void *context)
{
    *(bool *)context = true;
}

static bool wait_for_jobs(struct loop *loop)
{
    bool late = false;
    struct loop_timer *deadline = loop_timer_new(loop, on_jobs_deadline, &late);
    uv_update_time(&loop->uv);
    loop_timer_start(deadline, JOBS_DEADLINE_MS, 0);
    while (loop->jobs > 0 && !late)
        uv_run(&loop->uv, UV_RUN_ONCE);
    loop_timer_free(deadline);
    return loop->jobs == 0;
}

bool loop_free(struct loop *loop)
{
    if (loop == NULL)
        return true;
    uv_walk(&loop->uv, close_handle, NULL);
    /* A job that still runs will write to the loop when it ends: then the loop must stay. */
    if (loop->jobs > 0 && !wait_for_jobs(loop))
        return false;
    uv_walk(&loop->uv, close_handle, NULL);
    while (uv_loop_close(&loop->uv) == UV_EBUSY)
        uv_run(&loop->uv, UV_RUN_ONCE);
    free(loop);
    return true;
}

void loop_run(struct loop *loop)
{
    uv_run(&loop->uv, UV_RUN_DEFAULT);
}

void loop_stop(struct loop *loop)
{
    uv_stop(&loop->uv);
}

int64_t loop_now(const struct loop *loop)
{
    return (int64_t)uv_now(&loop->uv);
}

int64_t loop_wall(const struct loop *loop)
{
    (void)loop;
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

struct loop_timer *loop_timer_new(struct loop *loop, loop_timer_callback *callback, void *context)
{
    struct loop_timer *timer = memory_new(1, sizeof *timer);
    timer->callback = callback;
    timer->context = context;
    must(uv_timer_init(&loop->uv, &timer->handle), "a timer cannot be made");
    return timer;
}

static void on_timer(uv_timer_t *handle)
{
    struct loop_timer *timer = (struct loop_timer *)handle;
    timer->callback(timer->context);
}

void loop_timer_start(struct loop_timer *timer, int64_t delay, int64_t repeat)
{
    must(uv_timer_start(&timer->handle, on_timer, delay > 0 ? (uint64_t)delay : 0,
                        repeat > 0 ? (uint64_t)repeat : 0),
         "a timer cannot be started");
}

void loop_timer_stop(struct loop_timer *timer)
{
    uv_timer_stop(&timer->handle);
}

bool loop_timer_running(const struct loop_timer *timer)
{
    return uv_is_active((const uv_handle_t *)&timer->handle) != 0;
}

void loop_timer_free(struct loop_timer *timer)
{
    if (timer != NULL)
        uv_close((uv_handle_t *)&timer->handle, free_handle);
}

static void on_poll(uv_poll_t *handle, int status, int events)
{
    struct loop_watch *watch = (struct loop_watch *)handle;
    int seen = (events & UV_READABLE ? LOOP_READ : 0) | (events & UV_WRITABLE ? LOOP_WRITE : 0);
    if (status >= 0) {
        watch->callback(watch->context, seen, 0);
        return;
    }
    /* libuv says EBADF for every error condition of the descriptor, and has stopped watching it. */
    watch->callback(watch->context, watch->events, status == UV_EBADF ? -EIO : status);
}

static int start_poll(struct loop_watch *watch)
{
    int wanted = (watch->events & LOOP_READ ? UV_READABLE : 0) |
                 (watch->events & LOOP_WRITE ? UV_WRITABLE : 0);
    return wanted != 0 ? uv_poll_start(&watch->handle, wanted, on_poll)
                       : uv_poll_stop(&watch->handle);
}

struct loop_watch *loop_watch_new(struct loop *loop, int fd, int events,
                                  loop_watch_callback *callback, void *context)
{
    struct loop_watch *watch = memory_new(1, sizeof *watch);
    if (uv_poll_init(&loop->uv, &watch->handle, fd) != 0) {
        free(watch); /* no handle was made of it yet */
        return NULL;
    }
    watch->callback = callback;
    watch->context = context;
    watch->events = events;
    must(start_poll(watch), "a descriptor cannot be watched");
    return watch;
}

void loop_watch_set(struct loop_watch *watch, int events)
{
    watch->events = events;
    must(start_poll(watch), "a descriptor cannot be watched");
}

void loop_watch_free(struct loop_watch *watch)
{
    if (watch == NULL)
        return;
    uv_poll_stop(&watch->handle);
    uv_close((uv_handle_t *)&watch->handle, free_handle);
}

static void on_signal(uv_signal_t *handle, int signal_number)
{
    struct signal_watch *watch = (struct signal_watch *)handle;
    watch->callback(watch->context, signal_number);
}

void loop_on_signal(struct loop *loop, int signal_number, loop_signal_callback *callback,
                    void *context)
{
    struct signal_watch *watch = memory_new(1, sizeof *watch);
    watch->callback = callback;
    watch->context = context;
    must(uv_signal_init(&loop->uv, &watch->handle), "a signal cannot be watched");
    must(uv_signal_start(&watch->handle, on_signal, signal_number), "a signal cannot be watched");
}

static void on_work(uv_work_t *request)
{
    struct job *job = (struct job *)request;
    job->work(job->context);
}

static void on_work_done(uv_work_t *request, int status)
{
    (void)status; /* never cancelled */
    struct job *job = (struct job *)request;
    struct job ended = *job;
    free(job);
    ended.loop->jobs--;
    ended.done(ended.context);
}

void loop_work(struct loop *loop, void (*work)(void *context), void (*done)(void *context),
               void *context)
{
    struct job *job = memory_new(1, sizeof *job);
    job->loop = loop;
    job->work = work;
    job->done = done;
    job->context = context;
    loop->jobs++;
    must(uv_queue_work(&loop->uv, &job->request, on_work, on_work_done), "the pool cannot start");
}

static void run_apart(void *context)
{
    struct job_apart *job = context;
    job->work(job->context);
    uv_async_send(&job->handle);
}

static void on_apart_done(uv_async_t *handle)
{
    struct job_apart *job = (struct job_apart *)handle;
    uv_thread_join(&job->thread);
    job->loop->jobs--;
    uv_close((uv_handle_t *)handle, free_handle);
    job->done(job->context);
}

void loop_work_apart(struct loop *loop, void (*work)(void *context), void (*done)(void *context),
                     void *context)
{
    struct job_apart *job = memory_new(1, sizeof *job);
    must(uv_async_init(&loop->uv, &job->handle, on_apart_done), "a thread cannot be heard");
    job->loop = loop;
    job->work = work;
    job->done = done;
    job->context = context;
    loop->jobs++;
    if (uv_thread_create(&job->thread, run_apart, job) == 0)
        return;
    /* The system has no more threads: then it waits for one of the pool's. */
    loop->jobs--;
    uv_close((uv_handle_t *)&job->handle, free_handle);
    loop_work(loop, work, done, context);
}
