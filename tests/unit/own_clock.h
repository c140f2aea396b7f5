/* SPDX-License-Identifier: MIT */
/* A loop whose time passes when the test says so, in place of the one over libuv. */
#ifndef DSMR_TESTS_OWN_CLOCK_H
#define DSMR_TESTS_OWN_CLOCK_H

#include "core/loop.h"

#include <stddef.h>
#include <stdlib.h>

enum { OWN_TIMERS = 16 };

struct loop_timer {
    loop_timer_callback *callback;
    void *context;
    int64_t due; /* -1 when stopped */
    int64_t repeat;
};

struct loop {
    int64_t now;
    struct loop_timer *timers[OWN_TIMERS];
};

int64_t loop_now(const struct loop *loop)
{
    return loop->now;
}

int64_t loop_wall(const struct loop *loop)
{
    return 1742209200000 + loop->now;
}

/* Which loop a timer belongs to is not asked for when it is started: a test has one. */
static struct loop own_loop;

struct loop_timer *loop_timer_new(struct loop *loop, loop_timer_callback *callback, void *context)
{
    size_t i = 0;
    while (loop->timers[i] != NULL)
        i++;
    loop->timers[i] = calloc(1, sizeof *loop->timers[i]);
    *loop->timers[i] = (struct loop_timer){callback, context, -1, 0};
    return loop->timers[i];
}

void loop_timer_start(struct loop_timer *timer, int64_t delay, int64_t repeat)
{
    timer->due = own_loop.now + (delay > 0 ? delay : 0);
    timer->repeat = repeat;
}

void loop_timer_stop(struct loop_timer *timer)
{
    timer->due = -1;
}

bool loop_timer_running(const struct loop_timer *timer)
{
    return timer->due >= 0;
}

void loop_timer_free(struct loop_timer *timer)
{
    for (size_t i = 0; i < OWN_TIMERS; i++)
        if (timer != NULL && own_loop.timers[i] == timer)
            own_loop.timers[i] = NULL;
    free(timer);
}

/* Lets so many milliseconds pass, with all that is due in them. */
static inline void own_time_passes(int64_t ms)
{
    for (int64_t end = own_loop.now + ms; own_loop.now < end;) {
        own_loop.now++;
        for (size_t i = 0; i < OWN_TIMERS; i++) {
            struct loop_timer *timer = own_loop.timers[i];
            if (timer == NULL || timer->due < 0 || timer->due > own_loop.now)
                continue;
            timer->due = timer->repeat > 0 ? timer->due + timer->repeat : -1;
            timer->callback(timer->context);
        }
    }
}

#endif
