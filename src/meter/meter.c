/* SPDX-License-Identifier: MIT */
#include "meter/meter.h"

#include "core/memory.h"
#include "meter/decoded.h"
#include "meter/guard.h"
#include "meter/meter_log.h"
#include "meter/secrecy.h"

#include <stdlib.h>
#include <string.h>

enum {
    SILENCE_MS = 200,     /* the telegram is over, line end or not [reference 2.2] */
    MISSED_MS = 35000,    /* three intervals of the slowest meter */
    LINES_OF_A_METER = 3, /* without CRC, so many good lines prove the speed [reference 7] */
};

struct meter {
    struct meter_setup setup;
    struct source *source;
    char *port;
    struct dsmr_framer framer;
    struct dsmr_channels channels;
    struct decoded decoded;
    struct guard *guard;
    struct secrecy *secrecy;
    struct loop_timer *silence; /* since the last byte */
    struct loop_timer *missed;  /* since the last good telegram, or the start */
    struct meter_log told;
    uint64_t good;
    uint64_t refused;
    uint64_t bytes;
    char *crc_identification; /* of the meter that sends CRCs: none of its telegrams goes without */
    size_t crc_identification_size;
    bool interrupted; /* or silent since the last of them: there may be another meter by now */
    bool restarting;  /* what comes now is no news of the source as it is */
    bool waiting;     /* for a telegram that is overdue, and it was told */
    char buffer[DSMR_TELEGRAM_MAX];
};

void meter_tell_line(const struct meter *meter)
{
    struct source_status status = {0};
    meter->source->kind->status(meter->source, &status);
    struct line_status line = {
        .meter = meter->setup.name,
        .port = meter->port,
        .settings = status.settings,
        .state = status.state,
        .connected = status.connected,
        .good = meter->good,
        .refused = meter->refused,
        .bytes = meter->bytes,
    };
    bus_line(meter->setup.bus, &line);
}

/* ------------------------------------------------------------------------------------------------
 * Telegrams
 */

static void tell_source(struct meter *meter, enum source_verdict verdict)
{
    if (meter->source->kind->verdict && !meter->restarting)
        meter->source->kind->verdict(meter->source, verdict);
}

static void refuse(struct meter *meter, const struct dsmr_telegram *telegram, const char *reason)
{
    meter->refused++;
    meter_log_refusal(&meter->told, telegram, reason, meter->refused, meter->refused + meter->good,
                      secrecy_refused(meter->secrecy, telegram));
    bus_refused(meter->setup.bus, meter->setup.name, telegram);
    tell_source(meter, secrecy_is_meter(meter->secrecy, telegram) ? SOURCE_GOOD : SOURCE_REFUSED);
    meter_tell_line(meter);
}

static void publish(struct meter *meter, const struct dsmr_telegram *telegram)
{
    struct readings readings = {
        .meter = meter->setup.name,
        .identification = telegram->identification,
        .at = meter->decoded.readings,
        .count = meter->decoded.count,
        .has_time = meter->decoded.has_time,
        .time = meter->decoded.time,
        .received_ms = loop_wall(meter->setup.loop),
        .crc = telegram->crc,
        .series = guard_series(meter->guard),
        .telegram = telegram,
        .decoded = &meter->decoded,
    };
    bus_publish(meter->setup.bus, &readings);
}

static void accept(struct meter *meter, const struct dsmr_telegram *telegram)
{
    guard_check(meter->guard, &meter->decoded, telegram->crc, loop_now(meter->setup.loop),
                loop_wall(meter->setup.loop));
    meter->good++;
    if (meter->waiting)
        log_info(meter->setup.log, "meter", "%s: telegrams come again", meter->setup.name);
    meter->waiting = false;
    loop_timer_start(meter->missed, MISSED_MS, 0);
    if (telegram->crc == DSMR_CRC_OK || meter->decoded.count >= LINES_OF_A_METER)
        tell_source(meter, SOURCE_GOOD);
    if (meter->good == 1)
        meter_log_first(&meter->told, telegram);
    meter_log_lines(&meter->told, &meter->decoded, meter->guard);
    meter_log_bad_lines(&meter->told, &meter->decoded);
    publish(meter, telegram);
    meter_tell_line(meter);
}

/* Noise has a '/' and a '!' now and then, but no object between them. */
static bool has_object(const struct decoded *decoded)
{
    for (size_t i = 0; i < decoded->leftover_count; i++)
        if (decoded->leftovers[i].status != DSMR_ERR_LINE)
            return true;
    return decoded->count > 0;
}

static bool sent_crc(const struct meter *meter, struct dsmr_text identification)
{
    return meter->crc_identification && meter->crc_identification_size == identification.size &&
           memcmp(meter->crc_identification, identification.at, identification.size) == 0;
}

static void remember_crc(struct meter *meter, struct dsmr_text identification)
{
    meter->interrupted = false;
    if (sent_crc(meter, identification))
        return;
    free(meter->crc_identification);
    meter->crc_identification = memory_copy(identification.at, identification.size);
    meter->crc_identification_size = identification.size;
}

/* True when this meter sends CRCs, and here is none. */
static bool misses_crc(const struct meter *meter, const struct dsmr_telegram *telegram)
{
    if (telegram->crc != DSMR_CRC_NONE || !meter->crc_identification)
        return false;
    return !meter->interrupted || sent_crc(meter, telegram->identification);
}

