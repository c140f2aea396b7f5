/* SPDX-License-Identifier: MIT */
#include "core/bus.h"

#include <assert.h>

void bus_add(struct bus *bus, struct sink *sink)
{
    assert(bus->count < BUS_SINKS);
    bus->sinks[bus->count++] = sink;
}

void bus_publish(const struct bus *bus, const struct readings *readings)
{
    for (size_t i = 0; i < bus->count; i++)
        bus->sinks[i]->kind->publish(bus->sinks[i], readings);
}

void bus_line(const struct bus *bus, const struct line_status *status)
{
    for (size_t i = 0; i < bus->count; i++)
        if (bus->sinks[i]->kind->line)
            bus->sinks[i]->kind->line(bus->sinks[i], status);
}

void bus_free(struct bus *bus)
{
    for (size_t i = 0; i < bus->count; i++)
        bus->sinks[i]->kind->free(bus->sinks[i]);
    bus->count = 0;
}
