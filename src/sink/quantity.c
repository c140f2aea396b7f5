/* SPDX-License-Identifier: MIT */
#include "sink/quantity.h"

#include "core/memory.h"
#include "sink/plain_text.h"

#include <stdlib.h>
#include <string.h>

static struct quantity *add(struct quantities *quantities, char *id)
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

static const char *own_id(const struct quantity *quantity)
{
    return quantity->info ? quantity->info->id : quantity->net->id;
}

/* By the id of the item or net power. Readings come in much the same order each time. */
static struct quantity *find(struct quantities *quantities, const char *id, enum pace_part part)
{
    for (size_t i = 0; i < quantities->count; i++) {
        size_t place = (quantities->hint + i) % quantities->count;
        const struct quantity *quantity = &quantities->at[place];
        if (quantity->part == part && own_id(quantity) == id) {
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

static struct quantity *take(struct quantities *quantities, const struct readings *readings,
                             size_t place, enum pace_part part)
{
    const struct dsmr_reading *reading = &readings->at[place];
    const struct dsmr_item_info *info = dsmr_item_info(reading->item);
    struct quantity *quantity = find(quantities, info->id, part);
    if (!quantity) {
        quantity = add(quantities, memory_print("%s%s", info->id, part_id_ending(part)));
        quantity->part = part;
        quantity->info = info;
        quantity->type = info->type;
        quantity->unit = reading->unit;
        quantity->enumeration = enumeration_of(info);
    }
    quantity->reading = reading;
    quantity->same = !readings_send(readings, place);
    return quantity;
}

void quantities_take(struct quantities *quantities, const struct readings *readings, size_t place)
{
    const struct spread *spread = readings_spread(readings, place);
    take(quantities, readings, place, PACE_MEAN);
    if (!spread)
        return;
    take(quantities, readings, place, PACE_LEAST)->bound = spread->least;
    take(quantities, readings, place, PACE_GREATEST)->bound = spread->greatest;
}

void quantity_name(struct buffer *out, const struct quantity *quantity, enum language language)
{
    bool dutch = language == LANGUAGE_DUTCH;
    struct dsmr_text name;
    if (quantity->net)
        name = item_name(dutch ? quantity->net->beschrijving : quantity->net->description);
    else
        name = item_name(dutch ? quantity->info->beschrijving : quantity->info->description);
    buffer_clear(out);
    buffer_add(out, name.at, name.size);
    buffer_add_text(out, part_name_ending(quantity->part));
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
        quantity->number = quantity->part == PACE_MEAN ? reading->number : quantity->bound;
    bool fraction =
        quantity->fraction || (quantity->type == DSMR_TYPE_NUMBER && quantity->number.decimals > 0);
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
    struct quantity *quantity = find(quantities, net->id, PACE_MEAN);
    struct dsmr_number number;
    if (!fed || !net_power_of(taken->number, fed->number, &number)) {
        if (quantity)
            miss(quantity);
        return;
    }
    if (!quantity) {
        quantity = add(quantities, memory_text(net->id));
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
    for (size_t i = 0; i < quantities->count; i++) {
        buffer_free(&quantities->at[i].text);
        free((char *)quantities->at[i].id);
    }
    free(quantities->at);
    *quantities = (struct quantities){0};
}
