/* SPDX-License-Identifier: MIT */
/*
 * Our side of a terminal that nobody has open looks hung up, which cannot be waited for: then it is
 * looked at now and then. While somebody has it open, it is watched.
 */
#include "sink/p1_pty.h"

#include "core/memory.h"
#include "core/pty_link.h"

#include <errno.h>
#include <stdlib.h>
#include <termios.h>
#include <unistd.h>

enum {
    RETRY_MS = 2000, /* between two tries to make the link */
    KEEP_MS = 2000,  /* between two looks for the link */
    LOOK_MS = 200,   /* for a reader */
    RENEW_EACH =
        25, /* looks: one that came and went between two may have left the terminal locked */
};

struct p1_pty {
    struct p1_house *house;
    struct listen_place place;
    struct pty_link link;
    struct p1_outlet outlet;
    struct loop_watch *watch; /* NULL while there is no reader */
    struct loop_timer *timer;
    struct loop_timer *keeper;
    struct log_repeat trouble;
    unsigned looks;
    bool open;
};

static void tell(struct p1_pty *pty, const char *what)
{
    uint64_t missed = 0;
    if (log_repeat_due(&pty->trouble, loop_now(pty->house->loop), &missed))
        log_error(pty->house->log, "p1", "%s: %s; trying again", pty->place.name, what);
}

/* The link may be beyond us by now: then all is made anew. */
static void close_terminal(struct p1_pty *pty, const char *error)
{
    tell(pty, error);
    pty_link_close(&pty->link);
    pty->open = false;
    loop_timer_stop(pty->keeper);
    loop_timer_start(pty->timer, RETRY_MS, 0);
}

static void renew(struct p1_pty *pty)
{
    const char *error = pty_link_renew(&pty->link);
    if (error)
        close_terminal(pty, error);
}

static void reader_left(struct p1_pty *pty)
{
    loop_watch_free(pty->watch);
    pty->watch = NULL;
    p1_outlet_clear(&pty->outlet);
    log_debug(pty->house->log, "p1", "%s: the reader has left", pty->place.name);
    loop_timer_start(pty->timer, LOOK_MS, LOOK_MS);
    renew(pty);
}

static void watch_for(struct p1_pty *pty, enum p1_outcome outcome)
{
    loop_watch_set(pty->watch, LOOP_READ | (outcome == P1_WAITING ? LOOP_WRITE : 0));
}

/* What the reader writes, or echoes, is nothing to a meter. False when it has hung up. */
static bool listen_to(const struct p1_pty *pty)
{
    char nothing[512];
    ssize_t size = read(pty->outlet.fd, nothing, sizeof nothing);
    return size > 0 || (size < 0 && (errno == EAGAIN || errno == EINTR));
}

static void terminal_ready(void *context, int events, int error)
{
    struct p1_pty *pty = context;
    enum p1_outcome outcome = P1_BROKEN;
    if (error == 0 && (!(events & LOOP_READ) || listen_to(pty)))
        outcome = p1_outlet_flush(&pty->outlet);
    if (outcome == P1_BROKEN)
        reader_left(pty);
    else
        watch_for(pty, outcome);
}

static void offer(struct p1_pty *pty, struct p1_message *message)
{
    enum p1_outcome outcome = p1_outlet_offer(&pty->outlet, message);
    if (outcome == P1_FULL) {
        p1_outlet_clear(&pty->outlet);
        tcflush(pty->outlet.fd, TCOFLUSH);
        outcome = p1_outlet_offer(&pty->outlet, message);
    }
    if (outcome == P1_BROKEN)
        reader_left(pty);
    else
        watch_for(pty, outcome);
}

static void reader_came(struct p1_pty *pty)
{
    struct p1_message *last = p1_house_last(pty->house);
    loop_timer_stop(pty->timer);
    log_debug(pty->house->log, "p1", "%s: a reader has come", pty->place.name);
    pty->outlet.fd = pty->link.fd;
    pty->watch = loop_watch_new(pty->house->loop, pty->link.fd, LOOP_READ, terminal_ready, pty);
    if (last)
        offer(pty, last);
}

static void look_for_reader(struct p1_pty *pty)
{
    if (pty_link_has_reader(&pty->link))
        reader_came(pty);
    else if (++pty->looks % RENEW_EACH == 0)
        renew(pty);
}

static void start(struct p1_pty *pty)
{
    const char *error = pty_link_open(&pty->link, pty->place.path, true);
    if (error) {
        tell(pty, error);
        loop_timer_start(pty->timer, RETRY_MS, 0);
        return;
    }
    pty->open = true;
    log_repeat_reset(&pty->trouble);
    log_info(pty->house->log, "p1", "telegrams are handed on at %s (%s)", pty->place.name,
             pty->link.device);
    loop_timer_start(pty->timer, LOOK_MS, LOOK_MS);
    loop_timer_start(pty->keeper, KEEP_MS, KEEP_MS);
}

static void timer_fired(void *context)
{
    struct p1_pty *pty = context;
    if (pty->open)
        look_for_reader(pty);
    else
        start(pty);
}

/* Somebody may have removed the link, or put another one there. */
static void keep_link(void *context)
{
    struct p1_pty *pty = context;
    bool made;
    const char *error = pty_link_keep(&pty->link, &made);
    if (error) {
        tell(pty, error);
        return;
    }
    log_repeat_reset(&pty->trouble);
    if (made)
        log_warn(pty->house->log, "p1", "%s: the link was gone, and is there again (%s)",
                 pty->place.name, pty->link.device);
}

struct p1_pty *p1_pty_new(struct p1_house *house, const struct listen_place *place)
{
    struct p1_pty *pty = memory_new(1, sizeof *pty);
    pty->house = house;
    pty->place = *place;
    pty->timer = loop_timer_new(house->loop, timer_fired, pty);
    pty->keeper = loop_timer_new(house->loop, keep_link, pty);
    start(pty);
    return pty;
}

void p1_pty_send(struct p1_pty *pty, struct p1_message *message)
{
    if (pty->watch)
        offer(pty, message);
}

void p1_pty_free(struct p1_pty *pty)
{
    loop_watch_free(pty->watch);
    loop_timer_free(pty->timer);
    loop_timer_free(pty->keeper);
    p1_outlet_clear(&pty->outlet);
    if (pty->open)
        pty_link_close(&pty->link);
    free(pty);
}
