/* SPDX-License-Identifier: MIT */
#include "history/recorder.h"

#include "core/memory.h"
#include "history/calendar.h"
#include "history/kept.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PLACE_UNKNOWN = 0, PLACE_NONE = 0xFFFF, PLACE_EQUIPMENT = 0xFFFE };

const struct recorder_rules recorder_rules_default = {{
                                                          {10, 7 * 86400},
                                                          {60, 92 * 86400},
                                                          {STEP_QUARTER, 0},
                                                          {STEP_HOUR, 0},
                                                          {STEP_DAY, 0},
                                                      },
                                                      0};

static const struct guard_limits limits_default = {.power = 56, .gas = 40, .water = 30, .heat = 3};

struct recorder *recorder_new(const struct recorder_rules *rules, struct log *log)
{
    struct recorder *recorder = memory_new(1, sizeof *recorder);
    recorder->rules = *rules;
    recorder->log = log;
    recorder->next_meter_key = 1;
    recorder->next_item_key = 1;
    return recorder;
}

static void free_meter(struct recorder_meter *meter)
{
    for (size_t i = 0; i < TIERS; i++) {
        free(meter->steps[i].entries);
        free(meter->steps[i].filled);
    }
    free(meter->slots);
    free(meter->places);
    free(meter->name);
    free(meter);
}

void recorder_free(struct recorder *recorder)
{
    if (!recorder)
        return;
    for (size_t i = 0; i < recorder->meter_count; i++)
        free_meter(recorder->meters[i]);
    free(recorder->meters);
    batch_free(&recorder->batch);
    buffer_free(&recorder->row);
    free(recorder);
}

/* ------------------------------------------------------------------------------------------------
 * Meters and items
 */

static void note_meter(struct recorder *recorder, const struct recorder_meter *meter)
{
    struct change change = {.kind = CHANGE_METER};
    change.numbers[0] = meter->key;
    change.numbers[1] = meter->zone.offset;
    change.numbers[2] = meter->zone.summer;
    change.numbers[3] = meter->series;
    batch_add(&recorder->batch, &change, meter->name, strlen(meter->name));
}

/* Many meters come in turn: the one behind the last is looked at first. */
struct recorder_meter *recorder_find(struct recorder *recorder, const char *name)
{
    for (size_t i = 0; i < recorder->meter_count; i++) {
        size_t place = (recorder->hint + i) % recorder->meter_count;
        if (strcmp(recorder->meters[place]->name, name) != 0)
            continue;
        recorder->hint = place + 1;
        return recorder->meters[place];
    }
    return NULL;
}

struct recorder_meter *recorder_meter(struct recorder *recorder, const char *name,
                                      struct dsmr_zone zone)
{
    struct recorder_meter *meter = recorder_find(recorder, name);
    if (meter)
        return meter;
    meter = memory_new(1, sizeof *meter);
    meter->name = memory_text(name);
    meter->key = recorder->next_meter_key++;
    meter->zone = zone;
    meter->limits = limits_default;
    meter->finest = recorder->rules.finest;
    meter->places = memory_new(dsmr_item_count(), sizeof *meter->places);
    recorder->meters =
        memory_grow(recorder->meters, recorder->meter_count + 1, sizeof(struct recorder_meter *));
    recorder->meters[recorder->meter_count++] = meter;
    note_meter(recorder, meter);
    return meter;
}

static void grow_slots(struct recorder_meter *meter)
{
    size_t old = meter->slot_capacity;
    size_t fresh = old * 2 + 32;
    meter->slots = memory_grow(meter->slots, fresh, sizeof *meter->slots);
    for (size_t i = 0; i < TIERS; i++) {
        struct open_step *step = &meter->steps[i];
        step->entries = memory_grow(step->entries, fresh, sizeof *step->entries);
        step->filled = memory_grow(step->filled, fresh, sizeof *step->filled);
        memset(step->filled + old, 0, (fresh - old) * sizeof *step->filled);
    }
    meter->slot_capacity = fresh;
}

/* Which part of which sum an item is. */
static void note_part(struct recorder_meter *meter, const char *id, size_t place)
{
    static const char *const stems[SUMS] = {"eDeliveryTariff", "eProductionTariff"};
    static const char *const sums[SUMS] = {"eDelivery", "eProduction"};
    for (size_t i = 0; i < SUMS; i++) {
        size_t size = strlen(stems[i]);
        if (strcmp(id, sums[i]) == 0)
            meter->sums[i].slot = place + 1;
        if (strncmp(id, stems[i], size) == 0 && id[size] >= '0' && id[size] <= '4' &&
            id[size + 1] == '\0')
            meter->sums[i].parts[id[size] - '0'] = place + 1;
    }
}

