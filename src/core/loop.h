/* SPDX-License-Identifier: MIT */
/*
 * The one loop that everything runs in: timers, file descriptors, signals, and a pool of threads
 * for what may block. Only loop_uv.c knows which event library is behind it. Callbacks come one at
 * a time, on the thread of loop_run(). None of the calls fails but where it says so.
 */
#ifndef DSMR_CORE_LOOP_H
#define DSMR_CORE_LOOP_H

#include <stdbool.h>
#include <stdint.h>

struct loop;
struct loop_timer;
struct loop_watch;

/* Ignores SIGPIPE and SIGXFSZ for the whole program: writing to what was closed, or beyond the size that
 * a file may have, is an error, not the end. */
struct loop *loop_new(void);
/*
 * Closes what is left and frees the loop, not from inside a callback. Pool jobs that still run are
 * waited for at most 500 ms. Returns false when one is stuck even then: the loop's memory is left
 * to it, and the program must end by _exit(), since exit() would wait for the job. NULL is allowed.
 */
bool loop_free(struct loop *loop);

/* Runs until loop_stop(), or until nothing is left that could call back. */
void loop_run(struct loop *loop);
void loop_stop(struct loop *loop);

/* Milliseconds of a clock that only goes forward, as of when the loop last woke. */
int64_t loop_now(const struct loop *loop);
/* Milliseconds since 1970, as of now. */
int64_t loop_wall(const struct loop *loop);

/* A timer, stopped. callback runs delay ms after loop_timer_start(), then each repeat ms unless 0.
 */
typedef void loop_timer_callback(void *context);
struct loop_timer *loop_timer_new(struct loop *loop, loop_timer_callback *callback, void *context);
void loop_timer_start(struct loop_timer *timer, int64_t delay, int64_t repeat);
void loop_timer_stop(struct loop_timer *timer);
bool loop_timer_running(const struct loop_timer *timer);
/* NULL is allowed. May be called from its own callback. */
void loop_timer_free(struct loop_timer *timer);

enum { LOOP_READ = 1, LOOP_WRITE = 2 };

/*
 * Watches a file descriptor, level-triggered. events is a set of LOOP_READ and LOOP_WRITE; error is
 * 0 or a negative errno (an unplugged serial port comes this way; so does a hang-up, as LOOP_READ).
 * After an error nothing more is heard of the descriptor until loop_watch_set(). It is made
 * non-blocking. Returns NULL when it cannot be watched (a regular file, or one that is watched
 * already). The descriptor stays the caller's; loop_watch_free() comes before close().
 */
typedef void loop_watch_callback(void *context, int events, int error);
struct loop_watch *loop_watch_new(struct loop *loop, int fd, int events,
                                  loop_watch_callback *callback, void *context);
void loop_watch_set(struct loop_watch *watch, int events);
/* NULL is allowed. May be called from its own callback. */
void loop_watch_free(struct loop_watch *watch);

/* Calls back on each arrival of the signal, until loop_free(). */
typedef void loop_signal_callback(void *context, int signal_number);
void loop_on_signal(struct loop *loop, int signal_number, loop_signal_callback *callback,
                    void *context);

/*
 * Runs work on a thread of the pool, then done on the loop's thread. A job cannot be cancelled: its
 * context must live until done was called.
 */
void loop_work(struct loop *loop, void (*work)(void *context), void (*done)(void *context),
               void *context);

/* The same on a thread of its own, for what may hang for minutes: the pool has few threads, and others
 * need them. */
void loop_work_apart(struct loop *loop, void (*work)(void *context), void (*done)(void *context),
                     void *context);

#endif
