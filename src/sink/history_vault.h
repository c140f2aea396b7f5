/* SPDX-License-Identifier: MIT */
/* The file of the history between the loop, which hands in jobs, and the thread that does one at a time. */
#ifndef DSMR_SINK_HISTORY_VAULT_H
#define DSMR_SINK_HISTORY_VAULT_H

#include "history/recorder.h"

#include <stdbool.h>

struct vault;
struct store;
struct history_sink;

/* Opens the file if it is not open, writes a batch, forgets what was kept of a wrong time. */
struct vault_job {
    struct vault *vault;
    struct history_sink *owner; /* NULL when it is gone; the loop's, not the thread's */
    struct recorder_rules rules;
    struct batch batch;
    bool cut;
    int64_t cut_meter, cut_from;

    /* What came of it. */
    struct recorder *recorder; /* to go on with; NULL: with the one there is */
    char *notice;              /* the file had to be begun anew */
    char *error;
    bool void_batch; /* the batch belongs to a file that is gone */
};

/* Opens nothing yet. */
struct vault *vault_new(const char *path);

/* Its owner needs it no more; it closes the file when no job has it either. */
void vault_release(struct vault *vault);

struct vault_job *vault_job_new(struct vault *vault);
void vault_job_free(struct vault_job *job);

/* Does the job: on a thread of the pool. context is the job. */
void vault_work(void *context);

/* Waits for the job that runs, for two seconds at most; false when it does not end. */
bool vault_lock(struct vault *vault);
void vault_unlock(struct vault *vault);

/* Writes the job's batch, between vault_lock() and vault_unlock(). */
bool vault_write(struct vault_job *job);

/* NULL while it is not open. Only while no job runs. */
struct store *vault_store(const struct vault *vault);

#endif
