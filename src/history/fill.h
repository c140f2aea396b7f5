/* SPDX-License-Identifier: MIT */
/*
 * Fills what is empty in a history with what a recorder has made of other people's records: imports. What
 * the file has already stays as it is, so that the same import once more changes nothing.
 *
 * Totals of an import are moved so that they meet those of the file: by their readings where those fit, as
 * they do when both are of one meter; end to end where they do not, as then another meter was there.
 */
#ifndef DSMR_HISTORY_FILL_H
#define DSMR_HISTORY_FILL_H

#include "history/batch.h"
#include "history/store.h"

struct fill_counts {
    uint64_t steps;    /* added */
    uint64_t readings; /* of counters with times of their own, added */
    uint64_t there;    /* of both, in the file already */
    uint64_t refused;  /* counters of a stretch that fits in nowhere */
    uint64_t failures; /* power failures that were told */
};

/*
 * Takes what the batch has into the file, in one transaction. unit is the length of the steps that count;
 * longer ones are made anew from them, shorter ones are left out. meter takes the place of the batch's;
 * its zone is used when the meter is new. False with *error, freed by the caller; then nothing was
 * changed.
 */
bool history_fill(struct store *store, const struct batch *batch, int64_t unit, const char *meter,
                  struct dsmr_zone zone, struct fill_counts *counts, char **error);

#endif
