/* SPDX-License-Identifier: MIT */
#include "bus/bus.h"

#include <assert.h>

void bus_add(struct bus *bus, struct sink *sink, struct pace *pace)
{
    assert(bus->count < BUS_SINKS);
    bus->paces[bus->count] = pace;
    bus->sinks[bus->count++] = sink;
}

void bus_remove(struct bus *bus, const struct sink *sink)
{
    size_t place = 0;
    while (bus->sinks[place] != sink)
        place++;
    pace_free(bus->paces[place]);
    bus->count--;
    for (; place < bus->count; place++) {
        bus->sinks[place] = bus->sinks[place + 1];
        bus->paces[place] = bus->paces[place + 1];
    }
}

void bus_publish(const struct bus *bus, const struct readings *readings)
{
    for (size_t i = 0; i < bus->count; i++) {
        if (bus->paces[i])
            pace_publish(bus->paces[i], readings);
        else
            bus->sinks[i]->kind->publish(bus->sinks[i], readings);
    }
}

void bus_line(const struct bus *bus, const struct line_status *status)
{
    for (size_t i = 0; i < bus->count; i++)
        if (bus->sinks[i]->kind->line)
            bus->sinks[i]->kind->line(bus->sinks[i], status);
}

void bus_refused(const struct bus *bus, const char *meter, const struct dsmr_telegram *telegram)
{
    for (size_t i = 0; i < bus->count; i++)
        if (bus->sinks[i]->kind->refused)
            bus->sinks[i]->kind->refused(bus->sinks[i], meter, telegram);
}

void bus_free(struct bus *bus)
{
    for (size_t i = 0; i < bus->count; i++) {
        pace_free(bus->paces[i]);
        bus->sinks[i]->kind->free(bus->sinks[i]);
    }
    bus->count = 0;
}
