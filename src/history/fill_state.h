/* SPDX-License-Identifier: MIT */
/* Filling from inside: fill.c walks over steps and readings, fill_items.c knows the items. */
#ifndef DSMR_HISTORY_FILL_STATE_H
#define DSMR_HISTORY_FILL_STATE_H

#include "history/fill.h"
#include "history/reader.h"

/* A stretch of one counter in the import, and what the file has around it. All in billionths. */
struct stretch {
    int64_t begin, end;         /* of its first and last total */
    int64_t from;               /* total of the import at begin, as far as it is known */
    int64_t first, last;        /* totals of the import: of its first step's end, and at end */
    bool has_before, has_after; /* the file has totals around it */
    int64_t before, after;
};

struct series_at {
    int64_t since;
    int64_t reading, total; /* billionths */
    char equipment[IDENTITY_TEXT];
};

struct series_row {
    struct series_at *at;
    size_t count;
};

struct fill_item {
    uint32_t import_key;
    int64_t key; /* in the file */
    bool counter, own_time;
    unsigned sum;             /* 1 and 2: eDelivery, eProduction; 0 for others */
    unsigned part;            /* … of which it is a tariff */
    bool whole;               /* … or the register of all of them */
    struct series_row import; /* in the order of time */
    struct series_row file;
    struct stretch stretch; /* the present one */
    bool in_stretch;        /* … has it */
    int64_t shift;          /* … billionths */
    bool refused;           /* … which does not fit */
};

struct filling {
    struct history_reader reader;
    const struct batch *batch;
    int64_t unit;
    struct meter_facts meter;
    struct fill_item *items;
    size_t item_count;
    struct fill_counts *counts;
    int64_t *touched; /* starts of the units that were added */
    size_t touched_count;
    int64_t *begins; /* where stretches that were added begin */
    size_t begin_count;
    char *error;
};

/* Runs a statement with so many numbers; false with filling->error. */
bool fill_run(struct filling *filling, const char *sql, const int64_t *numbers, int count,
              const char *text);

/* Finds or makes the meter and the items of the batch in the file. */
bool fill_items_open(struct filling *filling, const char *meter, struct dsmr_zone zone);
void fill_items_close(struct filling *filling);

/* NULL for one that is not to be filled in. */
struct fill_item *fill_item(const struct filling *filling, uint32_t import_key);

/* What the item had in the import at the begin of a stretch that nothing of the import stands before. */
int64_t fill_began_with(const struct fill_item *item, const struct stretch *stretch);

/* Decides by how much the import's totals are moved, and notes new series. Sums come behind their parts. */
bool fill_fit(struct filling *filling, struct fill_item *item, const struct stretch *stretch);

/* As billionths; false for what is too much. */
bool fill_fixed(int64_t mantissa, unsigned decimals, int64_t *billionths);

/* A moved total as the file has it: no more decimals than are needed, nor fewer than before. */
struct dsmr_number fill_moved(const struct fill_item *item, int64_t total, uint8_t decimals);

/* fill_readings.c: readings with times of their own. */
bool fill_readings(struct filling *filling);

/* True when a row of such a length starts within [from, to). */
bool fill_has_row(const struct filling *filling, int64_t length, int64_t from, int64_t to);

/* fill_longer.c: makes hours and days anew that hold a unit which was added. */
bool fill_longer(struct filling *filling);

#endif
