/* SPDX-License-Identifier: MIT */
/*
 * A meter on a serial port. The port may not be there yet, may go and come back under another number;
 * its speed is found by listening (detection.h).
 */
#include "core/memory.h"
#include "source/detection.h"
#include "source/found_speed.h"
#include "source/parity.h"
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
    struct detection detection;
    struct parity parity;
    struct loop_watch *watch;
    struct loop_timer *look;
    struct loop_timer *tick;
    struct log_repeat trouble;
    struct log_repeat losses;
    struct log_repeat searches; /* begun anew */
    char *stable_name;          /* NULL until the port was open once */
    char *reason;               /* why it is not open, NULL when it is */
    int fd;                     /* -1 when not open */
    int found_baud;             /* where a meter was found, 0 if none was */
    int64_t lost_at;            /* loop time */
    bool was_open;
    bool loss_told;
    bool search_told;
    enum detection_finding told;
};

static const char *finding_text(enum detection_finding finding)
{
    switch (finding) {
    case FINDING_SILENCE:
        return "not a byte at any speed: is the cable in the meter's P1 port, and does it drive "
               "the "
               "request line (RTS, pin 2)? In Belgium and elsewhere the operator has to open the "
               "port";
    case FINDING_INVERTED:
        return "only noise that looks like an inverted signal: the cable has to invert the data "
               "line";
    case FINDING_NOISE:
        return "bytes, but no text at 115200 or 9600 baud: another cable, or portsettings, may "
               "help";
    case FINDING_NO_TELEGRAM:
        return "text, but no whole telegram yet";
    default:
        return "";
    }
}

static struct line_settings settings_now(const struct serial *serial)
{
    if (serial->detection.state == DETECTION_FIXED)
        return serial->setup.fixed;
    return (struct line_settings){
        .baud = serial->detection.baud, .bits = 8, .parity = 'N', .stop = 1};
}

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
    serial->loss_told = log_repeat_due(&serial->losses, serial->lost_at, &missed);
    if (serial->loss_told && missed > 0)
        log_warn(serial->setup.log, "port", "%s; lost %llu times more since this was last told",
                 serial->reason, (unsigned long long)missed);
    else if (serial->loss_told)
        log_warn(serial->setup.log, "port", "%s", serial->reason);
    changed(serial);
}

static void stay_lost(struct serial *serial)
{
    if (serial->loss_told || loop_now(serial->setup.loop) - serial->lost_at < AWAY_MS)
        return;
    serial->loss_told = true;
    log_warn(serial->setup.log, "port", "%s", serial->reason);
}

/* Puts the port to the settings that are wanted now. What was half read is void. */
static void apply_settings(struct serial *serial)
{
    struct line_settings settings = settings_now(serial);
    int error = serial_port_set(serial->fd, &settings);
    parity_init(&serial->parity);
    serial->setup.listener.restart(serial->setup.listener.context);
    if (error != 0) {
        close_port(serial, memory_print("cannot set %s to %d baud: %s", serial->setup.port,
                                        settings.baud, strerror(-error)));
        tell_trouble(serial);
    } else if (serial->detection.state == DETECTION_SEARCHING) {
        log_debug(serial->setup.log, "port", "%s: listening at %d baud", serial->setup.port,
                  settings.baud);
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
        if (detection_bytes(&serial->detection, bytes, (size_t)count,
                            loop_now(serial->setup.loop))) {
            apply_settings(serial);
            return;
        }
        parity_strip(&serial->parity, bytes, (size_t)count);
        serial->setup.listener.bytes(serial->setup.listener.context, bytes, (size_t)count);
    }
}

