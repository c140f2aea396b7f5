/* SPDX-License-Identifier: MIT */
/*
 * What the guard of one meter remembers: which meters there are, and the last good level of each of
 * their counters. It is kept in a small file, so that a false zero is known as one after a restart
 * too.
 */
#ifndef DSMR_METER_LEVELS_H
#define DSMR_METER_LEVELS_H

#include "meter/counter.h"
#include "meter/identity.h"

/* A counter of the catalogue: an item that only ever goes up. */
struct level {
    dsmr_item item;
    enum dsmr_kind kind;
    uint8_t channel; /* of the device that it was read from, 0 if none or not known */
    struct counter counter;
};

struct levels {
    struct identity identities[DSMR_KIND_COUNT];
    struct level *at; /* in the catalogue's order */
    size_t count;
    uint16_t *places; /* by item: place among them plus 1, 0 for an item that is no counter */
    uint32_t series;  /* how often a counter began anew, ever */
};

/* Nothing is known yet. */
void levels_init(struct levels *levels);
void levels_free(struct levels *levels);

/* The counter that an item is; NULL if it is none. */
struct level *levels_find(const struct levels *levels, dsmr_item item);

/* Forgets the levels of the counters of a kind, DSMR_KIND_NONE for all. */
void levels_forget(struct levels *levels, enum dsmr_kind kind);

/* The file of a meter; folder as state_folder_find() gives it. Freed by the caller. */
char *levels_path(const char *folder, const char *meter);

/*
 * Takes what the file holds of the meter on that port; of what cannot be read, or belongs to another
 * port, nothing is taken.
 */
void levels_read(struct levels *levels, const char *path, const char *port);

/* Writes the file anew, in one go: a crash leaves the old one or the new one. Returns 0, or the
 * errno of what failed; then the old file stays. */
int levels_write(const struct levels *levels, const char *path, const char *port);

#endif
