/* SPDX-License-Identifier: MIT */
/* The catalogue in words: descriptions, classes, standards. A chip does without. */
#include "internal.h"

#define ITEM(id, kind, type, unit, decimals, device_class, state_class, english, dutch)            \
    {#id,      DSMR_KIND_##kind, DSMR_TYPE_##type, DSMR_UNIT_##unit,                               \
     decimals, device_class,     state_class,      english,                                        \
     dutch},
#define OBJECT(...)
static const struct dsmr_item_info items[] = {
#include "objects.def"
};
#undef ITEM
#undef OBJECT

#define ITEM(...)
#define OBJECT(a, b, c, d, e, position, id, unit, flags, standards) standards,
static const char *const row_standards[] = {
#include "objects.def"
};
#undef ITEM
#undef OBJECT

const struct dsmr_item_info *dsmr_item_info(dsmr_item item)
{
    return item < dsmr_item_count() ? &items[item] : NULL;
}

bool dsmr_entry_at(size_t index, struct dsmr_entry *entry)
{
    if (index >= sizeof row_standards / sizeof row_standards[0])
        return false;
    const struct row *row = catalogue_row((uint16_t)index);
    *entry = (struct dsmr_entry){row->obis, row->position, row->item, (enum dsmr_unit)row->unit,
                                 row_standards[index]};
    return true;
}

const char *dsmr_kind_name(enum dsmr_kind kind)
{
    static const char *const names[DSMR_KIND_COUNT] = {
        [DSMR_KIND_NONE] = "none",
        [DSMR_KIND_DEVICE] = "device",
        [DSMR_KIND_ELECTRICITY] = "electricity",
        [DSMR_KIND_GAS] = "gas",
        [DSMR_KIND_HEATING] = "heating",
        [DSMR_KIND_COOLING] = "cooling",
        [DSMR_KIND_WATER] = "water",
        [DSMR_KIND_GENERIC] = "generic",
        [DSMR_KIND_SLAVE_ELECTRICITY] = "slave electricity",
        [DSMR_KIND_THERMAL] = "thermal",
    };
    return (unsigned)kind < DSMR_KIND_COUNT ? names[kind] : "";
}
