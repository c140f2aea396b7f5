/* SPDX-License-Identifier: MIT */
/*
 * A group for each physical meter, and in it an item for each value: prefix, the meter's name where it
 * is not main, and the id of the value make its name. The unit stands in the metadata too: openHAB 4
 * and later keep the state in it, and without it would turn kW into W.
 */
#include "cmd/items_openhab.h"

#include "config/config.h"
#include "config/items_fit.h"
#include "core/memory.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

enum { DECIMALS_MAX = 3, TYPE_WIDTH = 24, NAME_WIDTH = 30 };

struct writer {
    struct buffer *out;
    const struct items_style *style;
    const struct seen_meters *meters;
    const struct seen_meter *meter;
    struct buffer prefix; /* of the names of this meter */
    char **prefixes;      /* of those before it */
    struct buffer text;   /* being composed */
};

bool items_openhab_name_is_right(const char *name)
{
    if (name[0] >= '0' && name[0] <= '9')
        return false;
    for (; *name != '\0'; name++)
        if (!isascii(*name) || (!isalnum((unsigned char)*name) && *name != '_'))
            return false;
    return true;
}

/* ------------------------------------------------------------------------------------------------
 * Names
 */

static bool is_main(const struct seen_meter *meter)
{
    return strcmp(meter->name, CONFIG_MAIN_METER) == 0;
}

/* What a meter's name is within the name of an item. */
static void add_slug(struct buffer *out, const char *name)
{
    for (; *name != '\0'; name++)
        buffer_add(out, isalnum((unsigned char)*name) ? name : "_", 1);
}

/* a-b and a_b would be the same. */
static bool is_taken(const struct writer *writer)
{
    size_t place = (size_t)(writer->meter - writer->meters->at);
    for (size_t i = 0; i < place; i++)
        if (strcmp(writer->prefixes[i], writer->prefix.at) == 0)
            return true;
    return false;
}

static void compose_prefix(struct writer *writer)
{
    const char *prefix = writer->style->prefix;
    const char *name = writer->meter->name;
    unsigned number = 1;
    do {
        buffer_clear(&writer->prefix);
        buffer_add_text(&writer->prefix, prefix);
        if (is_main(writer->meter))
            break;
        if (prefix[0] == '\0' && isdigit((unsigned char)name[0]))
            buffer_add_text(&writer->prefix, "_");
        add_slug(&writer->prefix, name);
        if (number++ > 1)
            buffer_print(&writer->prefix, "_%u", number - 1);
        buffer_add_text(&writer->prefix, "_");
    } while (is_taken(writer));
    writer->prefixes[writer->meter - writer->meters->at] = memory_text(writer->prefix.at);
}

static const char *group_word(enum dsmr_kind kind)
{
    static const char *const words[DSMR_KIND_COUNT] = {
        [DSMR_KIND_NONE] = "Meter",
        [DSMR_KIND_DEVICE] = "Port",
        [DSMR_KIND_ELECTRICITY] = "Electricity",
        [DSMR_KIND_GAS] = "Gas",
        [DSMR_KIND_HEATING] = "Heating",
        [DSMR_KIND_COOLING] = "Cooling",
        [DSMR_KIND_WATER] = "Water",
        [DSMR_KIND_GENERIC] = "Generic",
        [DSMR_KIND_SLAVE_ELECTRICITY] = "SlaveElectricity",
        [DSMR_KIND_THERMAL] = "Thermal",
    };
    return words[kind];
}

/* Appends text and blanks up to the width, at least one. */
static void add_column(struct buffer *out, const char *text, int width)
{
    buffer_print(out, "%-*s ", width, text);
}

/* ------------------------------------------------------------------------------------------------
 * Groups
 */

static const char *icon_of_kind(enum dsmr_kind kind)
{
    switch (kind) {
    case DSMR_KIND_ELECTRICITY:
    case DSMR_KIND_SLAVE_ELECTRICITY:
        return "energy";
    case DSMR_KIND_GAS:
        return "gas";
    case DSMR_KIND_WATER:
        return "water";
    case DSMR_KIND_HEATING:
    case DSMR_KIND_THERMAL:
        return "heating";
    case DSMR_KIND_NONE:
    case DSMR_KIND_DEVICE:
    case DSMR_KIND_COOLING:
    case DSMR_KIND_GENERIC:
    case DSMR_KIND_COUNT:
        break;
    }
    return NULL;
}

