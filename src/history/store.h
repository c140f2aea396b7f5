/* SPDX-License-Identifier: MIT */
/* The file of the history as the one who writes it has it: opened for one program at a time. Everything
 * here blocks; one thread at a time. */
#ifndef DSMR_HISTORY_STORE_H
#define DSMR_HISTORY_STORE_H

#include "history/batch.h"
#include "history/recorder.h"

#include <stdbool.h>

struct store;

enum store_pace {
    STORE_SAFE, /* what was written is there after a power cut */
    STORE_FAST, /* for large amounts that can be made again */
};

/*
 * Opens the file or makes it (mode 0640; its folder must be there). A damaged database is moved aside, a
 * new one begun, and *notice says so. NULL with *error: it is no database, another dsmr writes it, it is of another program or
 * of a newer dsmr, or it cannot be written. Both texts are freed by the caller.
 */
struct store *store_open(const char *path, enum store_pace pace, char **notice, char **error);

/* Writes all of it or nothing; the batch stays as it is. False with *error, freed by the caller, and
 * *damaged when it is the file that is at fault. */
bool store_write(struct store *store, const struct batch *batch, bool *damaged, char **error);

/* Forgets what is kept of a meter from that moment on. */
bool store_cut(struct store *store, int64_t meter, int64_t from, char **error);

/* Moves the file aside. The store is closed; the text says where it is, and is freed by the caller. */
char *store_move_aside(struct store *store);

/* How things stand in the file, for a recorder to go on from. NULL with *error. */
struct recorder *store_restore(struct store *store, const struct recorder_rules *rules,
                               struct log *log, char **error);

/* Bytes on disk now, and about how many it will be in that many years; a meter that is not known yet is
 * taken to have forty items. */
int64_t store_bytes(const struct store *store);
int64_t store_bytes_in(const struct store *store, const struct recorder *recorder, int years);

const char *store_path(const struct store *store);

/* For those who read in the same thread. */
struct sqlite3 *store_database(const struct store *store);

/* NULL is allowed. */
void store_close(struct store *store);

/* Closes it, and removes what opening it has made: nothing has come into it. */
void store_withdraw(struct store *store);

#endif
