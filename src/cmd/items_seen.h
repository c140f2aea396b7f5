/* SPDX-License-Identifier: MIT */
/* dsmr items: what meters have sent so far, an entry for each item of the catalogue. */
#ifndef DSMR_CMD_ITEMS_SEEN_H
#define DSMR_CMD_ITEMS_SEEN_H

#include "core/buffer.h"
#include "dsmr/dsmr.h"

/* The last reading of an item: its form, not its value. */
struct seen_item {
    bool seen;
    bool numeric; /* a text that is a number all the same: a tariff */
    enum dsmr_type type;
    enum dsmr_unit unit;
    uint8_t decimals; /* the most that it had */
};

struct seen_meter {
    char *name;              /* "main" */
    struct buffer model;     /* identification of its telegrams, fit to be shown */
    struct seen_item *items; /* by dsmr_item */
    unsigned telegrams;      /* with at least one reading */
    bool certain;            /* one of them had a right CRC */
};

/* Zeroed to begin with. */
struct seen_meters {
    struct seen_meter *at;
    size_t count;
};

/* Takes the readings of a telegram in. Of one without any nothing is kept. */
void seen_take(struct seen_meters *meters, const char *meter, struct dsmr_text identification,
               enum dsmr_crc crc, const struct dsmr_reading *readings, size_t count);

/* The meter of that name, NULL while it has sent nothing. */
const struct seen_meter *seen_find(const struct seen_meters *meters, const char *name);

/* The user's own name for it; copied. */
void seen_rename(struct seen_meter *meter, const char *name);

/* How many items of that kind of meter were seen; of all kinds with DSMR_KIND_COUNT. */
size_t seen_count(const struct seen_meter *meter, enum dsmr_kind kind);

void seen_free(struct seen_meters *meters);

#endif
