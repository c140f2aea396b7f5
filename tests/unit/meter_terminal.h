/* SPDX-License-Identifier: MIT */
/* A meter on a pseudo-terminal, in the loop of the test: it sends a telegram several times a second, or
 * nothing. */
#ifndef DSMR_TESTS_METER_TERMINAL_H
#define DSMR_TESTS_METER_TERMINAL_H

#include "core/loop.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

struct meter_terminal {
    int fd;
    char path[64]; /* of the reader's side */
    struct loop_timer *timer;
    bool silent;
};

static inline void meter_terminal_send(void *context)
{
    static const char telegram[] = "/ISk5\\2MT382-1000\r\n\r\n"
                                   "1-0:1.8.1(00101.123*kWh)\r\n"
                                   "1-0:1.8.2(00202.456*kWh)\r\n"
                                   "1-0:2.8.1(00303.789*kWh)\r\n"
                                   "1-0:1.7.0(0000.42*kW)\r\n"
                                   "!\r\n";
    struct meter_terminal *terminal = context;
    if (terminal->silent)
        return;
    /* A terminal that nobody reads fills up; then the rest is lost, as on a cable. */
    ssize_t sent = write(terminal->fd, telegram, sizeof telegram - 1);
    (void)sent;
}

static inline void meter_terminal_open(struct meter_terminal *terminal, struct loop *loop,
                                       bool silent)
{
    terminal->silent = silent;
    terminal->fd = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK);
    assert_true(terminal->fd >= 0);
    assert_int_equal(grantpt(terminal->fd), 0);
    assert_int_equal(unlockpt(terminal->fd), 0);
    assert_int_equal(ptsname_r(terminal->fd, terminal->path, sizeof terminal->path), 0);
    terminal->timer = loop_timer_new(loop, meter_terminal_send, terminal);
    loop_timer_start(terminal->timer, 0, 200);
}

static inline void meter_terminal_close(struct meter_terminal *terminal)
{
    loop_timer_free(terminal->timer);
    close(terminal->fd);
}

/* Runs the loop until the condition is true; fails when that takes too long. */
struct loop_wait {
    struct loop *loop;
    bool (*condition)(const void *context);
    const void *context;
    int64_t end_ms;
    bool met;
};

static inline void loop_wait_look(void *context)
{
    struct loop_wait *wait = context;
    wait->met = wait->condition(wait->context);
    if (wait->met || loop_now(wait->loop) > wait->end_ms)
        loop_stop(wait->loop);
}

static inline void loop_wait_until(struct loop *loop, bool (*condition)(const void *context),
                                   const void *context)
{
    enum { DEADLINE_MS = 60000, LOOK_MS = 10 };
    struct loop_wait wait = {loop, condition, context, loop_now(loop) + DEADLINE_MS, false};
    struct loop_timer *timer = loop_timer_new(loop, loop_wait_look, &wait);
    loop_timer_start(timer, 0, LOOK_MS);
    loop_run(loop);
    loop_timer_free(timer);
    assert_true(wait.met);
}

#endif
