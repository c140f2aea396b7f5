/* SPDX-License-Identifier: MIT */
/* Item types and dimensions of openHAB against types and units of the catalogue. */
#include "config/items_fit.h"

#include <stdio.h>
#include <string.h>

const char *item_dimension(enum dsmr_unit unit)
{
    switch (unit) {
    case DSMR_UNIT_KWH:
    case DSMR_UNIT_GJ:
    case DSMR_UNIT_KVARH:
    case DSMR_UNIT_KVAH:
        return "Energy";
    case DSMR_UNIT_KW:
    case DSMR_UNIT_KVA:
    case DSMR_UNIT_KVAR:
        return "Power";
    case DSMR_UNIT_V:
        return "ElectricPotential";
    case DSMR_UNIT_A:
        return "ElectricCurrent";
    case DSMR_UNIT_M3:
        return "Volume";
    case DSMR_UNIT_S:
    case DSMR_UNIT_MIN:
        return "Time";
    case DSMR_UNIT_HZ:
        return "Frequency";
    case DSMR_UNIT_NONE:
    case DSMR_UNIT_COUNT:
        break;
    }
    return "Dimensionless";
}

/* Some units a reading may come in, each once. */
struct units {
    bool has[DSMR_UNIT_COUNT];
};

/* The item's own unit, and those of its objects: eTreshold is in A or in kW. */
static struct units units_of(dsmr_item reading)
{
    struct units units = {0};
    struct dsmr_entry entry;
    units.has[dsmr_item_info(reading)->unit] = true;
    for (size_t i = 0; dsmr_entry_at(i, &entry); i++)
        if (entry.item == reading)
            units.has[entry.unit] = true;
    return units;
}

/* Appends to a text of limited size; what does not fit is cut. */
static void append(char *text, size_t room, const char *more)
{
    size_t size = strlen(text);
    snprintf(text + size, room - size, "%s", more);
}

static bool dimension_fits(const struct bound_item *item, int line, struct complaints *complaints)
{
    struct units units = units_of(item->reading);
    char names[80] = "";
    char fitting[120] = "Number";
    const char *last = NULL;
    for (enum dsmr_unit unit = 0; unit < DSMR_UNIT_COUNT; unit++) {
        if (!units.has[unit])
            continue;
        const char *dimension = item_dimension(unit);
        if (strcmp(dimension, item->dimension) == 0)
            return true;
        append(names, sizeof names, names[0] != '\0' ? " or " : "");
        append(names, sizeof names, unit == DSMR_UNIT_NONE ? "without unit" : "in ");
        append(names, sizeof names, dsmr_unit_name(unit));
        if (last == NULL || strcmp(last, dimension) != 0) {
            append(fitting, sizeof fitting, ", Number:");
            append(fitting, sizeof fitting, dimension);
        }
        last = dimension;
    }
    complain(complaints, SEVERITY_MISTAKE, item->file, line,
             "item '%.80s': type 'Number:%.40s' cannot hold '%s', which is %s; allowed: %s",
             item->name, item->dimension, dsmr_item_id(item->reading), names, fitting);
    return false;
}

static void warn(const struct bound_item *item, int line, const char *type, const char *what,
                 const char *fitting, struct complaints *complaints)
{
    complain(complaints, SEVERITY_WARNING, item->file, line,
             "item '%.80s': type '%s' cannot show '%s', which is %s; allowed: %s", item->name, type,
             dsmr_item_id(item->reading), what, fitting);
}

/* Text that is a number all the same: a tariff, a device type, the version of the standard. */
static bool is_numeric_text(const struct dsmr_item_info *info)
{
    return strcmp(info->device_class, "enum") == 0 || info->kind == DSMR_KIND_DEVICE;
}

static bool number_fits(const struct bound_item *item, const struct dsmr_item_info *info, int line,
                        struct complaints *complaints)
{
    switch (info->type) {
    case DSMR_TYPE_TIME:
        warn(item, line, "Number", "a time", "DateTime, String", complaints);
        return true;
    case DSMR_TYPE_TEXT:
        if (!is_numeric_text(info))
            warn(item, line, "Number", "text", "String", complaints);
        return true;
    case DSMR_TYPE_NUMBER:
        break;
    }
    /* What a generic meter counts is not known before it speaks. */
    if (item->dimension == NULL || info->kind == DSMR_KIND_GENERIC)
        return true;
    return dimension_fits(item, line, complaints);
}

bool item_fits(const struct bound_item *item, int line, struct complaints *complaints)
{
    const struct dsmr_item_info *info = dsmr_item_info(item->reading);
    switch (item->type) {
    case ITEM_NUMBER:
        return number_fits(item, info, line, complaints);
    case ITEM_DATETIME:
        if (info->type != DSMR_TYPE_TIME)
            warn(item, line, "DateTime", info->type == DSMR_TYPE_NUMBER ? "a number" : "text",
                 info->type == DSMR_TYPE_NUMBER ? "Number, String" : "String", complaints);
        return true;
    case ITEM_STRING:
        break;
    }
    return true;
}
