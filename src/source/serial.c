/* SPDX-License-Identifier: MIT */
/*
 * A meter on a serial port. The port may not be there yet, may go and come back under another number;
 * its speed is found by listening (line.h).
 */
#include "core/memory.h"
#include "source/line.h"
#include "source/port_name.h"
#include "source/serial_port.h"
#include "source/source_list.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    LOOK_MS = 500,  /* between two looks for a port that is away */
    AWAY_MS = 5000, /* so long gone is news, however often the plug wobbled before */
    TICK_MS = 1000,
    READS_AT_ONCE = 16,
};

struct serial {
    struct source source;
    struct source_setup setup;
    struct line line;
    struct loop_watch *watch;
    struct loop_timer *look;
    struct loop_timer *tick;
    struct log_repeat trouble;
    struct log_repeat losses;
    char *stable_name; /* NULL until the port was open once */
    char *reason;      /* why it is not open, NULL when it is */
    int fd;            /* -1 when not open */
    int64_t lost_at;   /* loop time */
    bool was_open;
};

static void changed(struct serial *serial)
{
    serial->setup.listener.changed(serial->setup.listener.context);
}

static void tell_trouble(struct serial *serial)
{
    uint64_t missed = 0;
    if (log_repeat_due(&serial->trouble, loop_now(serial->setup.loop), &missed))
        log_warn(serial->setup.log, "port", "%s", serial->reason);
}

static void close_port(struct serial *serial, char *reason)
{
    if (serial->fd >= 0) {
        loop_watch_free(serial->watch);
        serial->watch = NULL;
        serial_port_close(serial->fd);
        serial->fd = -1;
        serial->setup.listener.restart(serial->setup.listener.context);
    }
    free(serial->reason);
    serial->reason = reason;
    loop_timer_stop(serial->tick);
    loop_timer_start(serial->look, LOOK_MS, LOOK_MS);
}

/* A plug that wobbles is told of now and then. */
static void lose_port(struct serial *serial, int error)
{
    uint64_t missed = 0;
    const char *what = error == 0 || error == EIO ? "unplugged" : strerror(error);
    close_port(serial, memory_print("%s was lost (%s): waiting for it to come back",
                                    serial->setup.port, what));
    serial->lost_at = loop_now(serial->setup.loop);
    serial->line.loss_told = log_repeat_due(&serial->losses, serial->lost_at, &missed);
    if (serial->line.loss_told && missed > 0)
        log_warn(serial->setup.log, "port", "%s; lost %llu times more since this was last told",
                 serial->reason, (unsigned long long)missed);
    else if (serial->line.loss_told)
        log_warn(serial->setup.log, "port", "%s", serial->reason);
    changed(serial);
}

static void stay_lost(struct serial *serial)
{
    if (serial->line.loss_told || loop_now(serial->setup.loop) - serial->lost_at < AWAY_MS)
        return;
    serial->line.loss_told = true;
    log_warn(serial->setup.log, "port", "%s", serial->reason);
}

/* Puts the port to the settings that are wanted now. What was half read is void. */
static void apply_settings(struct serial *serial)
{
    struct line_settings settings = line_wanted(&serial->line);
    int error = serial_port_set(serial->fd, &settings);
    line_is_set(&serial->line);
    if (error != 0) {
        close_port(serial, memory_print("cannot set %s to %d baud: %s", serial->setup.port,
                                        settings.baud, strerror(-error)));
        tell_trouble(serial);
    }
    changed(serial);
}

static void readable(void *context, int events, int error)
{
    struct serial *serial = context;
    char bytes[4096];
    (void)events;
    if (error != 0) {
        lose_port(serial, -error);
        return;
    }
    for (int i = 0; i < READS_AT_ONCE && serial->fd >= 0; i++) {
        ssize_t count = read(serial->fd, bytes, sizeof bytes);
        if (count < 0 && (errno == EAGAIN || errno == EINTR))
            return;
        if (count <= 0) {
            lose_port(serial, count < 0 ? errno : 0);
            return;
        }
        if (line_bytes(&serial->line, bytes, (size_t)count)) {
            apply_settings(serial);
            return;
        }
    }
}

/* The name may be that of another device by now: follow the device. */
static const char *path_now(const struct serial *serial)
{
    return port_name_resolve(serial->setup.port, serial->stable_name);
}

/* A port that was lost and is still away is no news. */
static void stay_closed(struct serial *serial, char *reason, bool away)
{
    if (serial->was_open && away && serial->reason) {
        free(reason);
        stay_lost(serial);
        return;
    }
    bool news = !serial->reason || strcmp(reason, serial->reason) != 0;
    free(serial->reason);
    serial->reason = reason;
    if (news) {
        log_repeat_reset(&serial->trouble);
        changed(serial);
    }
    tell_trouble(serial);
}

static void look_for_port(void *context)
{
    struct serial *serial = context;
    const char *path = path_now(serial);
    char *reason = NULL;
    int fd = serial_port_open(path, &reason);
    if (fd < 0) {
        stay_closed(serial, reason, errno == ENOENT || errno == ENXIO || errno == ENODEV);
        return;
    }
    loop_timer_stop(serial->look);
    serial->fd = fd;
    serial->watch = loop_watch_new(serial->setup.loop, fd, LOOP_READ, readable, serial);
    free(serial->reason);
    serial->reason = NULL;
    log_repeat_reset(&serial->trouble);
    if (!serial->stable_name)
        serial->stable_name = port_name_of(PORT_NAMES, path);
    bool news = !serial->was_open || serial->line.loss_told;
    log_write(serial->setup.log, news ? LOG_INFO : LOG_DEBUG, "port", "%s is open%s%s", path,
              serial->was_open ? " again" : "",
              serial->setup.fixed.baud > 0 ? "" : "; finding out its speed");
    serial->was_open = true;
    line_start(&serial->line);
    loop_timer_start(serial->tick, TICK_MS, TICK_MS);
    apply_settings(serial);
}

static void tick(void *context)
{
    struct serial *serial = context;
    if (line_tick(&serial->line))
        apply_settings(serial);
}

static void take_verdict(struct source *source, enum source_verdict verdict)
{
    line_verdict(&((struct serial *)source)->line, verdict);
}

static void get_status(const struct source *source, struct source_status *status)
{
    const struct serial *serial = (const struct serial *)source;
    *status = (struct source_status){.connected = serial->fd >= 0};
    if (serial->fd >= 0)
        line_status(&serial->line, status);
    else
        snprintf(status->state, sizeof status->state, "%s",
                 serial->reason ? serial->reason : "closed");
}

static void free_serial(struct source *source)
{
    struct serial *serial = (struct serial *)source;
    loop_watch_free(serial->watch);
    loop_timer_free(serial->look);
    loop_timer_free(serial->tick);
    if (serial->fd >= 0)
        serial_port_close(serial->fd);
    free(serial->stable_name);
    free(serial->reason);
    free(serial);
}

static struct source *open_serial(const struct source_setup *setup, char **error)
{
    (void)error;
    struct serial *serial = memory_new(1, sizeof *serial);
    serial->source.kind = &serial_source;
    serial->setup = *setup;
    serial->line.setup = &serial->setup;
    serial->fd = -1;
    serial->look = loop_timer_new(setup->loop, look_for_port, serial);
    serial->tick = loop_timer_new(setup->loop, tick, serial);
    loop_timer_start(serial->look, 0, LOOK_MS);
    return &serial->source;
}

const struct source_kind serial_source = {
    .scheme = "",
    .open = open_serial,
    .verdict = take_verdict,
    .status = get_status,
    .free = free_serial,
};
