/* SPDX-License-Identifier: MIT */
/* Hands what meters say to every sink, in the order the sinks were added. */
#ifndef DSMR_CORE_BUS_H
#define DSMR_CORE_BUS_H

#include "sink/sink.h"

enum { BUS_SINKS = 16 };

/* Zeroed to begin with. */
struct bus {
    struct sink *sinks[BUS_SINKS];
    size_t count;
};

/* Takes the sink over; bus_free() frees it. There is room for BUS_SINKS. */
void bus_add(struct bus *bus, struct sink *sink);

void bus_publish(const struct bus *bus, const struct readings *readings);
void bus_line(const struct bus *bus, const struct line_status *status);
void bus_free(struct bus *bus);

#endif