static void write_group(struct writer *writer, enum dsmr_kind kind)
{
    const char *icon = icon_of_kind(kind);
    buffer_clear(&writer->text);
    buffer_print(&writer->text, "%s%s", writer->prefix.at, group_word(kind));
    buffer_add_text(writer->out, "\n");
    add_column(writer->out, "Group", TYPE_WIDTH);
    add_column(writer->out, writer->text.at, NAME_WIDTH);
    buffer_print(writer->out, "\"%s", kind_title(kind, writer->style->language));
    if (!is_main(writer->meter))
        buffer_print(writer->out, " %s", writer->meter->name);
    buffer_add_text(writer->out, "\"");
    if (icon)
        buffer_print(writer->out, " <%s>", icon);
    if (writer->style->group)
        buffer_print(writer->out, " (%s)", writer->style->group);
    buffer_add_text(writer->out, " [\"Equipment\"]\n");
}

/* ------------------------------------------------------------------------------------------------
 * Items
 */

/* A tariff or a device type is worth more as a number: it can be compared and drawn. */
static bool is_number(const struct seen_item *item, const struct dsmr_item_info *info)
{
    if (item->type == DSMR_TYPE_NUMBER)
        return true;
    return item->type == DSMR_TYPE_TEXT && item->numeric && strcmp(info->device_class, "enum") == 0;
}

static void write_type(struct writer *writer, const struct seen_item *item,
                       const struct dsmr_item_info *info)
{
    buffer_clear(&writer->text);
    if (!is_number(item, info))
        buffer_add_text(&writer->text, item->type == DSMR_TYPE_TIME ? "DateTime" : "String");
    else if (item->unit == DSMR_UNIT_NONE)
        buffer_add_text(&writer->text, "Number");
    else
        buffer_print(&writer->text, "Number:%s", item_dimension(item->unit));
    add_column(writer->out, writer->text.at, TYPE_WIDTH);
}

static void write_pattern(struct writer *writer, const struct seen_item *item,
                          const struct dsmr_item_info *info)
{
    unsigned decimals = item->decimals > info->decimals ? item->decimals : info->decimals;
    if (decimals > DECIMALS_MAX)
        decimals = DECIMALS_MAX;
    if (item->type == DSMR_TYPE_TIME)
        buffer_add_text(writer->out, "%1$tY-%1$tm-%1$td %1$tH:%1$tM:%1$tS");
    else if (!is_number(item, info))
        buffer_add_text(writer->out, "%s");
    else if (item->unit != DSMR_UNIT_NONE)
        buffer_print(writer->out, "%%.%uf %%unit%%", decimals);
    else if (item->decimals > 0)
        buffer_print(writer->out, "%%.%uf", decimals);
    else
        buffer_add_text(writer->out, "%d");
}

static void write_label(struct writer *writer, const struct seen_item *item,
                        const struct dsmr_item_info *info, enum pace_part part)
{
    bool dutch = writer->style->language == LANGUAGE_DUTCH;
    struct dsmr_text words = item_name(dutch ? info->beschrijving : info->description);
    buffer_add_text(writer->out, "\"");
    if (!is_main(writer->meter))
        buffer_print(writer->out, "%s: ", writer->meter->name);
    buffer_print(writer->out, "%.*s%s [", (int)words.size, words.at, part_name_ending(part));
    write_pattern(writer, item, info);
    buffer_add_text(writer->out, "]\"");
}

/* What stands in an item beside its label, by the device class of the catalogue. */
static const struct looks {
    const char *device_class;
    const char *icon;
    const char *tags; /* of openHAB's semantic model */
} looks[] = {
    {"energy", "energy", "\"Measurement\", \"Energy\""},
    {"power", "energy", "\"Measurement\", \"Power\""},
    {"current", "energy", "\"Measurement\", \"Current\""},
    {"voltage", "energy", "\"Measurement\", \"Voltage\""},
    {"gas", "gas", "\"Measurement\", \"Gas\""},
    {"water", "water", "\"Measurement\", \"Water\""},
    {"timestamp", "time", "\"Status\", \"Timestamp\""},
};

static const struct looks *looks_of(const struct dsmr_item_info *info)
{
    for (size_t i = 0; i < sizeof looks / sizeof looks[0]; i++)
        if (strcmp(looks[i].device_class, info->device_class) == 0)
            return &looks[i];
    return NULL;
}

/* openHAB writes cubic metres with a superscript, and does not know m3. */
static const char *unit_name(enum dsmr_unit unit)
{
    return unit == DSMR_UNIT_M3 ? "m³" : dsmr_unit_name(unit);
}

