/* SPDX-License-Identifier: MIT */
/*
 * Imports: what others have kept becomes readings, a recorder makes steps of them, and fill.h puts those
 * where the history has none. Each kind of file has a function that reads it.
 */
#ifndef DSMR_HISTORY_IMPORTER_H
#define DSMR_HISTORY_IMPORTER_H

#include "history/fill.h"

#include <stdio.h>

/* Who sends what: the sensors of Home Assistant, as the user names them. */
struct import_name {
    const char *sensor;
    dsmr_item item;
};

struct import_setup {
    struct store *store;
    const char *meter;
    bool has_zone; /* else the telegrams tell, or it is Europe/Amsterdam */
    struct dsmr_zone zone;
    const struct import_name *names;
    size_t name_count;
    /* Tells how far it is, in thousandths; may be NULL. */
    void (*progress)(void *context, int thousandths);
    void *context;
};

struct import_counts {
    struct fill_counts filled;
    uint64_t taken;    /* telegrams or rows that were used */
    uint64_t unusable; /* refused telegrams, rows that make no sense */
    uint64_t future;   /* rows and telegrams of a time that is still to come */
    uint64_t cells;    /* of rows that were used, where a number should be */
    uint64_t timeless; /* telegrams that do not tell when they were made */
    uint64_t unknown;  /* rows of sensors that nothing is known of */
};

struct importer;

/* unit is the length of the steps: STEP_QUARTER, STEP_HOUR or STEP_DAY. */
struct importer *importer_new(const struct import_setup *setup, int64_t unit,
                              struct import_counts *counts);

/* True for a moment that is still to come, counted; a clock may be a little ahead. */
bool importer_is_future(struct import_counts *counts, int64_t at);

/* Takes readings of a moment, which is not to come, in the order of time; what is more than an hour back begins another
 * stretch, what is less is left out. False with *error. */
bool importer_take(struct importer *importer, const struct readings *readings, int64_t at,
                   char **error);

/* A value that held from the moment that was last taken on; no counter. */
void importer_value(struct importer *importer, dsmr_item item, const struct row_entry *value);

/* Puts all of it into the file. False with *error. */
bool importer_finish(struct importer *importer, char **error);
void importer_free(struct importer *importer); /* NULL is allowed */

/* The formats. Each reads one file to its end and finishes; false with *error. */
bool import_telegrams(const struct import_setup *setup, FILE *file, struct import_counts *counts,
                      char **error);
bool import_csv(const struct import_setup *setup, FILE *file, struct import_counts *counts,
                char **error);
bool import_homeassistant(const struct import_setup *setup, const char *path,
                          struct import_counts *counts, char **error);

/* What the user, or Home Assistant's own DSMR integration, calls a sensor; DSMR_ITEM_NONE for others. */
dsmr_item import_item_of(const struct import_setup *setup, const char *sensor);

/* A number in a unit as others write them, as a reading of the item; false for what is none. */
bool import_number(const char *text, const char *unit, dsmr_item item, struct dsmr_number *number);

#endif
