/* SPDX-License-Identifier: MIT */
/* Which meter an item is for, and what of it: dsmr="eActualDelivery" is of main,
 * dsmr="garage:eActualDelivery" of the meter garage, and dsmr="garage:eActualDelivery:greatest" the
 * greatest of it since the last time. */
#include "config/items.h"

#include "core/memory.h"
#include "core/nearest.h"

#include <stdlib.h>
#include <string.h>

enum { HINTS_MAX = 20, NAMES_MAX = 1000 }; /* comparing names takes time */

/* Cuts ":least" or ":greatest" off the end. */
static enum pace_part cut_part(struct dsmr_text *text)
{
    if (text->at == NULL)
        return PACE_MEAN;
    const char *colon = memrchr(text->at, ':', text->size);
    if (colon == NULL)
        return PACE_MEAN;
    const char *end = text->at + text->size;
    const char *word = colon + 1;
    while (word < end && (*word == ' ' || *word == '\t'))
        word++;
    for (enum pace_part part = PACE_LEAST; part < PACE_PARTS; part++) {
        const char *name = pace_part_word(part);
        if ((size_t)(end - word) != strlen(name) || memcmp(word, name, strlen(name)) != 0)
            continue;
        text->size = (size_t)(colon - text->at);
        return part;
    }
    return PACE_MEAN;
}

struct item_binding item_binding_split(struct dsmr_text text)
{
    enum pace_part part = cut_part(&text);
    struct item_binding binding = {.id = text, .part = part};
    const char *colon = text.size > 0 ? memchr(text.at, ':', text.size) : NULL;
    if (colon == NULL)
        return binding;
    size_t size = (size_t)(colon - text.at);
    binding.has_meter = true;
    binding.meter = (struct dsmr_text){text.at, size};
    binding.id = (struct dsmr_text){colon + 1, text.size - size - 1};
    return binding;
}

const char *item_meter(const struct bound_item *item)
{
    return item->meter != NULL ? item->meter : CONFIG_MAIN_METER;
}

static const char *nearest_meter(const char *name, const struct config *config)
{
    struct nearest nearest;
    size_t count = config_meter_count(config);
    nearest_init(&nearest, name, strlen(name));
    for (size_t i = 0; i < count && i < NAMES_MAX; i++)
        nearest_offer(&nearest, config_meter_name(config, i));
    return nearest_word(&nearest);
}

static void complain_of_main(const struct bound_item *item, const struct config *config,
                             struct complaints *complaints)
{
    const char *id = dsmr_item_id(item->reading);
    complain(complaints, SEVERITY_MISTAKE, item->file, item->binding_line,
             "item '%.80s': '%s' is of the meter " CONFIG_MAIN_METER
             ", which has no port; did you mean '%s:%s'?",
             item->name, id, config_meter_name(config, 0), id);
}

static void complain_of_meter(const struct bound_item *item, const char *meant,
                              struct complaints *complaints)
{
    complain(complaints, SEVERITY_MISTAKE, item->file, item->binding_line,
             "item '%.80s': there is no meter '%s'%s%s%s", item->name, item->meter,
             meant != NULL ? "; did you mean '" : "; the key meter.<name>.port makes one",
             meant != NULL ? meant : "", meant != NULL ? "'?" : "");
}

static void complain_of_pace(const struct bound_item *item, const struct config *config,
                             struct complaints *complaints)
{
    complain(complaints, SEVERITY_MISTAKE, item->file, item->binding_line,
             "item '%.80s': '%s:%s' is of an interval, and openhab.update is '%s'; allowed there: "
             "seconds, as in openhab.update=10",
             item->name, dsmr_item_id(item->reading), pace_part_word(item->part),
             config_text(config, CONFIG_OPENHAB_UPDATE));
}

/* Only a pace in seconds makes a least and a greatest. */
static bool is_made(const struct bound_item *item, const struct config *config)
{
    return item->part == PACE_MEAN ||
           config_number(config, CONFIG_OPENHAB_UPDATE) == (int64_t)PACE_SECONDS;
}

static bool is_known(const struct bound_item *item, const struct config *config)
{
    const char *meter = item_meter(item);
    return config_meter_find(config, meter, strlen(meter)) < config_meter_count(config);
}

void items_keep_known(struct bound_items *items, const struct config *config,
                      struct complaints *complaints)
{
    size_t kept = 0;
    size_t hints = 0;
    if (config_meter_count(config) == 0)
        return;
    for (size_t i = 0; i < items->count; i++) {
        struct bound_item *item = &items->at[i];
        bool known = is_known(item, config);
        if (known && is_made(item, config)) {
            items->at[kept++] = *item;
            continue;
        }
        if (known)
            complain_of_pace(item, config, complaints);
        else if (item->meter == NULL)
            complain_of_main(item, config, complaints);
        else
            complain_of_meter(item, hints++ < HINTS_MAX ? nearest_meter(item->meter, config) : NULL,
                              complaints);
        item_free(item);
    }
    items->count = kept;
}

static char *copy_text(const char *text)
{
    return text != NULL ? memory_text(text) : NULL;
}

void item_copy(struct bound_item *to, const struct bound_item *from)
{
    *to = *from;
    to->name = copy_text(from->name);
    to->dimension = copy_text(from->dimension);
    to->label = copy_text(from->label);
    to->meter = copy_text(from->meter);
    to->file = copy_text(from->file);
}

void item_free(struct bound_item *item)
{
    free(item->name);
    free(item->dimension);
    free(item->label);
    free(item->meter);
    free(item->file);
}