size_t recorder_add_slot(struct recorder_meter *meter, const struct slot *slot)
{
    if (meter->slot_count == meter->slot_capacity)
        grow_slots(meter);
    size_t place = meter->slot_count++;
    meter->slots[place] = *slot;
    if (slot->item != DSMR_ITEM_NONE)
        meter->places[slot->item] = (uint16_t)(place + 1);
    note_part(meter, slot->id, place);
    return place;
}

size_t recorder_slot(struct recorder *recorder, struct recorder_meter *meter, dsmr_item item,
                     const char *id, bool counter, bool own_time)
{
    const struct dsmr_item_info *info = dsmr_item_info(item);
    struct slot slot = {
        .key = recorder->next_item_key++,
        .item = item,
        .id = id,
        .unit = info ? info->unit : DSMR_UNIT_KWH,
        .counter = counter,
        .own_time = own_time,
    };
    struct change change = {.kind = CHANGE_ITEM, .word = dsmr_unit_name(slot.unit)};
    change.numbers[0] = slot.key;
    change.numbers[1] = meter->key;
    change.numbers[2] = counter;
    change.numbers[3] = own_time;
    batch_add(&recorder->batch, &change, id, strlen(id));
    return recorder_add_slot(meter, &slot);
}

static bool ends_with(const char *text, const char *ending)
{
    size_t size = strlen(text);
    size_t wanted = strlen(ending);
    return size >= wanted && strcmp(text + size - wanted, ending) == 0;
}

/* What becomes of an item that this meter has not sent before. */
static uint16_t new_place(struct recorder *recorder, struct recorder_meter *meter,
                          const struct dsmr_reading *reading)
{
    const struct dsmr_item_info *info = dsmr_item_info(reading->item);
    bool counter;
    if (!info)
        return PLACE_NONE;
    if (info->type == DSMR_TYPE_TEXT)
        return ends_with(info->id, "EquipmentId") ? PLACE_EQUIPMENT : PLACE_NONE;
    if (!history_keeps(info, &counter) || (!counter && reading->has_time) ||
        meter->slot_count >= PLACE_EQUIPMENT - 8)
        return PLACE_NONE;
    bool own_time = counter && reading->has_time;
    return (uint16_t)(1 +
                      recorder_slot(recorder, meter, reading->item, info->id, counter, own_time));
}

static uint16_t place_of(struct recorder *recorder, struct recorder_meter *meter,
                         const struct dsmr_reading *reading)
{
    uint16_t *place = &meter->places[reading->item];
    if (*place == PLACE_UNKNOWN)
        *place = new_place(recorder, meter, reading);
    return *place;
}

/* ------------------------------------------------------------------------------------------------
 * A telegram
 */

static void note_equipment(struct recorder_meter *meter, const struct dsmr_reading *reading)
{
    char *known = meter->equipment[dsmr_item_info(reading->item)->kind];
    size_t size = reading->text.size < IDENTITY_TEXT ? reading->text.size : IDENTITY_TEXT - 1;
    if (strncmp(known, reading->text.at, size) == 0 && known[size] == '\0')
        return;
    memset(known, 0, IDENTITY_TEXT);
    memcpy(known, reading->text.at, size);
}

static void note_guard_series(struct recorder *recorder, struct recorder_meter *meter,
                              uint32_t series)
{
    meter->series_changed = series != meter->series;
    if (!meter->series_changed)
        return;
    meter->series = series;
    note_meter(recorder, meter);
}

static void take_counters(struct recorder *recorder, struct recorder_meter *meter,
                          const struct readings *readings, int64_t at, int64_t now)
{
    for (size_t i = 0; i < readings->count; i++) {
        const struct dsmr_reading *reading = &readings->at[i];
        if (reading->superseded || reading->item == DSMR_ITEM_NONE)
            continue;
        uint16_t place = place_of(recorder, meter, reading);
        if (place == PLACE_NONE || place == PLACE_EQUIPMENT)
            continue;
        struct slot *slot = &meter->slots[place - 1];
        bool timed = slot->own_time && reading->has_time && reading->time.unix_s <= at + STEP_DAY;
        if (slot->counter && reading->type == DSMR_TYPE_NUMBER)
            recorder_count(recorder, meter, slot, dsmr_item_info(reading->item)->kind,
                           reading->number, timed ? reading->time.unix_s : at, now);
    }
}

