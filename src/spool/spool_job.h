/* SPDX-License-Identifier: MIT */
/*
 * One visit of a spool to the disk, made in the pool: it writes what waits, marks what is done, syncs and
 * reads ahead. Until it is finished the folder is its own, and no record that it writes may be removed; of
 * the list it touches nothing else.
 */
#ifndef DSMR_SPOOL_SPOOL_JOB_H
#define DSMR_SPOOL_SPOOL_JOB_H

#include "spool/spool_folder.h"
#include "spool/spool_list.h"

#include <pthread.h>

enum spool_job_state { SPOOL_JOB_QUEUED, SPOOL_JOB_FINISHED, SPOOL_JOB_CANCELLED };

/* Outlives the spool when that is closed meanwhile. */
struct spool_job {
    struct spool *spool; /* NULL when nobody waits for it any more */
    struct spool_folder *folder;
    pthread_mutex_t running;
    enum spool_job_state state; /* under the mutex */
    /* What is to be done. */
    const struct spool_node *fresh; /* the first to be written */
    size_t count;                   /* how many */
    struct spool_marks marks;       /* see spool_folder_mark(), as held */
    uint64_t held;
    bool read;
    uint64_t behind;  /* the number behind which to read */
    size_t read_size; /* bytes, about */
    bool sync;
    /* What became of it. */
    size_t written;
    int error;      /* errno of the writing, 0 */
    int sync_error; /* the same of the syncing */
    struct spool_list found;
    bool found_all;
    uint64_t place; /* up to which everything was looked at */
};

/* Nothing is to be done yet. */
struct spool_job *spool_job_new(struct spool *spool, struct spool_folder *folder);

/* For loop_work(), context being the job: does it all, unless it was cancelled. Waits for the disk. */
void spool_job_run(void *context);

/* From the loop: it is not to begin any more. Where it has begun this waits for its end. Returns true when
 * it is finished. */
bool spool_job_cancel(struct spool_job *job);

void spool_job_free(struct spool_job *job);

#endif
