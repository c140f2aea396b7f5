/* SPDX-License-Identifier: MIT */
#include "cmd/items_seen.h"

#include "core/memory.h"
#include "sink/plain_text.h"

#include <stdlib.h>
#include <string.h>

static struct seen_meter *meter_of(struct seen_meters *meters, const char *name)
{
    for (size_t i = 0; i < meters->count; i++)
        if (strcmp(meters->at[i].name, name) == 0)
            return &meters->at[i];
    meters->at = memory_grow(meters->at, meters->count + 1, sizeof *meters->at);
    struct seen_meter *meter = &meters->at[meters->count++];
    *meter = (struct seen_meter){
        .name = memory_text(name),
        .items = memory_new(dsmr_item_count(), sizeof(struct seen_item)),
    };
    return meter;
}

static void take_reading(struct seen_item *item, const struct dsmr_reading *reading)
{
    struct dsmr_number number = {0};
    if (reading->superseded) /* never told to anybody */
        return;
    uint8_t decimals = item->seen ? item->decimals : 0;
    bool is_number = reading->type == DSMR_TYPE_NUMBER;
    *item = (struct seen_item){
        .seen = true,
        .numeric =
            reading->type == DSMR_TYPE_TEXT && dsmr_number_parse(reading->text, &number) == DSMR_OK,
        .type = reading->type,
        .unit = is_number ? reading->unit : DSMR_UNIT_NONE,
        .decimals = decimals,
    };
    if (is_number && reading->number.decimals > decimals)
        item->decimals = reading->number.decimals;
}

void seen_take(struct seen_meters *meters, const char *meter, struct dsmr_text identification,
               enum dsmr_crc crc, const struct dsmr_reading *readings, size_t count)
{
    if (count == 0)
        return;
    struct seen_meter *seen = meter_of(meters, meter);
    if (seen->model.size == 0)
        plain_text(&seen->model, identification);
    for (size_t i = 0; i < count; i++)
        take_reading(&seen->items[readings[i].item], &readings[i]);
    seen->telegrams++;
    seen->certain = seen->certain || crc == DSMR_CRC_OK;
}

const struct seen_meter *seen_find(const struct seen_meters *meters, const char *name)
{
    for (size_t i = 0; i < meters->count; i++)
        if (strcmp(meters->at[i].name, name) == 0)
            return &meters->at[i];
    return NULL;
}

void seen_rename(struct seen_meter *meter, const char *name)
{
    free(meter->name);
    meter->name = memory_text(name);
}

size_t seen_count(const struct seen_meter *meter, enum dsmr_kind kind)
{
    size_t count = 0;
    for (size_t i = 0; i < dsmr_item_count(); i++)
        count += meter->items[i].seen &&
                 (kind == DSMR_KIND_COUNT || dsmr_item_info((dsmr_item)i)->kind == kind);
    return count;
}

void seen_free(struct seen_meters *meters)
{
    for (size_t i = 0; i < meters->count; i++) {
        free(meters->at[i].name);
        free(meters->at[i].items);
        buffer_free(&meters->at[i].model);
    }
    free(meters->at);
    *meters = (struct seen_meters){0};
}