/* The P1 port is a part of the electricity meter, where there is one. */
static enum dsmr_kind home_of(const struct seen_meter *meter, enum dsmr_kind kind)
{
    bool inside = kind == DSMR_KIND_DEVICE && seen_count(meter, DSMR_KIND_ELECTRICITY) > 0;
    return inside ? DSMR_KIND_ELECTRICITY : kind;
}

static void write_item(struct writer *writer, const struct seen_item *item,
                       const struct dsmr_item_info *info, enum pace_part part)
{
    const struct looks *look = looks_of(info);
    write_type(writer, item, info);
    buffer_clear(&writer->text);
    buffer_print(&writer->text, "%s%s%s", writer->prefix.at, info->id, part_id_ending(part));
    add_column(writer->out, writer->text.at, NAME_WIDTH);
    write_label(writer, item, info, part);
    if (look)
        buffer_print(writer->out, " <%s>", look->icon);
    buffer_print(writer->out, " (%s%s)", writer->prefix.at,
                 group_word(home_of(writer->meter, info->kind)));
    if (look)
        buffer_print(writer->out, " [%s]", look->tags);
    buffer_add_text(writer->out, " { dsmr=\"");
    if (!is_main(writer->meter))
        buffer_print(writer->out, "%s:", writer->meter->name);
    buffer_print(writer->out, "%s%s%s\"", info->id, part != PACE_MEAN ? ":" : "",
                 pace_part_word(part));
    if (item->unit != DSMR_UNIT_NONE)
        buffer_print(writer->out, ", unit=\"%s\"", unit_name(item->unit));
    buffer_add_text(writer->out, " }\n");
}

static bool has_bounds(const struct items_style *style, const struct seen_meter *meter,
                       dsmr_item item)
{
    return style->bounds && meter->items[item].type == DSMR_TYPE_NUMBER && pace_fluctuates(item);
}

static void write_item_parts(struct writer *writer, dsmr_item item)
{
    bool bounds = has_bounds(writer->style, writer->meter, item);
    for (enum pace_part part = PACE_MEAN; part < PACE_PARTS; part++)
        if (part == PACE_MEAN || bounds)
            write_item(writer, &writer->meter->items[item], dsmr_item_info(item), part);
}

size_t items_openhab_count(const struct seen_meter *meter, enum dsmr_kind kind,
                           const struct items_style *style)
{
    size_t count = 0;
    for (size_t i = 0; i < dsmr_item_count(); i++)
        if (meter->items[i].seen &&
            (kind == DSMR_KIND_COUNT || dsmr_item_info((dsmr_item)i)->kind == kind))
            count += has_bounds(style, meter, (dsmr_item)i) ? PACE_PARTS : 1;
    return count;
}

static void write_meter(struct writer *writer)
{
    const struct seen_meter *meter = writer->meter;
    compose_prefix(writer);
    buffer_print(writer->out, "\n// Meter %s: %s\n", meter->name,
                 meter->model.size > 0 ? meter->model.at : "without identification");
    for (enum dsmr_kind kind = 0; kind < DSMR_KIND_COUNT; kind++) {
        if (seen_count(meter, kind) == 0 || home_of(meter, kind) != kind)
            continue;
        write_group(writer, kind);
        for (size_t i = 0; i < dsmr_item_count(); i++) {
            const struct dsmr_item_info *info = dsmr_item_info((dsmr_item)i);
            if (meter->items[i].seen && home_of(meter, info->kind) == kind)
                write_item_parts(writer, (dsmr_item)i);
        }
    }
}

void items_openhab_write(struct buffer *out, const struct seen_meters *meters,
                         const struct items_style *style)
{
    struct writer writer = {.out = out, .style = style, .meters = meters};
    writer.prefixes = memory_new(meters->count, sizeof(char *));
    buffer_add(&writer.prefix, "", 0);
    buffer_add_text(out, "// Written by dsmr items. Names, labels, groups and tags are yours to "
                         "change: what an item\n// gets is told by dsmr=\"…\" alone.\n");
    for (size_t i = 0; i < meters->count; i++) {
        writer.meter = &meters->at[i];
        write_meter(&writer);
    }
    for (size_t i = 0; i < meters->count; i++)
        free(writer.prefixes[i]);
    free(writer.prefixes);
    buffer_free(&writer.prefix);
    buffer_free(&writer.text);
}
