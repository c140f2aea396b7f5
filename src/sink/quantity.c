/* SPDX-License-Identifier: MIT */
#include "sink/quantity.h"

#include "core/memory.h"
#include "sink/plain_text.h"

#include <stdlib.h>
#include <string.h>

static struct quantity *add(struct quantities *quantities, const char *id)
{
    if (quantities->count == quantities->capacity) {
        quantities->capacity = quantities->capacity > 0 ? quantities->capacity * 2 : 8;
        quantities->at = memory_grow(quantities->at, quantities->capacity, sizeof *quantities->at);
    }
    struct quantity *quantity = &quantities->at[quantities->count++];
    *quantity = (struct quantity){.id = id};
    quantities->changed = true;
    return quantity;
}

/* Readings come in much the same order each time. */
static struct quantity *find(struct quantities *quantities, const char *id)
{
    for (size_t i = 0; i < quantities->count; i++) {
        size_t place = (quantities->hint + i) % quantities->count;
        if (quantities->at[place].id == id) {
            quantities->hint = place + 1;
            return &quantities->at[place];
        }
    }
    return NULL;
}

const struct quantity *quantities_find(const struct quantities *quantities, const char *id)
{
    for (size_t i = 0; i < quantities->count; i++)
        if (strcmp(quantities->at[i].id, id) == 0)
            return &quantities->at[i];
    return NULL;
}

void quantities_begin(struct quantities *quantities)
{
    quantities->hint = 0;
    for (size_t i = 0; i < quantities->count; i++) {
        quantities->at[i].reading = NULL;
        quantities->at[i].text_changed = false;
    }
}

void quantities_take(struct quantities *quantities, const struct dsmr_reading *reading, bool same)
{
    const struct dsmr_item_info *info = dsmr_item_info(reading->item);
    struct quantity *quantity = find(quantities, info->id);
    if (!quantity) {
        quantity = add(quantities, info->id);
        quantity->info = info;
        quantity->type = info->type;
        quantity->unit = reading->unit;
        quantity->enumeration = enumeration_of(info);
    }
    quantity->reading = reading;
    quantity->same = same;
}

/* ------------------------------------------------------------------------------------------------
 * Values
 */

/* Serial numbers and messages go out coded; anything else that looks so is chance. */
static bool is_coded(const struct dsmr_item_info *info)
{
    return strstr(info->id, "EquipmentId") || strncmp(info->id, "eText", 5) == 0;
}

static void set_text(struct quantity *quantity, struct dsmr_text text)
{
    struct buffer fresh = {0};
    if (is_coded(quantity->info))
        plain_text_decoded(&fresh, text);
    else
        plain_text(&fresh, text);
    bool same = quantity->present && fresh.size == quantity->text.size &&
                memcmp(fresh.at, quantity->text.at, fresh.size) == 0;
    quantity->text_changed = !same;
    buffer_free(&quantity->text);
    quantity->text = fresh;
}

static void set_value(struct quantities *quantities, struct quantity *quantity)
{
    const struct dsmr_reading *reading = quantity->reading;
    if (quantity->type == DSMR_TYPE_TEXT)
        set_text(quantity, reading->text);
    else if (quantity->type == DSMR_TYPE_TIME)
        quantity->time = reading->time;
    else
        quantity->number = reading->number;
    bool fraction =
        quantity->fraction || (quantity->type == DSMR_TYPE_NUMBER && reading->number.decimals > 0);
    quantities->changed =
        quantities->changed || quantity->unit != reading->unit || quantity->fraction != fraction;
    quantity->unit = reading->unit;
    quantity->fraction = fraction;
    quantity->word =
        quantity->enumeration ? enumeration_meaning(quantity->enumeration, reading) : NULL;
    if (quantity->enumeration && !quantity->word && !quantity->odd) {
        quantity->odd = true;
        quantities->changed = true;
    }
    quantity->present = true;
    quantity->missed = 0;
}

static void miss(struct quantity *quantity)
{
    if (quantity->missed < QUANTITY_GONE)
        quantity->missed++;
    if (quantity->missed == QUANTITY_GONE && quantity->present) {
        quantity->present = false;
        quantity->text_changed = quantity->type == DSMR_TYPE_TEXT;
    }
}

/* ------------------------------------------------------------------------------------------------
 * Net powers
 */

static const struct dsmr_reading *reading_of(const struct quantities *quantities, const char *id)
{
    const struct quantity *quantity = quantities_find(quantities, id);
    return quantity ? quantity->reading : NULL;
}

static void derive(struct quantities *quantities, const struct net_power *net)
{
    const struct dsmr_reading *taken = reading_of(quantities, net->taken);
    const struct dsmr_reading *fed = taken ? reading_of(quantities, net->fed) : NULL;
    struct quantity *quantity = find(quantities, net->id);
    struct dsmr_number number;
    if (!fed || !net_power_of(taken->number, fed->number, &number)) {
        if (quantity)
            miss(quantity);
        return;
    }
    if (!quantity) {
        quantity = add(quantities, net->id);
        quantity->net = net;
        quantity->type = DSMR_TYPE_NUMBER;
        quantity->unit = DSMR_UNIT_KW;
        quantity->fraction = true;
    }
    quantity->number = number;
    quantity->present = true;
    quantity->missed = 0;
}

void quantities_end(struct quantities *quantities)
{
    for (size_t i = 0; i < quantities->count; i++) {
        struct quantity *quantity = &quantities->at[i];
        if (quantity->reading)
            set_value(quantities, quantity);
        else if (quantity->info)
            miss(quantity);
    }
    for (size_t i = 0; i < NET_POWERS; i++)
        derive(quantities, net_power_at(i));
    for (size_t i = 0; i < quantities->count; i++)
        quantities->at[i].reading = NULL;
}

void quantities_free(struct quantities *quantities)
{
    for (size_t i = 0; i < quantities->count; i++)
        buffer_free(&quantities->at[i].text);
    free(quantities->at);
    *quantities = (struct quantities){0};
}
