/* SPDX-License-Identifier: MIT */
/*
 * The past goes the way that telegrams go: written, decoded, recorded. There is one every ten seconds, of
 * the time of which nothing finer than minutes is kept one a minute. Where
 * the history has the meter already, the household begins with the registers that it has.
 */
#include "cmd/service_past.h"

#include "core/memory.h"
#include "meter/decoded.h"
#include "simulate/simulated_meter.h"
#include "simulate/telegram_writer.h"
#include "sink/history.h"

#include <stdlib.h>
#include <string.h>

enum {
    DAY_S = 86400,
    STEP_S = 10,
    COARSE_STEP_S = 60,
    WRITE_BYTES = 4 << 20,
    WS_A_WH = 3600,
};

static const char scheme[] = "simulated:";
static const char topic[] = "history";

struct past {
    const struct standard *standard;
    unsigned devices;
    struct household *household;
    struct sink *history;
    struct recorder_meter *meter;
    struct dsmr_framer framer;
    struct dsmr_channels channels;
    struct decoded decoded;
    char text[TELEGRAM_WRITER_MAX];
    char buffer[DSMR_TELEGRAM_MAX];
};

/* With so many decimals; false where the history does not have it. */
static bool reading_with(const struct recorder_meter *meter, const char *id, uint8_t decimals,
                         int64_t *reading)
{
    for (size_t i = 0; i < meter->slot_count; i++) {
        const struct slot *slot = &meter->slots[i];
        if (strcmp(slot->id, id) != 0 || !slot->known || slot->decimals != decimals)
            continue;
        *reading = slot->reading;
        return true;
    }
    return false;
}

/* In thousandths of its unit. */
static bool reading_of(const struct recorder_meter *meter, const char *id, int64_t *thousandths)
{
    return reading_with(meter, id, 3, thousandths);
}

static void set_count(int *count, const struct recorder_meter *meter, const char *id)
{
    int64_t reading;
    if (reading_with(meter, id, 0, &reading))
        *count = (int)reading;
}

static void resume_counts(struct household *household, const struct recorder_meter *meter)
{
    static const char *const sags[PHASES] = {"eVoltageSagsL1", "eVoltageSagsL2", "eVoltageSagsL3"};
    static const char *const swells[PHASES] = {"eVoltageSwellsL1", "eVoltageSwellsL2",
                                               "eVoltageSwellsL3"};
    set_count(&household->failures, meter, "ePowerFailures");
    set_count(&household->long_failures, meter, "eLongPowerFailures");
    for (size_t i = 0; i < PHASES; i++) {
        set_count(&household->phases[i].sags, meter, sags[i]);
        set_count(&household->phases[i].swells, meter, swells[i]);
    }
}

static void set_device(struct household *household, const struct recorder_meter *meter,
                       enum device_kind kind, const char *id)
{
    int64_t reading;
    if (reading_of(meter, id, &reading))
        household_set_device(household, kind, reading * 1000);
}

/* The log of failures is the past's: it would be invented anew. */
static void resume(struct household *household, const struct recorder_meter *meter)
{
    static const char *const delivery[] = {"eDeliveryTariff1", "eDeliveryTariff2"};
    static const char *const production[] = {"eProductionTariff1", "eProductionTariff2"};
    int64_t reading;
    for (size_t i = 0; i < 2; i++) {
        if (reading_of(meter, delivery[i], &reading))
            household->delivery_ws[i] = reading * WS_A_WH;
        if (reading_of(meter, production[i], &reading))
            household->production_ws[i] = reading * WS_A_WH;
    }
    set_device(household, meter, DEVICE_GAS, "gValue");
    set_device(household, meter, DEVICE_WATER, "wValue");
    resume_counts(household, meter);
    household->log_count = 0;
}

static void take(struct past *past)
{
    struct dsmr_telegram telegram;
    size_t size = telegram_write(past->standard, past->household, past->devices, past->text,
                                 sizeof past->text);
    dsmr_framer_push(&past->framer, past->text, size);
    while (dsmr_framer_next(&past->framer, &telegram) != DSMR_MORE) {
        if (telegram.status != DSMR_OK)
            continue;
        decoded_read(&past->decoded, &telegram, &past->channels, NULL);
        struct readings readings = {
            .meter = past->meter->name,
            .identification = telegram.identification,
            .at = past->decoded.readings,
            .count = past->decoded.count,
            .received_ms = past->household->unix_s * 1000,
            .series = past->meter->series,
        };
        recorder_take_at(history_sink_recorder(past->history), past->meter, &readings,
                         past->household->unix_s);
    }
}

static int64_t step_of(const struct past *past, int64_t fine)
{
    return past->household->unix_s < fine ? COARSE_STEP_S : STEP_S;
}

/* False when it cannot be written. */
static bool live(struct past *past, int64_t until)
{
    struct recorder *recorder = history_sink_recorder(past->history);
    int64_t fine = until - recorder->rules.tiers[0].keep_s;
    for (int64_t step; (step = step_of(past, fine)) < until - past->household->unix_s;) {
        household_advance(past->household, step - past->household->unix_s % step);
        take(past);
        if (batch_bytes(&recorder->batch) > WRITE_BYTES && !history_sink_write(past->history))
            return false;
    }
    household_advance(past->household, until - past->household->unix_s);
    return history_sink_write(past->history);
}

static struct household *live_through(const struct standard *standard, struct sink *history,
                                      const char *name, int64_t start, int64_t now_s)
{
    struct recorder *recorder = history_sink_recorder(history);
    struct past *past = memory_new(1, sizeof *past);
    past->standard = standard;
    past->devices = SIMULATED_SOURCE_DEVICES;
    past->history = history;
    past->household = memory_new(1, sizeof *past->household);
    past->meter = recorder_find(recorder, name);
    if (past->meter && past->meter->last_at > start)
        start = past->meter->last_at;
    household_init(past->household, 1, start, standard->power_step_w);
    if (past->meter)
        resume(past->household, past->meter);
    else
        past->meter = recorder_meter(recorder, name, dsmr_zone_default);
    dsmr_framer_init(&past->framer, past->buffer, sizeof past->buffer);
    dsmr_channels_init(&past->channels);
    struct household *household = past->household;
    if (start > now_s || !live(past, now_s)) {
        free(household);
        household = NULL;
    }
    decoded_free(&past->decoded);
    free(past);
    return household;
}

struct household *service_past(const struct config *config, struct sink *history, int days,
                               int64_t now_s, struct log *log)
{
    const char *port = config_meter_text(config, 0, CONFIG_PORT);
    if (strncmp(port, scheme, sizeof scheme - 1) != 0) {
        log_warn(log, topic, "--past is for a simulated port: %s has a past of its own", port);
        return NULL;
    }
    if (!history || !history_sink_recorder(history)) {
        log_warn(log, topic,
                 "--past has no effect without a history that can be written "
                 "(history.path=)");
        return NULL;
    }
    const char *name = port + sizeof scheme - 1;
    const struct standard *standard = standard_find(*name != '\0' ? name : "5.0");
    if (!standard)
        return NULL; /* which the source will tell */
    log_info(log, topic, "writing the simulated past, %d days at most", days);
    return live_through(standard, history, config_meter_name(config, 0),
                        now_s - (int64_t)days * DAY_S, now_s);
}