static void take_good(struct meter *meter, const struct dsmr_telegram *telegram)
{
    if (misses_crc(meter, telegram)) {
        refuse(meter, telegram, "no CRC, but this meter sends one");
        return;
    }
    const char *reason = secrecy_check(meter->secrecy, telegram);
    if (reason) {
        refuse(meter, telegram, reason);
        return;
    }
    decoded_read(&meter->decoded, telegram, &meter->channels,
                 meter->setup.has_zone ? &meter->setup.zone : NULL);
    if (telegram->crc == DSMR_CRC_OK)
        remember_crc(meter, telegram->identification);
    if (telegram->crc == DSMR_CRC_OK || has_object(&meter->decoded))
        accept(meter, telegram);
    else
        refuse(meter, telegram, "there is nothing in it");
}

static void take(struct meter *meter, const struct dsmr_telegram *telegram)
{
    if (telegram->status == DSMR_ERR_GARBAGE)
        log_debug(meter->setup.log, "meter", "%s: skipped %llu bytes outside any telegram",
                  meter->setup.name, (unsigned long long)telegram->skipped);
    else if (telegram->status == DSMR_OK)
        take_good(meter, telegram);
    else
        refuse(meter, telegram, dsmr_strerror(telegram->status));
}

static void take_telegrams(struct meter *meter)
{
    struct dsmr_telegram telegram;
    while (dsmr_framer_next(&meter->framer, &telegram) != DSMR_MORE)
        take(meter, &telegram);
}

/* ------------------------------------------------------------------------------------------------
 * What the source tells
 */

/* Silence says something only while a telegram waits for its end. */
static void await_silence(struct meter *meter)
{
    if (dsmr_framer_open(&meter->framer))
        loop_timer_start(meter->silence, SILENCE_MS, 0);
    else
        loop_timer_stop(meter->silence);
}

static void bytes_came(void *context, const char *bytes, size_t size)
{
    struct meter *meter = context;
    meter->bytes += size;
    dsmr_framer_push(&meter->framer, bytes, size);
    take_telegrams(meter);
    await_silence(meter);
}

static void start_framer(struct meter *meter)
{
    dsmr_framer_init(&meter->framer, meter->buffer, sizeof meter->buffer);
    dsmr_framer_decrypt(&meter->framer, secrecy_cipher(meter->secrecy));
}

/* What is half read will never be whole, but nothing is missing behind a '!'. */
static void stream_restarted(void *context)
{
    struct meter *meter = context;
    meter->restarting = true;
    dsmr_framer_flush(&meter->framer, false);
    take_telegrams(meter);
    meter->restarting = false;
    meter->interrupted = true;
    loop_timer_stop(meter->silence);
    start_framer(meter);
}

static void source_changed(void *context)
{
    struct meter *meter = context;
    if (meter->source)
        meter_tell_line(meter);
}

static void line_silent(void *context)
{
    struct meter *meter = context;
    dsmr_framer_flush(&meter->framer, false);
    take_telegrams(meter);
}

static void telegram_missed(void *context)
{
    struct meter *meter = context;
    meter->interrupted = true;
    meter->waiting = meter_log_missed(&meter->told, MISSED_MS / 1000);
}

static bool starts_with(const char *text, const char *start)
{
    return strncmp(text, start, strlen(start)) == 0;
}

/* A simulated meter begins its life anew each time, and so may a recording: of these nothing is
 * remembered. */
static struct guard *new_guard(const struct meter_setup *setup)
{
    bool recording = starts_with(setup->port, "file:") || starts_with(setup->port, "stdin:") ||
                     strcmp(setup->port, "-") == 0;
    bool live = !recording && !starts_with(setup->port, "simulated:");
    return guard_new(&(struct guard_setup){
        .meter = setup->name,
        .port = setup->port,
        .state_folder = live ? setup->state_folder : NULL,
        .replay = recording,
        .limits = setup->limits,
        .log = setup->log,
    });
}

struct meter *meter_new(const struct meter_setup *setup, char **error)
{
    struct meter *meter = memory_new(1, sizeof *meter);
    meter->setup = *setup;
    meter->told = (struct meter_log){.log = setup->log, .loop = setup->loop, .meter = setup->name};
    meter->port = memory_text(setup->port);
    meter->channels = setup->channels;
    meter->silence = loop_timer_new(setup->loop, line_silent, meter);
    meter->missed = loop_timer_new(setup->loop, telegram_missed, meter);
    loop_timer_start(meter->missed, MISSED_MS, 0);
    meter->guard = new_guard(setup);
    meter->secrecy = secrecy_new(&(struct secrecy_setup){
        .meter = meter->setup.name,
        .keys = setup->keys,
        .refuse_replays = setup->refuse_replays,
        .log = setup->log,
    });
    explicit_bzero(&meter->setup.keys, sizeof meter->setup.keys);
    start_framer(meter);
    struct source_setup source = {
        .port = meter->port,
        .state_folder = setup->state_folder,
        .fixed = setup->fixed,
        .broker = setup->broker,
        .household = setup->household,
        .loop = setup->loop,
        .log = setup->log,
        .listener = {bytes_came, stream_restarted, source_changed, meter},
    };
    meter->source = source_open(&source, error);
    if (!meter->source) {
        meter_free(meter);
        return NULL;
    }
    meter_tell_line(meter);
    return meter;
}

struct meter_counts meter_count(const struct meter *meter)
{
    return (struct meter_counts){.good = meter->good, .refused = meter->refused};
}

void meter_free(struct meter *meter)
{
    if (!meter)
        return;
    if (meter->source)
        meter->source->kind->free(meter->source);
    loop_timer_free(meter->silence);
    loop_timer_free(meter->missed);
    decoded_free(&meter->decoded);
    free(meter->crc_identification);
    guard_free(meter->guard);
    secrecy_free(meter->secrecy);
    free(meter->port);
    free(meter);
}