static void start_detection(struct serial *serial)
{
    int64_t now = loop_now(serial->setup.loop);
    int baud = serial->found_baud;
    if (baud == 0)
        baud = found_speed_read(serial->setup.state_folder, serial->setup.port);
    if (serial->setup.fixed.baud > 0)
        detection_fix(&serial->detection, serial->setup.fixed.baud, now);
    else
        detection_search(&serial->detection, baud, now);
    serial->told = FINDING_NONE;
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
    bool news = !serial->was_open || serial->loss_told;
    log_write(serial->setup.log, news ? LOG_INFO : LOG_DEBUG, "port", "%s is open%s%s", path,
              serial->was_open ? " again" : "",
              serial->setup.fixed.baud > 0 ? "" : "; finding out its speed");
    serial->was_open = true;
    start_detection(serial);
    loop_timer_start(serial->tick, TICK_MS, TICK_MS);
    apply_settings(serial);
}

/* On a bad line this comes again and again. */
static void tell_search(struct serial *serial, const char *why)
{
    uint64_t missed = 0;
    serial->search_told = log_repeat_due(&serial->searches, loop_now(serial->setup.loop), &missed);
    log_write(serial->setup.log, serial->search_told ? LOG_WARN : LOG_DEBUG, "port",
              "%s: %s: finding out the speed again", serial->setup.port, why);
}

static void tick(void *context)
{
    struct serial *serial = context;
    enum detection_state before = serial->detection.state;
    bool change = detection_tick(&serial->detection, loop_now(serial->setup.loop));
    if (before == DETECTION_LOCKED && serial->detection.state != DETECTION_LOCKED)
        tell_search(serial, "nothing good for a minute");
    enum detection_finding finding = detection_finding(&serial->detection);
    if (finding != FINDING_NONE && finding != serial->told) {
        serial->told = finding;
        log_warn(serial->setup.log, "port", "%s: %s", serial->setup.port, finding_text(finding));
    }
    if (change)
        apply_settings(serial);
    else if (before != serial->detection.state)
        changed(serial);
}

static void describe(const struct serial *serial, char *text, size_t size)
{
    struct line_settings settings = settings_now(serial);
    bool seven = serial->parity.stripping && settings.bits == 8;
    snprintf(text, size, "%d %d%c%d", settings.baud, seven ? 7 : settings.bits,
             seven ? 'E' : settings.parity, settings.stop);
}

static void take_verdict(struct source *source, enum source_verdict verdict)
{
    struct serial *serial = (struct serial *)source;
    int64_t now = loop_now(serial->setup.loop);
    char settings[24];
    if (verdict == SOURCE_REFUSED) {
        if (detection_refused(&serial->detection, now))
            tell_search(serial, "five telegrams refused in a row");
        return;
    }
    if (!detection_good(&serial->detection, now))
        return;
    describe(serial, settings, sizeof settings);
    bool news =
        serial->detection.baud != serial->found_baud || serial->loss_told || serial->search_told;
    log_write(serial->setup.log, news ? LOG_INFO : LOG_DEBUG, "port", "%s: found a meter at %s",
              serial->setup.port, settings);
    serial->found_baud = serial->detection.baud;
    serial->loss_told = false;
    serial->search_told = false;
    found_speed_write(serial->setup.state_folder, serial->setup.port, serial->detection.baud);
    changed(serial);
}

static void get_status(const struct source *source, struct source_status *status)
{
    const struct serial *serial = (const struct serial *)source;
    *status = (struct source_status){.connected = serial->fd >= 0};
    if (serial->fd < 0) {
        snprintf(status->state, sizeof status->state, "%s",
                 serial->reason ? serial->reason : "closed");
        return;
    }
    enum detection_finding finding = detection_finding(&serial->detection);
    if (serial->detection.state == DETECTION_SEARCHING) {
        if (finding == FINDING_NONE)
            snprintf(status->state, sizeof status->state, "listening at %d baud",
                     serial->detection.baud);
        else
            snprintf(status->state, sizeof status->state, "%s", finding_text(finding));
        return;
    }
    describe(serial, status->settings, sizeof status->settings);
    snprintf(status->state, sizeof status->state, "reading");
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
