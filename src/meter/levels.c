/* SPDX-License-Identifier: MIT */
#include "meter/levels.h"

#include "core/memory.h"

#include <stdlib.h>
#include <string.h>

static bool is_counter(const struct dsmr_item_info *info)
{
    return info->type == DSMR_TYPE_NUMBER && strcmp(info->state_class, "total_increasing") == 0;
}

void levels_init(struct levels *levels)
{
    size_t items = dsmr_item_count();
    *levels = (struct levels){0};
    levels->places = memory_new(items, sizeof *levels->places);
    for (size_t item = 0; item < items; item++)
        if (is_counter(dsmr_item_info((dsmr_item)item)))
            levels->places[item] = (uint16_t)++levels->count;
    levels->at = memory_new(levels->count, sizeof *levels->at);
    for (size_t item = 0; item < items; item++) {
        if (levels->places[item] == 0)
            continue;
        struct level *level = &levels->at[levels->places[item] - 1];
        level->item = (dsmr_item)item;
        level->kind = dsmr_item_info((dsmr_item)item)->kind;
    }
}

void levels_free(struct levels *levels)
{
    free(levels->at);
    free(levels->places);
    *levels = (struct levels){0};
}

struct level *levels_find(const struct levels *levels, dsmr_item item)
{
    size_t place = item < dsmr_item_count() ? levels->places[item] : 0;
    return place > 0 ? &levels->at[place - 1] : NULL;
}

void levels_forget(struct levels *levels, enum dsmr_kind kind)
{
    for (size_t i = 0; i < levels->count; i++)
        if (kind == DSMR_KIND_NONE || levels->at[i].kind == kind)
            counter_forget(&levels->at[i].counter);
}
