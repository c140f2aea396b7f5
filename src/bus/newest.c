/* SPDX-License-Identifier: MIT */
#include "bus/newest.h"

#include "bus/store.h"
#include "core/memory.h"

#include <stdlib.h>
#include <string.h>

struct known_meter {
    char *name;
    struct store *store;
};

struct newest {
    struct known_meter *meters;
    size_t count;
};

struct newest *newest_new(void)
{
    return memory_new(1, sizeof(struct newest));
}

void newest_free(struct newest *newest)
{
    if (!newest)
        return;
    for (size_t i = 0; i < newest->count; i++) {
        free(newest->meters[i].name);
        store_free(newest->meters[i].store);
    }
    free(newest->meters);
    free(newest);
}

static struct store *store_of(struct newest *newest, const char *meter)
{
    for (size_t i = 0; i < newest->count; i++)
        if (strcmp(newest->meters[i].name, meter) == 0)
            return newest->meters[i].store;
    newest->meters = memory_grow(newest->meters, newest->count + 1, sizeof *newest->meters);
    struct known_meter *fresh = &newest->meters[newest->count++];
    *fresh = (struct known_meter){memory_text(meter), store_new()};
    return fresh->store;
}

void newest_update(struct newest *newest, const struct readings *readings)
{
    store_update(store_of(newest, readings->meter), readings);
}

static struct dsmr_reading reading_of(dsmr_item item, const struct stored_value *value)
{
    return (struct dsmr_reading){
        .item = item,
        .text = {value->text, value->text_size},
        .channel = value->channel,
        .has_time = value->has_time,
        .type = value->type,
        .number = value->number,
        .unit = value->unit,
        .time = value->time,
    };
}

static void publish_meter(const struct known_meter *meter, struct sink *sink)
{
    size_t items = dsmr_item_count(), count = 0;
    struct dsmr_reading *at = memory_new(items, sizeof *at);
    for (size_t item = 0; item < items; item++) {
        const struct stored_value *value = store_get(meter->store, (dsmr_item)item);
        if (value)
            at[count++] = reading_of((dsmr_item)item, value);
    }
    sink->kind->publish(sink, &(struct readings){.meter = meter->name, .at = at, .count = count});
    free(at);
}

void newest_publish(const struct newest *newest, struct sink *sink)
{
    for (size_t i = 0; i < newest->count; i++)
        publish_meter(&newest->meters[i], sink);
}
