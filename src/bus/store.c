/* SPDX-License-Identifier: MIT */
#include "bus/store.h"

#include "core/memory.h"

#include <stdlib.h>
#include <string.h>

struct store {
    struct stored_value *values; /* by item */
    size_t count;
};

struct store *store_new(void)
{
    struct store *store = memory_new(1, sizeof *store);
    store->count = dsmr_item_count();
    store->values = memory_new(store->count, sizeof *store->values);
    return store;
}

void store_free(struct store *store)
{
    if (!store)
        return;
    for (size_t i = 0; i < store->count; i++)
        free(store->values[i].text);
    free(store->values);
    free(store);
}

static void keep_text(struct stored_value *value, struct dsmr_text text)
{
    if (text.size + 1 > value->text_capacity) {
        value->text_capacity = text.size + 1;
        value->text = memory_grow(value->text, value->text_capacity, 1);
    }
    if (text.size > 0)
        memcpy(value->text, text.at, text.size);
    value->text[text.size] = '\0';
    value->text_size = text.size;
}

void store_update(struct store *store, const struct readings *readings)
{
    for (size_t i = 0; i < readings->count; i++) {
        const struct dsmr_reading *reading = &readings->at[i];
        if (reading->superseded || reading->item >= store->count)
            continue;
        struct stored_value *value = &store->values[reading->item];
        value->present = true;
        value->type = reading->type;
        value->number = reading->number;
        value->unit = reading->unit;
        value->has_time = reading->has_time;
        value->time = reading->time;
        value->channel = reading->channel;
        keep_text(value, reading->text);
    }
}

const struct stored_value *store_get(const struct store *store, dsmr_item item)
{
    return item < store->count && store->values[item].present ? &store->values[item] : NULL;
}
