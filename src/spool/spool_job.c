/* SPDX-License-Identifier: MIT */
#include "spool/spool_job.h"

#include "core/memory.h"

#include <stdlib.h>

struct spool_job *spool_job_new(struct spool *spool, struct spool_folder *folder)
{
    struct spool_job *job = memory_new(1, sizeof *job);
    job->spool = spool;
    job->folder = folder;
    pthread_mutex_init(&job->running, NULL);
    return job;
}

static void keep_found(void *context, const struct spool_record *record)
{
    spool_list_insert(context, record);
}

static void visit(struct spool_job *job)
{
    const struct spool_node *node = job->fresh;
    for (size_t i = 0; i < job->count && job->error == 0; i++) {
        job->error = spool_folder_append(job->folder, &node->record);
        job->written += job->error == 0 ? 1 : 0;
        /* Of the last one the loop may be setting what is next to it. */
        if (i + 1 < job->count)
            node = node->next;
    }
    spool_folder_mark(job->folder, &job->marks, job->held);
    if (job->sync)
        job->sync_error = spool_folder_sync(job->folder);
    if (!job->read)
        return;
    job->found_all =
        spool_folder_read(job->folder, job->behind, job->read_size, keep_found, &job->found);
    job->place = spool_folder_place(job->folder);
}

void spool_job_run(void *context)
{
    struct spool_job *job = context;
    pthread_mutex_lock(&job->running);
    if (job->state == SPOOL_JOB_QUEUED) {
        visit(job);
        job->state = SPOOL_JOB_FINISHED;
    }
    pthread_mutex_unlock(&job->running);
}

bool spool_job_cancel(struct spool_job *job)
{
    pthread_mutex_lock(&job->running);
    bool finished = job->state == SPOOL_JOB_FINISHED;
    if (!finished)
        job->state = SPOOL_JOB_CANCELLED;
    pthread_mutex_unlock(&job->running);
    return finished;
}

void spool_job_free(struct spool_job *job)
{
    spool_list_free(&job->found);
    pthread_mutex_destroy(&job->running);
    free(job);
}
