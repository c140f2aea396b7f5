/* SPDX-License-Identifier: MIT */
#include "core/workers.h"

#include "core/memory.h"

#include <pthread.h>
#include <sched.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

/* Pieces are counted for ever; the one that is meant is the rest of a division by their number. */
struct workers {
    struct workers_job job;
    pthread_mutex_t lock; /* of everything below */
    pthread_cond_t handed_in;
    pthread_cond_t finished_one;
    pthread_t *threads;
    bool *done; /* by piece: worked on, and not finished */
    uint64_t given;
    uint64_t begun;
    uint64_t finished;
    unsigned running; /* threads that were started */
    unsigned idle;
    bool finishing; /* a thread is at it */
    bool closing;
};

struct newcomer {
    struct workers *workers;
    unsigned number;
};

unsigned workers_cores(void)
{
    cpu_set_t cores;
    if (sched_getaffinity(0, sizeof cores, &cores) != 0)
        return 1;
    int count = CPU_COUNT(&cores);
    return count > 0 ? (unsigned)count : 1;
}

struct workers *workers_new(const struct workers_job *job)
{
    struct workers *workers = memory_new(1, sizeof *workers);
    workers->job = *job;
    workers->done = memory_new(job->pieces, sizeof *workers->done);
    workers->threads = memory_new(job->threads, sizeof *workers->threads);
    pthread_mutex_init(&workers->lock, NULL);
    pthread_cond_init(&workers->handed_in, NULL);
    pthread_cond_init(&workers->finished_one, NULL);
    return workers;
}

/* Locked, and unlocked in between. Only one thread is at it; what others have done meanwhile it takes
 * along. */
static void finish_those_in_turn(struct workers *workers)
{
    if (workers->finishing)
        return;
    workers->finishing = true;
    for (size_t piece; piece = workers->finished % workers->job.pieces, workers->done[piece];) {
        pthread_mutex_unlock(&workers->lock);
        workers->job.finish(workers->job.context, piece);
        pthread_mutex_lock(&workers->lock);
        workers->done[piece] = false;
        workers->finished++;
        pthread_cond_signal(&workers->finished_one);
    }
    workers->finishing = false;
}

static void *work(void *context)
{
    struct newcomer *newcomer = context;
    struct workers *workers = newcomer->workers;
    unsigned number = newcomer->number;
    free(newcomer);
    pthread_mutex_lock(&workers->lock);
    for (;;) {
        workers->idle++;
        while (workers->begun == workers->given && !workers->closing)
            pthread_cond_wait(&workers->handed_in, &workers->lock);
        workers->idle--;
        if (workers->begun == workers->given)
            break;
        size_t piece = workers->begun++ % workers->job.pieces;
        pthread_mutex_unlock(&workers->lock);
        workers->job.work(workers->job.context, piece, number);
        pthread_mutex_lock(&workers->lock);
        workers->done[piece] = true;
        finish_those_in_turn(workers);
    }
    pthread_mutex_unlock(&workers->lock);
    return NULL;
}

/* Locked. Where no thread can be had, those that run will do. */
static void start_another(struct workers *workers)
{
    struct newcomer *newcomer = memory_new(1, sizeof *newcomer);
    *newcomer = (struct newcomer){workers, workers->running};
    if (pthread_create(&workers->threads[workers->running], NULL, work, newcomer) == 0)
        workers->running++;
    else
        free(newcomer);
}

size_t workers_take(struct workers *workers)
{
    pthread_mutex_lock(&workers->lock);
    while (workers->given - workers->finished == workers->job.pieces)
        pthread_cond_wait(&workers->finished_one, &workers->lock);
    size_t piece = workers->given % workers->job.pieces;
    pthread_mutex_unlock(&workers->lock);
    return piece;
}

static void do_it_here(struct workers *workers)
{
    size_t piece = workers->given++ % workers->job.pieces;
    workers->begun++;
    workers->job.work(workers->job.context, piece, 0);
    workers->job.finish(workers->job.context, piece);
    workers->finished++;
}

void workers_give(struct workers *workers)
{
    pthread_mutex_lock(&workers->lock);
    bool alone = workers->job.threads <= 1;
    if (!alone && workers->running < workers->job.threads &&
        workers->given + 1 - workers->begun > workers->idle)
        start_another(workers);
    if (alone || workers->running == 0) {
        do_it_here(workers);
    } else {
        workers->given++;
        pthread_cond_signal(&workers->handed_in);
    }
    pthread_mutex_unlock(&workers->lock);
}

void workers_free(struct workers *workers)
{
    pthread_mutex_lock(&workers->lock);
    workers->closing = true;
    pthread_cond_broadcast(&workers->handed_in);
    pthread_mutex_unlock(&workers->lock);
    for (unsigned i = 0; i < workers->running; i++)
        pthread_join(workers->threads[i], NULL);
    pthread_cond_destroy(&workers->finished_one);
    pthread_cond_destroy(&workers->handed_in);
    pthread_mutex_destroy(&workers->lock);
    free(workers->threads);
    free(workers->done);
    free(workers);
}
