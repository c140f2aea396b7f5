/* SPDX-License-Identifier: MIT */
/*
 * Prints the catalogue of lib/objects.def for people and for other programs. Run by `make catalogue`,
 * which keeps docs/catalogue.md and the table in the README.
 */
#include "catalogue.h"
#include "config/items_fit.h"
#include "internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char help[] = "Usage: catalogue --format markdown|json|items\n"
                           "       catalogue --format readme IDS\n"
                           "\n"
                           "Prints the catalogue: as docs/catalogue.md, as JSON with an item a "
                           "line, as openHAB items, or as\n"
                           "the README's table of the ids that the file IDS lists, one a line.\n";

bool next_object(dsmr_item item, size_t *index, struct dsmr_entry *entry)
{
    while (dsmr_entry_at((*index)++, entry))
        if (entry->item == item)
            return true;
    return false;
}

bool is_of_any_unit(size_t index)
{
    return (catalogue_row((uint16_t)index)->flags & UNIT_ANY) != 0;
}

/* A number has a dimension when all its objects have the same. */
static const char *dimension_of(dsmr_item item)
{
    struct dsmr_entry entry;
    const char *dimension = item_dimension(dsmr_item_info(item)->unit);
    for (size_t index = 0; next_object(item, &index, &entry);)
        if (is_of_any_unit(index - 1) || strcmp(item_dimension(entry.unit), dimension) != 0)
            return "";
    return dsmr_item_info(item)->unit == DSMR_UNIT_NONE ? "" : dimension;
}

const char *openhab_type(dsmr_item item)
{
    static const char *const types[] = {
        "Number:Energy", "Number:Power", "Number:ElectricPotential", "Number:ElectricCurrent",
        "Number:Volume", "Number:Time",  "Number:Frequency"};
    switch (dsmr_item_info(item)->type) {
    case DSMR_TYPE_TIME:
        return "DateTime";
    case DSMR_TYPE_TEXT:
        return "String";
    case DSMR_TYPE_NUMBER:
        break;
    }
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++)
        if (strcmp(strchr(types[i], ':') + 1, dimension_of(item)) == 0)
            return types[i];
    return "Number";
}

const char *unit_shown(enum dsmr_unit unit)
{
    return unit == DSMR_UNIT_M3 ? "m³" : dsmr_unit_name(unit);
}

const char *kind_title(enum dsmr_kind kind)
{
    static const char *const titles[DSMR_KIND_COUNT] = {
        [DSMR_KIND_NONE] = "",
        [DSMR_KIND_DEVICE] = "P1 port",
        [DSMR_KIND_ELECTRICITY] = "Electricity meter",
        [DSMR_KIND_GAS] = "Gas meter",
        [DSMR_KIND_HEATING] = "Heating meter",
        [DSMR_KIND_COOLING] = "Cooling meter",
        [DSMR_KIND_WATER] = "Water meter",
        [DSMR_KIND_GENERIC] = "Generic meter",
        [DSMR_KIND_SLAVE_ELECTRICITY] = "Slave electricity meter",
        [DSMR_KIND_THERMAL] = "Thermal meter",
    };
    return titles[kind];
}

/* ------------------------------------------------------------------------------------------------
 * The ids that a file lists
 */

enum { IDS_MAX = 1024, ID_MAX = 64 };

static char ids[IDS_MAX][ID_MAX];
static size_t id_count;

static bool is_listed(const char *id)
{
    for (size_t i = 0; i < id_count; i++)
        if (strcmp(ids[i], id) == 0)
            return true;
    return false;
}

static bool read_ids(const char *path)
{
    FILE *file = fopen(path, "r");
    while (file && id_count < IDS_MAX && fscanf(file, "%63s", ids[id_count]) == 1)
        id_count++;
    if (file)
        fclose(file);
    if (id_count == 0)
        fprintf(stderr, "catalogue: no ids in %s\n", path);
    return id_count > 0;
}

int main(int argc, char **argv)
{
    const char *format = argc > 2 && strcmp(argv[1], "--format") == 0 ? argv[2] : "";
    if (argc == 3 && strcmp(format, "markdown") == 0) {
        catalogue_markdown();
    } else if (argc == 3 && strcmp(format, "json") == 0) {
        catalogue_json();
    } else if (argc == 3 && strcmp(format, "items") == 0) {
        catalogue_items();
    } else if (argc == 4 && strcmp(format, "readme") == 0) {
        if (!read_ids(argv[3]))
            return EXIT_FAILURE;
        catalogue_readme(is_listed);
    } else {
        fputs(help, stderr);
        return EXIT_FAILURE;
    }
    return fflush(stdout) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
