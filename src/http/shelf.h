/* SPDX-License-Identifier: MIT */
/* Readers of the history that wait for the next question, so that not each has to open the file. */
#ifndef DSMR_HTTP_SHELF_H
#define DSMR_HTTP_SHELF_H

#include "history/query.h"

#include <time.h>

struct shelf;

/* path is copied. Given up with shelf_release(). */
struct shelf *shelf_new(const char *path);
struct shelf *shelf_keep(struct shelf *shelf);
/* NULL is allowed. The last one to give it up frees it, on whatever thread. */
void shelf_release(struct shelf *shelf);

const char *shelf_path(const struct shelf *shelf);

struct shelf_reader {
    struct history_reader *reader; /* NULL when there is none */
    time_t opened;                 /* seconds of the monotonic clock */
};

/* A reader, from the shelf or opened; none with *error, freed by the caller. On a thread of the pool. */
struct shelf_reader shelf_take(struct shelf *shelf, char **error);

/* Gives it back; broken: it is not to be used again. On a thread of the pool. */
void shelf_put(struct shelf *shelf, struct shelf_reader reader, bool broken);

#endif
