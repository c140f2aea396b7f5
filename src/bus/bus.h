/* SPDX-License-Identifier: MIT */
/* Hands what meters say to every sink, at its own pace, in the order the sinks were added. */
#ifndef DSMR_BUS_BUS_H
#define DSMR_BUS_BUS_H

#include "bus/pace.h"
#include "bus/sink.h"

enum { BUS_SINKS = 24 };

/* Zeroed to begin with. */
struct bus {
    struct sink *sinks[BUS_SINKS];
    struct pace *paces[BUS_SINKS]; /* of each sink, NULL without */
    size_t count;
};

/* Takes the sink over, and its pace: NULL when it gets all of every telegram. bus_free() frees both.
 * There is room for BUS_SINKS. */
void bus_add(struct bus *bus, struct sink *sink, struct pace *pace);

/* Gives a sink back that is on the bus: it is the caller's again. Its pace is freed. */
void bus_remove(struct bus *bus, const struct sink *sink);

/* Hands a telegram's readings to each sink, now or at its pace. */
void bus_publish(const struct bus *bus, const struct readings *readings);

/* How a meter's line is doing, to each sink that wants to know. */
void bus_line(const struct bus *bus, const struct line_status *status);

/* A telegram that was refused, to each sink that passes on what came. telegram is borrowed. */
void bus_refused(const struct bus *bus, const char *meter, const struct dsmr_telegram *telegram);

/* Frees the sinks that are on it; it is empty then, and can be used again. */
void bus_free(struct bus *bus);

#endif
