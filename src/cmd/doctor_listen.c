/* SPDX-License-Identifier: MIT */
#include "cmd/doctor_listen.h"

#include "cmd/doctor_port.h"
#include "cmd/doctor_telegrams.h"
#include "core/log.h"
#include "core/loop.h"
#include "core/memory.h"
#include "source/parity.h"
#include "source/serial_port.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    TICK_MS = 250,
    PAUSE_MS = 200, /* the telegram is over, line end or not [reference 2.2] */
    PIECE = 65536,
};

struct doctor {
    struct doctor_telegrams telegrams;
    const struct doctor_order *order;
    struct doctor_history *history;
    struct loop *loop;
    struct source *source;
    struct loop_timer *pause; /* since the last byte */
    int64_t ticked;           /* loop time of the last tick */
    int64_t end_ms;
    struct doctor_port port; /* a serial one once more, to ask about it */
    bool raw;                /* the source tells of bytes as they come */
    bool connected;          /* as of the last change */
    bool on_terminal;
};

static void replace(char **old, char *fresh)
{
    free(*old);
    *old = fresh;
}

/* ------------------------------------------------------------------------------------------------
 * A serial port
 */

/* A program that takes no lock is no hindrance, but takes bytes away. */
static bool open_port(struct doctor *doctor)
{
    struct doctor_history *history = doctor->history;
    char *reason;
    history->findings.trouble = doctor_port_open(&doctor->port, doctor->order->port, &reason);
    replace(&history->holder, serial_port_holder(doctor->order->port));
    if (history->findings.trouble != PORT_OPENED) {
        replace(&history->reason, reason);
        return false;
    }
    history->findings.shared = history->holder != NULL;
    return true;
}

/* ------------------------------------------------------------------------------------------------
 * What the source tells
 */

static void stop_when_certain(const struct doctor *doctor)
{
    if (diagnosis_is_certain(&doctor->history->findings))
        loop_stop(doctor->loop);
}

static void heard(void *context, const char *bytes, size_t size,
                  const struct line_settings *settings)
{
    struct doctor *doctor = context;
    doctor->raw = true;
    diagnosis_hear(&doctor->history->findings, settings, bytes, size);
}

static void bytes_came(void *context, const char *bytes, size_t size)
{
    static const struct line_settings unknown;
    struct doctor *doctor = context;
    if (!doctor->raw)
        diagnosis_hear(&doctor->history->findings, &unknown, bytes, size);
    doctor_telegrams_push(&doctor->telegrams, bytes, size);
    if (dsmr_framer_open(&doctor->telegrams.framer))
        loop_timer_start(doctor->pause, PAUSE_MS, 0);
    else
        loop_timer_stop(doctor->pause);
    stop_when_certain(doctor);
}

static void paused(void *context)
{
    struct doctor *doctor = context;
    doctor_telegrams_pause(&doctor->telegrams);
    stop_when_certain(doctor);
}

static void restarted(void *context)
{
    doctor_telegrams_restart(&((struct doctor *)context)->telegrams);
}

static void take_verdict(void *context, enum source_verdict verdict)
{
    const struct doctor *doctor = context;
    if (doctor->source && doctor->source->kind->verdict)
        doctor->source->kind->verdict(doctor->source, verdict);
}

/* Standard input and files come to an end; anything else should not. */
static bool ends(const char *port)
{
    return strcmp(port, "-") == 0 || strncasecmp(port, "stdin:", 6) == 0;
}

static void source_changed(void *context)
{
    struct doctor *doctor = context;
    struct source_status status = {0};
    if (!doctor->source)
        return;
    doctor->source->kind->status(doctor->source, &status);
    replace(&doctor->history->reason, memory_text(status.state));
    if (status.settings[0] != '\0')
        memcpy(doctor->history->settings, status.settings, sizeof status.settings);
    bool gone = doctor->connected && !status.connected;
    doctor->connected |= status.connected;
    if (!status.connected && ends(doctor->order->port))
        loop_stop(doctor->loop);
    else if (gone)
        doctor->history->findings.lost = true;
}

/* ------------------------------------------------------------------------------------------------
 * Listening
 */

static void clear_line(const struct doctor *doctor)
{
    if (doctor->on_terminal)
        fputs("\r\033[K", stderr);
}

static void show_progress(const struct doctor *doctor)
{
    const struct findings *findings = &doctor->history->findings;
    int64_t left = (doctor->end_ms - loop_now(doctor->loop) + 999) / 1000;
    if (!doctor->on_terminal)
        return;
    clear_line(doctor);
    fprintf(stderr, "%llu bytes, %llu good telegrams, %llu damaged; %.40s … %lld s at most",
            (unsigned long long)diagnosis_bytes(findings), (unsigned long long)findings->good,
            (unsigned long long)diagnosis_damaged(findings),
            doctor->history->reason ? doctor->history->reason : "",
            (long long)(left > 0 ? left : 0));
    fflush(stderr);
}

static void tick(void *context)
{
    struct doctor *doctor = context;
    int64_t now = loop_now(doctor->loop);
    diagnosis_wait(&doctor->history->findings, now - doctor->ticked);
    doctor->ticked = now;
    source_changed(doctor);
    show_progress(doctor);
    if (now >= doctor->end_ms)
        loop_stop(doctor->loop);
}

static void asked_to_stop(void *context, int signal_number)
{
    struct doctor *doctor = context;
    (void)signal_number;
    doctor->history->findings.stopped = true;
    loop_stop(doctor->loop);
}

