/* SPDX-License-Identifier: MIT */
#include "source/line.h"

#include "source/found_speed.h"

#include <stdio.h>

static int64_t now(const struct line *line)
{
    return loop_now(line->setup->loop);
}

static void changed(const struct line *line)
{
    line->setup->listener.changed(line->setup->listener.context);
}

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

void line_start(struct line *line)
{
    const struct source_setup *setup = line->setup;
    int baud = line->found_baud;
    if (baud == 0)
        baud = found_speed_read(setup->state_folder, setup->port);
    if (setup->fixed.baud > 0)
        detection_fix(&line->detection, setup->fixed.baud, now(line));
    else
        detection_search(&line->detection, baud, now(line));
    line->told = FINDING_NONE;
}

struct line_settings line_wanted(const struct line *line)
{
    if (line->detection.state == DETECTION_FIXED)
        return line->setup->fixed;
    return (struct line_settings){
        .baud = line->detection.baud, .bits = 8, .parity = 'N', .stop = 1};
}

void line_is_set(struct line *line)
{
    struct line_settings settings = line_wanted(line);
    parity_init(&line->parity);
    if (line->setup->heard)
        line->setup->heard(line->setup->listener.context, "", 0, &settings);
    line->setup->listener.restart(line->setup->listener.context);
    if (line->detection.state == DETECTION_SEARCHING)
        log_debug(line->setup->log, "port", "%s: listening at %d baud", line->setup->port,
                  line->detection.baud);
}

bool line_bytes(struct line *line, char *bytes, size_t size)
{
    struct line_settings settings = line_wanted(line);
    if (line->setup->heard)
        line->setup->heard(line->setup->listener.context, bytes, size, &settings);
    if (detection_bytes(&line->detection, bytes, size, now(line)))
        return true;
    parity_strip(&line->parity, bytes, size);
    line->setup->listener.bytes(line->setup->listener.context, bytes, size);
    return false;
}

/* On a bad line this comes again and again. */
static void tell_search(struct line *line, const char *why)
{
    uint64_t missed = 0;
    line->search_told = log_repeat_due(&line->searches, now(line), &missed);
    log_write(line->setup->log, line->search_told ? LOG_WARN : LOG_DEBUG, "port",
              "%s: %s: finding out the speed again", line->setup->port, why);
}

bool line_tick(struct line *line)
{
    enum detection_state before = line->detection.state;
    bool change = detection_tick(&line->detection, now(line));
    if (before == DETECTION_LOCKED && line->detection.state != DETECTION_LOCKED)
        tell_search(line, "nothing good for a minute");
    enum detection_finding finding = detection_finding(&line->detection);
    if (finding != FINDING_NONE && finding != line->told) {
        line->told = finding;
        log_warn(line->setup->log, "port", "%s: %s", line->setup->port, finding_text(finding));
    }
    if (!change && before != line->detection.state)
        changed(line);
    return change;
}

static void describe(const struct line *line, char *text, size_t size)
{
    struct line_settings settings = line_wanted(line);
    bool seven = line->parity.stripping && settings.bits == 8;
    snprintf(text, size, "%d %d%c%d", settings.baud, seven ? 7 : settings.bits,
             seven ? 'E' : settings.parity, settings.stop);
}

void line_verdict(struct line *line, enum source_verdict verdict)
{
    const struct source_setup *setup = line->setup;
    char settings[24];
    if (verdict == SOURCE_REFUSED) {
        if (detection_refused(&line->detection, now(line)))
            tell_search(line, "five telegrams refused in a row");
        return;
    }
    if (!detection_good(&line->detection, now(line)))
        return;
    describe(line, settings, sizeof settings);
    bool news = line->detection.baud != line->found_baud || line->loss_told || line->search_told;
    log_write(setup->log, news ? LOG_INFO : LOG_DEBUG, "port", "%s: found a meter at %s",
              setup->port, settings);
    line->found_baud = line->detection.baud;
    line->loss_told = false;
    line->search_told = false;
    found_speed_write(setup->state_folder, setup->port, line->detection.baud);
    changed(line);
}

void line_status(const struct line *line, struct source_status *status)
{
    enum detection_finding finding = detection_finding(&line->detection);
    if (line->detection.state != DETECTION_SEARCHING) {
        describe(line, status->settings, sizeof status->settings);
        snprintf(status->state, sizeof status->state, "reading");
    } else if (finding == FINDING_NONE) {
        snprintf(status->state, sizeof status->state, "listening at %d baud", line->detection.baud);
    } else {
        snprintf(status->state, sizeof status->state, "%s", finding_text(finding));
    }
}
