/* SPDX-License-Identifier: MIT */
#include "sink/history_vault.h"

#include "core/memory.h"
#include "history/store.h"

#include <pthread.h>
#include <stdlib.h>
#include <time.h>

enum { LOCK_S = 2 };

struct vault {
    char *path;
    pthread_mutex_t running; /* held by who uses store */
    struct store *store;     /* NULL while it is not open */
    unsigned users;          /* owner and jobs; only the loop's thread counts */
};

struct vault *vault_new(const char *path)
{
    struct vault *vault = memory_new(1, sizeof *vault);
    vault->path = memory_text(path);
    vault->users = 1;
    pthread_mutex_init(&vault->running, NULL);
    return vault;
}

void vault_release(struct vault *vault)
{
    if (--vault->users > 0)
        return;
    store_close(vault->store);
    pthread_mutex_destroy(&vault->running);
    free(vault->path);
    free(vault);
}

struct vault_job *vault_job_new(struct vault *vault)
{
    struct vault_job *job = memory_new(1, sizeof *job);
    job->vault = vault;
    vault->users++;
    return job;
}

void vault_job_free(struct vault_job *job)
{
    batch_free(&job->batch);
    recorder_free(job->recorder);
    free(job->notice);
    free(job->error);
    vault_release(job->vault);
    free(job);
}

static void open_store(struct vault_job *job)
{
    struct vault *vault = job->vault;
    vault->store = store_open(vault->path, STORE_SAFE, &job->notice, &job->error);
    if (!vault->store)
        return;
    job->recorder = store_restore(vault->store, &job->rules, NULL, &job->error);
    if (job->recorder)
        return;
    store_close(vault->store);
    vault->store = NULL;
}

/* The file is at fault: it goes aside, and a new one begins. */
static void begin_anew(struct vault_job *job)
{
    char *moved = store_move_aside(job->vault->store);
    char *why = job->error;
    job->vault->store = NULL;
    job->error = NULL;
    job->void_batch = true;
    open_store(job);
    free(job->notice);
    job->notice = memory_print("%s; it is now %s, and a new one begins", why, moved);
    free(moved);
    free(why);
}

bool vault_write(struct vault_job *job)
{
    bool damaged = false;
    if (!job->vault->store)
        return job->batch.count == 0;
    if (store_write(job->vault->store, &job->batch, &damaged, &job->error))
        return true;
    if (damaged)
        begin_anew(job);
    return false;
}

static void do_cut(struct vault_job *job)
{
    struct vault *vault = job->vault;
    if (store_cut(vault->store, job->cut_meter, job->cut_from, &job->error))
        job->recorder = store_restore(vault->store, &job->rules, NULL, &job->error);
    job->void_batch = true;
}

void vault_work(void *context)
{
    struct vault_job *job = context;
    pthread_mutex_lock(&job->vault->running);
    if (!job->vault->store)
        open_store(job);
    else if (vault_write(job) && job->cut)
        do_cut(job);
    pthread_mutex_unlock(&job->vault->running);
}

bool vault_lock(struct vault *vault)
{
    struct timespec deadline;
    clock_gettime(CLOCK_REALTIME, &deadline);
    deadline.tv_sec += LOCK_S;
    return pthread_mutex_timedlock(&vault->running, &deadline) == 0;
}

void vault_unlock(struct vault *vault)
{
    pthread_mutex_unlock(&vault->running);
}

struct store *vault_store(const struct vault *vault)
{
    return vault->store;
}
