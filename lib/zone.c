/* SPDX-License-Identifier: MIT */
/* The zones of countries with P1 meters, by name. */
#include "dsmr/dsmr.h"

static const struct {
    const char *name;
    struct dsmr_zone zone;
} zones[] = {
    {"Europe/Amsterdam", {60, true}},
    {"Europe/Brussels", {60, true}},
    {"Europe/Luxembourg", {60, true}},
    {"Europe/Stockholm", {60, true}},
    {"Europe/Copenhagen", {60, true}},
    {"Europe/Oslo", {60, true}},
    {"Europe/Vienna", {60, true}},
    {"Europe/Zurich", {60, true}},
    {"Europe/Berlin", {60, true}},
    {"Europe/Budapest", {60, true}},
    {"Europe/Warsaw", {60, true}},
    {"Europe/Ljubljana", {60, true}},
    {"Europe/Zagreb", {60, true}},
    {"Europe/Paris", {60, true}},
    {"Europe/Helsinki", {120, true}},
    {"Europe/Vilnius", {120, true}},
    {"Europe/Riga", {120, true}},
    {"Europe/Tallinn", {120, true}},
    {"Europe/Dublin", {0, true}},
    {"Europe/London", {0, true}},
    {"UTC", {0, false}},
};

static bool same_text(struct dsmr_text text, const char *name)
{
    size_t i = 0;
    while (i < text.size && name[i] != '\0' && text.at[i] == name[i])
        i++;
    return i == text.size && name[i] == '\0';
}

bool dsmr_zone_parse(struct dsmr_text name, struct dsmr_zone *zone)
{
    for (size_t i = 0; i < sizeof zones / sizeof zones[0]; i++) {
        if (same_text(name, zones[i].name)) {
            *zone = zones[i].zone;
            return true;
        }
    }
    return false;
}
