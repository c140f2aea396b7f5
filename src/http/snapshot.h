/* SPDX-License-Identifier: MIT */
/* The readings of one telegram, kept with the telegram itself beyond its time. */
#ifndef DSMR_HTTP_SNAPSHOT_H
#define DSMR_HTTP_SNAPSHOT_H

#include "bus/sink.h"

/* Zeroed to begin with. Its texts point into its own memory. */
struct snapshot {
    bool present;
    struct dsmr_telegram telegram; /* text, whole and identification; nothing else of its texts */
    struct dsmr_reading *at;
    size_t count;
    bool has_time;
    struct dsmr_time time;
    int64_t received_ms;
    uint32_t series;
    char *bytes; /* of the telegram */
    size_t size, capacity, room;
};

/* Takes the place of what was there. The readings must be those of one telegram. */
void snapshot_take(struct snapshot *snapshot, const struct readings *readings);

/* The reading of an item that counts; NULL when there is none. */
const struct dsmr_reading *snapshot_find(const struct snapshot *snapshot, dsmr_item item);

/* The same by the item's id. */
const struct dsmr_reading *snapshot_named(const struct snapshot *snapshot, const char *id);

void snapshot_free(struct snapshot *snapshot);

#endif
