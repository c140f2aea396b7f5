/* SPDX-License-Identifier: MIT */
/* The newest value of every item of one meter. */
#ifndef DSMR_BUS_STORE_H
#define DSMR_BUS_STORE_H

#include "bus/sink.h"

/* A value that outlives its telegram. */
struct stored_value {
    bool present;
    enum dsmr_type type;
    struct dsmr_number number;
    enum dsmr_unit unit;
    bool has_time; /* of its own; for DSMR_TYPE_TIME the value itself stands in time */
    struct dsmr_time time;
    uint8_t channel;
    char *text; /* as on the wire, for DSMR_TYPE_TEXT; ended by a NUL */
    size_t text_size;
    size_t text_capacity;
};

struct store;

/* With no value known. Never NULL. */
struct store *store_new(void);
void store_free(struct store *store);

/* Takes the readings that count; superseded ones do not. */
void store_update(struct store *store, const struct readings *readings);

/* The newest value of an item; NULL as long as there is none. Valid until the next update. */
const struct stored_value *store_get(const struct store *store, dsmr_item item);

#endif
