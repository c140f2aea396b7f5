/* SPDX-License-Identifier: MIT */
/* Restoring from inside: restore.c knows meters and counters, restore_steps.c the steps that go on. */
#ifndef DSMR_HISTORY_RESTORE_STATE_H
#define DSMR_HISTORY_RESTORE_STATE_H

#include "history/reader.h"
#include "history/store.h"

struct restore {
    struct history_reader reader;
    struct recorder *recorder;
    struct recorder_meter *meter;
    struct meter_facts facts;
    uint16_t *places; /* by key of the item: slot plus 1 */
    uint32_t places_count;
    struct row_entry *entries; /* of a row, by slot */
    bool *filled;
    char *error;
};

/* Spreads a row over entries and filled. */
void restore_spread(struct restore *restore, struct row_cursor cursor);

/* Sets the slot to a total; what it read follows from its series. */
void restore_set_total(struct slot *slot, int64_t total, uint8_t decimals, int64_t at);

/* How far the file goes: no telegram comes before that. INT64_MIN when there is nothing. */
int64_t restore_reached(struct restore *restore);

/* restore_length.c: puts what was written in steps of another finest length into those of the rules. */
void restore_length(struct restore *restore, struct store *store);

/* The end of the last row of that length; INT64_MIN without one. */
int64_t restore_end_of_last(struct restore *restore, int64_t length);

/* Opens the steps of the meter that may go on. */
void restore_steps(struct restore *restore);

#endif