static void take_values(struct recorder *recorder, struct recorder_meter *meter,
                        const struct readings *readings)
{
    for (size_t i = 0; i < readings->count; i++) {
        const struct dsmr_reading *reading = &readings->at[i];
        if (reading->superseded || reading->item == DSMR_ITEM_NONE ||
            reading->type != DSMR_TYPE_NUMBER || reading->number.decimals > 15)
            continue;
        uint16_t place = place_of(recorder, meter, reading);
        if (place < PLACE_EQUIPMENT && !meter->slots[place - 1].counter)
            recorder_put_value(meter, place - 1u, reading->number);
    }
}

static void take_equipment(struct recorder *recorder, struct recorder_meter *meter,
                           const struct readings *readings)
{
    for (size_t i = 0; i < readings->count; i++) {
        const struct dsmr_reading *reading = &readings->at[i];
        if (reading->type == DSMR_TYPE_TEXT && !reading->superseded &&
            reading->item != DSMR_ITEM_NONE &&
            place_of(recorder, meter, reading) == PLACE_EQUIPMENT)
            note_equipment(meter, reading);
    }
}

/* The number at the end of an id, less 1, when the rest is stem; FAILURES when it is not. */
static size_t entry_of(const char *id, const char *stem)
{
    size_t size = strlen(stem);
    if (strncmp(id, stem, size) != 0)
        return FAILURES;
    unsigned long number = strtoul(id + size, NULL, 10);
    return number >= 1 && number <= FAILURES ? number - 1 : FAILURES;
}

/* Its log of power failures is the same in nearly every telegram. */
static void take_failures(struct recorder *recorder, struct recorder_meter *meter,
                          const struct readings *readings)
{
    int64_t ends[FAILURES] = {0};
    int64_t seconds[FAILURES] = {0};
    for (size_t i = 0; i < readings->count; i++) {
        const struct dsmr_reading *reading = &readings->at[i];
        if (reading->superseded ||
            (reading->type != DSMR_TYPE_TIME && !reading->has_time && reading->unit != DSMR_UNIT_S))
            continue;
        const char *id = dsmr_item_id(reading->item);
        size_t date = id[0] == 'e' ? entry_of(id, "eDatePowerFailure") : FAILURES;
        size_t duration = id[0] == 'e' ? entry_of(id, "eDurationPowerFailure") : FAILURES;
        if (date < FAILURES && reading->type == DSMR_TYPE_TIME)
            ends[date] = reading->time.unix_s;
        else if (duration < FAILURES && reading->number.decimals == 0)
            seconds[duration] = reading->number.mantissa;
    }
    if (memcmp(ends, meter->log.ends, sizeof ends) == 0)
        return;
    memcpy(meter->log.ends, ends, sizeof ends);
    for (size_t i = 0; i < FAILURES; i++)
        if (ends[i] > 0 && seconds[i] > 0)
            batch_add(&recorder->batch,
                      &(struct change){.kind = CHANGE_FAILURE,
                                       .numbers = {meter->key, ends[i], seconds[i]}},
                      "", 0);
}

static void take(struct recorder *recorder, struct recorder_meter *meter,
                 const struct readings *readings, int64_t at, int64_t now)
{
    for (size_t i = 0; i < meter->slot_count; i++) {
        meter->slots[i].seen = false;
        meter->slots[i].delta = 0;
    }
    note_guard_series(recorder, meter, readings->series);
    take_equipment(recorder, meter, readings);
    take_counters(recorder, meter, readings, at, now);
    recorder_sum_up(recorder, meter, at);
    recorder_begin_step(recorder, meter, at);
    take_values(recorder, meter, readings);
    take_failures(recorder, meter, readings);
    meter->last_at = at;
    recorder->taken++;
}

void recorder_take(struct recorder *recorder, struct recorder_meter *meter,
                   const struct readings *readings, int64_t now)
{
    int64_t wall_s = readings->received_ms / 1000;
    recorder->wall_s = wall_s;
    int64_t at = readings->has_time ? readings->time.unix_s : wall_s;
    if (recorder_clock(recorder, meter, at, wall_s, now))
        take(recorder, meter, readings, at, now);
}

void recorder_take_at(struct recorder *recorder, struct recorder_meter *meter,
                      const struct readings *readings, int64_t at)
{
    if (at > meter->last_at)
        take(recorder, meter, readings, at, at * 1000);
}
