/* SPDX-License-Identifier: MIT */
/* The catalogue as items of today's openHAB, to start an items file from. */
#include "catalogue.h"

#include <stdio.h>
#include <string.h>

/* What an item's name starts with, and the letters of the id that this says already. */
static const struct {
    const char *name;
    const char *prefix;
} names[DSMR_KIND_COUNT] = {
    [DSMR_KIND_NONE] = {"", ""},
    [DSMR_KIND_DEVICE] = {"P1", "P1"},
    [DSMR_KIND_ELECTRICITY] = {"Electricity", "e"},
    [DSMR_KIND_GAS] = {"Gas", "g"},
    [DSMR_KIND_HEATING] = {"Heating", "h"},
    [DSMR_KIND_COOLING] = {"Cooling", "c"},
    [DSMR_KIND_WATER] = {"Water", "w"},
    [DSMR_KIND_GENERIC] = {"Generic", "generic"},
    [DSMR_KIND_SLAVE_ELECTRICITY] = {"SlaveElectricity", "se"},
    [DSMR_KIND_THERMAL] = {"Thermal", "th"},
};

static bool has_dimension(dsmr_item item)
{
    return strchr(openhab_type(item), ':') != NULL;
}

/* How openHAB formats the state. */
static void print_format(dsmr_item item)
{
    const struct dsmr_item_info *info = dsmr_item_info(item);
    if (info->type == DSMR_TYPE_TEXT)
        fputs("%s", stdout);
    else if (info->type == DSMR_TYPE_TIME)
        fputs("%1$tF %1$tT", stdout);
    else
        printf("%%.%uf%s", info->decimals, has_dimension(item) ? " %unit%" : "");
}

/* Icons of openHAB's classic set. */
static const char *icon_of(const struct dsmr_item_info *info)
{
    static const char *const by_kind[DSMR_KIND_COUNT] = {
        [DSMR_KIND_NONE] = "",
        [DSMR_KIND_DEVICE] = "energy",
        [DSMR_KIND_ELECTRICITY] = "energy",
        [DSMR_KIND_GAS] = "gas",
        [DSMR_KIND_HEATING] = "heating",
        [DSMR_KIND_COOLING] = "snow",
        [DSMR_KIND_WATER] = "water",
        [DSMR_KIND_GENERIC] = "flow",
        [DSMR_KIND_SLAVE_ELECTRICITY] = "energy",
        [DSMR_KIND_THERMAL] = "heating",
    };
    if (info->type == DSMR_TYPE_TIME || info->unit == DSMR_UNIT_S || info->unit == DSMR_UNIT_MIN)
        return "time";
    if (info->type == DSMR_TYPE_TEXT)
        return "text";
    if (strstr(info->id, "Position") != NULL)
        return "switch";
    return by_kind[info->kind];
}

static void print_item(dsmr_item item)
{
    const struct dsmr_item_info *info = dsmr_item_info(item);
    const char *rest = info->id + strlen(names[info->kind].prefix);
    printf("%s %s_%s \"%s [", openhab_type(item), names[info->kind].name, rest, info->description);
    print_format(item);
    printf("]\" <%s> {dsmr=\"%s\"", icon_of(info), info->id);
    if (has_dimension(item))
        printf(", unit=\"%s\"", unit_shown(info->unit));
    puts("}");
}

void catalogue_items(void)
{
    puts("// Every value that dsmr knows; keep the lines that you want.");
    for (enum dsmr_kind kind = DSMR_KIND_DEVICE; kind < DSMR_KIND_COUNT; kind++) {
        printf("\n// %s\n", kind_title(kind));
        for (dsmr_item item = 0; item < dsmr_item_count(); item++)
            if (dsmr_item_info(item)->kind == kind)
                print_item(item);
    }
}
