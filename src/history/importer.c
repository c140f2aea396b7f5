/* SPDX-License-Identifier: MIT */
#include "history/importer.h"

#include "core/memory.h"
#include "history/calendar.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { BACK_S = 3600, AHEAD_S = 300 };

struct importer {
    const struct import_setup *setup;
    int64_t unit;
    struct import_counts *counts;
    struct recorder *recorder;
    struct recorder_meter *meter;
    struct dsmr_zone zone;
};

static size_t tier_of(int64_t unit)
{
    for (size_t i = 0; i < TIERS; i++)
        if (recorder_rules_default.tiers[i].length == unit)
            return i;
    return TIER_QUARTER;
}

static void begin(struct importer *importer)
{
    struct recorder_rules rules = recorder_rules_default;
    rules.finest = tier_of(importer->unit);
    importer->recorder = recorder_new(&rules, NULL);
    importer->recorder->past = true;
    importer->meter = recorder_meter(importer->recorder, importer->setup->meter, importer->zone);
}

struct importer *importer_new(const struct import_setup *setup, int64_t unit,
                              struct import_counts *counts)
{
    struct importer *importer = memory_new(1, sizeof *importer);
    importer->setup = setup;
    importer->unit = unit;
    importer->counts = counts;
    importer->zone = setup->has_zone ? setup->zone : dsmr_zone_default;
    begin(importer);
    return importer;
}

void importer_free(struct importer *importer)
{
    if (!importer)
        return;
    recorder_free(importer->recorder);
    free(importer);
}

bool importer_finish(struct importer *importer, char **error)
{
    struct recorder *recorder = importer->recorder;
    if (importer->meter->last_at == 0)
        return true;
    /* What was read on an edge says nothing of the step behind it. */
    struct open_step *step = &importer->meter->steps[recorder->rules.finest];
    if (step->open && step->start == importer->meter->last_at)
        step->open = false;
    /* One that goes on would stand for what dsmr run is still to read in it. */
    if (step->open && step->end > (int64_t)time(NULL)) {
        step->open = false;
        importer->counts->future++;
    }
    recorder_finish(recorder);
    bool good =
        history_fill(importer->setup->store, &recorder->batch, importer->unit,
                     importer->setup->meter, importer->zone, &importer->counts->filled, error);
    recorder_free(recorder);
    begin(importer);
    return good;
}

bool importer_is_future(struct import_counts *counts, int64_t at)
{
    bool future = at > (int64_t)time(NULL) + AHEAD_S;
    counts->future += future ? 1 : 0;
    return future;
}

bool importer_take(struct importer *importer, const struct readings *readings, int64_t at,
                   char **error)
{
    if (importer_is_future(importer->counts, at))
        return true;
    if (importer->meter->last_at - at > BACK_S && !importer_finish(importer, error))
        return false;
    if (at <= importer->meter->last_at || at <= 0)
        return true;
    recorder_take_at(importer->recorder, importer->meter, readings, at);
    importer->counts->taken++;
    return true;
}

void importer_value(struct importer *importer, dsmr_item item, const struct row_entry *value)
{
    uint16_t place = importer->meter->places[item];
    if (place == 0)
        place = (uint16_t)(1 + recorder_slot(importer->recorder, importer->meter, item,
                                             dsmr_item_id(item), false, false));
    if (!importer->meter->slots[place - 1].counter)
        recorder_put_range(importer->meter, place - 1u, value);
}

/* ------------------------------------------------------------------------------------------------
 * Names and numbers of others
 */

/* How the entity ids of Home Assistant's integrations dsmr end. */
static const struct {
    const char *ending;
    const char *id;
} endings[] = {
    {"energy_consumption_tarif_1", "eDeliveryTariff1"},
    {"energy_consumption_tarif_2", "eDeliveryTariff2"},
    {"energy_production_tarif_1", "eProductionTariff1"},
    {"energy_production_tarif_2", "eProductionTariff2"},
    {"energy_consumption_total", "eDeliveryTariff0"},
    {"energy_production_total", "eProductionTariff0"},
    {"power_consumption", "eActualDelivery"},
    {"power_production", "eActualProduction"},
    {"power_consumption_phase_l1", "eInstantPowerDeliveryL1"},
    {"power_consumption_phase_l2", "eInstantPowerDeliveryL2"},
    {"power_consumption_phase_l3", "eInstantPowerDeliveryL3"},
    {"power_production_phase_l1", "eInstantPowerProductionL1"},
    {"power_production_phase_l2", "eInstantPowerProductionL2"},
    {"power_production_phase_l3", "eInstantPowerProductionL3"},
    {"voltage_phase_l1", "eInstantVoltageL1"},
    {"voltage_phase_l2", "eInstantVoltageL2"},
    {"voltage_phase_l3", "eInstantVoltageL3"},
    {"current_phase_l1", "eInstantCurrentL1"},
    {"current_phase_l2", "eInstantCurrentL2"},
    {"current_phase_l3", "eInstantCurrentL3"},
    {"gas_consumption", "gValue"},
    {"water_consumption", "wValue"},
};

dsmr_item import_item_of(const struct import_setup *setup, const char *sensor)
{
    size_t size = strlen(sensor);
    for (size_t i = 0; i < setup->name_count; i++)
        if (strcmp(setup->names[i].sensor, sensor) == 0)
            return setup->names[i].item;
    for (size_t i = 0; setup->name_count == 0 && i < sizeof endings / sizeof endings[0]; i++) {
        size_t wanted = strlen(endings[i].ending);
        if (size > wanted && strcmp(sensor + size - wanted, endings[i].ending) == 0)
            return dsmr_item_find((struct dsmr_text){endings[i].id, strlen(endings[i].id)});
    }
    return DSMR_ITEM_NONE;
}

bool import_number(const char *text, const char *unit, dsmr_item item, struct dsmr_number *number)
{
    const struct dsmr_item_info *info = dsmr_item_info(item);
    enum dsmr_unit found = DSMR_UNIT_NONE;
    int exponent = 0;
    if (dsmr_number_parse((struct dsmr_text){text, strlen(text)}, number) != DSMR_OK ||
        number->decimals > 9)
        return false;
    if (!unit || unit[0] == '\0')
        return true;
    const char *spelled = strcmp(unit, "m³") == 0 ? "m3" : unit;
    if (dsmr_unit_parse((struct dsmr_text){spelled, strlen(spelled)}, &found, &exponent) != DSMR_OK)
        return false;
    return info && found == info->unit && dsmr_number_scale(number, exponent) == DSMR_OK;
}
