/* SPDX-License-Identifier: MIT */
/*
 * The simulated household as readings without the way over a telegram's text, so that years pass in
 * minutes; and what its registers truly stood at. A telegram, written and decoded, is the mould.
 */
#ifndef DSMR_TESTS_HISTORY_HOUSE_H
#define DSMR_TESTS_HISTORY_HOUSE_H

#include "history/recorder.h"
#include "meter/decoded.h"
#include "simulate/household.h"
#include "simulate/standard.h"
#include "simulate/telegram_writer.h"

#include <stdlib.h>
#include <string.h>

enum { HOUSE_DEVICES = 1 << DEVICE_GAS | 1 << DEVICE_WATER };

/* What one reading is of. */
struct house_part {
    int64_t (*value)(const struct household *household, int which);
    int which;
};

struct house {
    struct household household;
    struct dsmr_framer framer;
    struct dsmr_channels channels;
    struct decoded decoded;
    struct house_part *parts; /* by place of the reading */
    struct readings readings;
    char buffer[DSMR_TELEGRAM_MAX];
    char text[DSMR_TELEGRAM_MAX];
    char serial[32];
};

static int64_t house_delivery(const struct household *h, int tariff)
{
    return h->delivery_ws[tariff] / 3600;
}

static int64_t house_production(const struct household *h, int tariff)
{
    return h->production_ws[tariff] / 3600;
}

static int64_t house_power(const struct household *h, int production)
{
    return production ? household_production_w(h) : household_delivery_w(h);
}

static int64_t house_phase(const struct household *h, int which)
{
    int64_t power = h->phases[which / 2].power_w;
    power = which % 2 ? -power : power;
    return power > 0 ? power : 0;
}

static int64_t house_voltage(const struct household *h, int phase)
{
    return h->phases[phase].voltage_dv;
}

static int64_t house_current(const struct household *h, int phase)
{
    return (h->phases[phase].current_ma + 500) / 1000;
}

static int64_t house_device(const struct household *h, int kind)
{
    return h->devices[kind].latest.millionths / 1000;
}

static const struct {
    const char *id;
    struct house_part part;
} house_parts[] = {
    {"eDeliveryTariff1", {house_delivery, 0}},     {"eDeliveryTariff2", {house_delivery, 1}},
    {"eProductionTariff1", {house_production, 0}}, {"eProductionTariff2", {house_production, 1}},
    {"eActualDelivery", {house_power, 0}},         {"eActualProduction", {house_power, 1}},
    {"eInstantPowerDeliveryL1", {house_phase, 0}}, {"eInstantPowerProductionL1", {house_phase, 1}},
    {"eInstantPowerDeliveryL2", {house_phase, 2}}, {"eInstantPowerProductionL2", {house_phase, 3}},
    {"eInstantPowerDeliveryL3", {house_phase, 4}}, {"eInstantPowerProductionL3", {house_phase, 5}},
    {"eInstantVoltageL1", {house_voltage, 0}},     {"eInstantVoltageL2", {house_voltage, 1}},
    {"eInstantVoltageL3", {house_voltage, 2}},     {"eInstantCurrentL1", {house_current, 0}},
    {"eInstantCurrentL2", {house_current, 1}},     {"eInstantCurrentL3", {house_current, 2}},
    {"gValue", {house_device, DEVICE_GAS}},        {"wValue", {house_device, DEVICE_WATER}},
};

/* A telegram of the household, decoded: its readings stay valid until the next one. */
static inline void house_mould(struct house *house)
{
    struct dsmr_telegram telegram;
    size_t size = telegram_write(standard_find("5.0"), &house->household, HOUSE_DEVICES,
                                 house->text, sizeof house->text);
    dsmr_framer_init(&house->framer, house->buffer, sizeof house->buffer);
    dsmr_framer_push(&house->framer, house->text, size);
    if (dsmr_framer_next(&house->framer, &telegram) != DSMR_OK)
        abort();
    decoded_read(&house->decoded, &telegram, &house->channels, NULL);
    free(house->parts);
    house->parts = calloc(house->decoded.count, sizeof *house->parts);
    for (size_t i = 0; i < house->decoded.count; i++)
        for (size_t k = 0; k < sizeof house_parts / sizeof house_parts[0]; k++)
            if (strcmp(dsmr_item_id(house->decoded.readings[i].item), house_parts[k].id) == 0)
                house->parts[i] = house_parts[k].part;
    house->readings = (struct readings){
        .meter = "main",
        .at = house->decoded.readings,
        .count = house->decoded.count,
        .has_time = true,
        .crc = DSMR_CRC_OK,
    };
}

static inline void house_begin(struct house *house, uint64_t seed, int64_t start)
{
    memset(house, 0, sizeof *house);
    household_init(&house->household, seed, start, 1);
    dsmr_channels_init(&house->channels);
    house_mould(house);
}

/* Another household moves in: other meters, that stand elsewhere. */
static inline void house_swap(struct house *house, uint64_t seed)
{
    int64_t now = house->household.unix_s;
    household_init(&house->household, seed, now, 1);
    dsmr_channels_init(&house->channels);
    house_mould(house);
}

/* The readings of this moment. */
static inline const struct readings *house_readings(struct house *house)
{
    const struct household *household = &house->household;
    for (size_t i = 0; i < house->decoded.count; i++) {
        struct dsmr_reading *reading = &house->decoded.readings[i];
        const struct house_part *part = &house->parts[i];
        if (!part->value)
            continue;
        reading->number.mantissa = part->value(household, part->which);
        if (reading->has_time)
            reading->time.unix_s = household->devices[part->which].latest.unix_s;
    }
    house->readings.time.unix_s = household->unix_s;
    house->readings.received_ms = household->unix_s * 1000;
    return &house->readings;
}

static inline void house_end(struct house *house)
{
    decoded_free(&house->decoded);
    free(house->parts);
}

/* ------------------------------------------------------------------------------------------------
 * The truth
 */

enum { TRUTH_PARTS = 8 };

static const char *const truth_ids[TRUTH_PARTS] = {
    "eDeliveryTariff1", "eDeliveryTariff2", "eProductionTariff1", "eProductionTariff2",
    "gValue",           "wValue",           "eDelivery",          "eProduction"};

/* Registers in thousandths. */
struct truth {
    int64_t at[TRUTH_PARTS];
};

static inline void truth_read(struct truth *truth, const struct household *h)
{
    for (int i = 0; i < 2; i++) {
        truth->at[i] = house_delivery(h, i);
        truth->at[2 + i] = house_production(h, i);
    }
    truth->at[4] = house_device(h, DEVICE_GAS);
    truth->at[5] = house_device(h, DEVICE_WATER);
    truth->at[6] = truth->at[0] + truth->at[1];
    truth->at[7] = truth->at[2] + truth->at[3];
}

#endif