static void run(struct doctor *doctor)
{
    struct loop_timer *timer = loop_timer_new(doctor->loop, tick, doctor);
    doctor->ticked = loop_now(doctor->loop);
    doctor->end_ms = doctor->ticked + (int64_t)doctor->order->wait_s * 1000;
    loop_timer_start(timer, TICK_MS, TICK_MS);
    loop_run(doctor->loop);
    int64_t now = loop_now(doctor->loop);
    diagnosis_wait(&doctor->history->findings, now - doctor->ticked);
    doctor->history->request = doctor_port_request(&doctor->port);
    clear_line(doctor);
    loop_timer_free(timer);
}

/* The path behind five letters, "pipe:" or "file:", or the port itself. */
static const char *path_behind(const char *port, const char *scheme)
{
    return strncasecmp(port, scheme, 5) == 0 ? port + 5 : port;
}

/* A connection that never was made is another thing than one over which nothing comes. */
static void judge_connection(struct doctor *doctor)
{
    struct findings *findings = &doctor->history->findings;
    const char *path = path_behind(doctor->order->port, "pipe:");
    if (doctor->connected || findings->kind == PORT_SERIAL || findings->kind == PORT_INPUT)
        return;
    findings->trouble = PORT_UNREACHABLE;
    if (findings->kind == PORT_PIPE)
        findings->trouble = access(path, R_OK) != 0 ? doctor_port_trouble(errno) : PORT_UNREADABLE;
}

static void listen_to_source(struct doctor *doctor)
{
    struct log nowhere = {.level = LOG_ERROR};
    char *error = NULL;
    struct source_setup setup = {
        .port = doctor->order->port,
        .fixed = doctor->order->fixed,
        .broker = doctor->order->broker,
        .loop = doctor->loop,
        .log = &nowhere,
        .listener = {bytes_came, restarted, source_changed, doctor},
        .heard = heard,
    };
    doctor->pause = loop_timer_new(doctor->loop, paused, doctor);
    doctor->source = source_open(&setup, &error);
    if (doctor->source) {
        run(doctor);
        judge_connection(doctor);
        doctor_port_errors(&doctor->port, &doctor->history->findings.errors);
        doctor->source->kind->free(doctor->source);
        doctor->source = NULL;
    } else {
        doctor->history->findings.trouble = PORT_UNREADABLE;
        replace(&doctor->history->reason, error);
    }
    loop_timer_free(doctor->pause);
}

/* ------------------------------------------------------------------------------------------------
 * A recording
 */

static void read_recording(struct doctor *doctor, const char *path)
{
    static const struct line_settings unknown;
    char *bytes = memory_new(PIECE, 1);
    struct parity parity;
    ssize_t count = -1;
    parity_init(&parity);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    while (fd >= 0 && ((count = read(fd, bytes, PIECE)) > 0 || (count < 0 && errno == EINTR))) {
        if (count < 0)
            continue;
        diagnosis_hear(&doctor->history->findings, &unknown, bytes, (size_t)count);
        parity_strip(&parity, bytes, (size_t)count);
        doctor_telegrams_push(&doctor->telegrams, bytes, (size_t)count);
    }
    if (count < 0) {
        doctor->history->findings.trouble = doctor_port_trouble(errno);
        replace(&doctor->history->reason, memory_text(strerror(errno)));
    }
    if (fd >= 0)
        close(fd);
    free(bytes);
}

/* ------------------------------------------------------------------------------------------------
 * For the command
 */

/* What a path that is there leads to; a name with a scheme leads nowhere. */
static enum port_kind kind_of(const char *port)
{
    struct stat found;
    if (strncasecmp(port, "rfc2217:", 8) == 0)
        return PORT_NETWORK_SERIAL;
    if (strncasecmp(port, "file:", 5) == 0)
        return PORT_RECORDING;
    if (strncasecmp(port, "pipe:", 5) == 0)
        return PORT_PIPE;
    if (ends(port))
        return PORT_INPUT;
    if (stat(port, &found) == 0)
        return S_ISREG(found.st_mode)    ? PORT_RECORDING
               : S_ISFIFO(found.st_mode) ? PORT_PIPE
                                         : PORT_SERIAL;
    return strchr(port, ':') && port[0] != '/' ? PORT_STREAM : PORT_SERIAL;
}

static void listen_live(struct doctor *doctor, bool *stuck)
{
    if (doctor->history->findings.kind == PORT_SERIAL && !open_port(doctor))
        return;
    doctor->loop = loop_new();
    loop_on_signal(doctor->loop, SIGINT, asked_to_stop, doctor);
    loop_on_signal(doctor->loop, SIGTERM, asked_to_stop, doctor);
    listen_to_source(doctor);
    *stuck = !loop_free(doctor->loop);
    doctor_port_close(&doctor->port);
}

void doctor_listen(const struct doctor_order *order, struct doctor_history *history, bool *stuck)
{
    struct doctor *doctor = memory_new(1, sizeof *doctor);
    doctor->order = order;
    doctor->history = history;
    doctor->port.fd = -1;
    doctor->on_terminal = isatty(STDERR_FILENO);
    doctor->telegrams.history = history;
    doctor->telegrams.verdict = take_verdict;
    doctor->telegrams.context = doctor;
    history->request = -1;
    history->findings.kind = kind_of(order->port);
    history->findings.fixed = order->fixed.baud > 0;
    doctor_telegrams_start(&doctor->telegrams, &order->keys);
    if (history->findings.kind == PORT_RECORDING)
        read_recording(doctor, path_behind(order->port, "file:"));
    else
        listen_live(doctor, stuck);
    doctor_telegrams_end(&doctor->telegrams);
    free(doctor);
}

void doctor_history_free(struct doctor_history *history)
{
    free(history->reason);
    free(history->holder);
    buffer_free(&history->identification);
    buffer_free(&history->origin);
    buffer_free(&history->equipment);
}
