/* SPDX-License-Identifier: MIT */
/*
 * The loop's half of a spool: what is in memory, and when the pool has to do what.
 */
#include "spool/spool.h"

#include "core/memory.h"
#include "spool/spool_folder.h"
#include "spool/spool_job.h"
#include "spool/spool_list.h"

#include <stdlib.h>
#include <string.h>

enum {
    FRESH_MAX = 4 * 1024 * 1024, /* bytes that wait for the disk */
    READY_MAX = 1024 * 1024,     /* bytes of what is on disk that are kept in memory */
    READ_BELOW = READY_MAX / 4,  /* less than that, and more is read */
    READ_SIZE = READY_MAX / 2,
    SYNC_MS = 5000,
    FIRST_RETRY_MS = 1000,
    LONGEST_RETRY_MS = 30000,
};

struct spool {
    struct spool_setup setup;
    char *path;
    struct spool_folder *folder; /* the job's while one runs */
    struct spool_list list;
    uint64_t last;              /* number that was given last */
    uint64_t done;              /* all up to this one are */
    struct spool_marks earlier; /* before it was opened */
    uint64_t done_before;       /* of those on disk, and not found yet */
    uint64_t done_count;
    uint64_t marked;  /* how many of these the disk knows of */
    uint64_t written; /* the highest number on disk */
    bool unsynced;
    bool sync_due;
    bool broken; /* the last write failed */
    int64_t retry_ms;
    struct spool_job *job; /* NULL while none runs */
    struct loop_timer *retry;
    struct loop_timer *sync;
    struct spool_stats stats;
    uint64_t folder_dropped;
    uint64_t unreadable;
    uint64_t unwritten; /* dropped while it was broken */
    struct log_repeat full;
    struct log_repeat failures;
};

/* ------------------------------------------------------------------------------------------------
 * What the user is told
 */

static void tell_failure(struct spool *spool, int error)
{
    uint64_t missed;
    if (log_repeat_due(&spool->failures, loop_now(spool->setup.loop), &missed))
        log_warn(spool->setup.log, spool->setup.topic,
                 "the spool in %s cannot be written: %s; what comes waits in memory, up to %d MiB "
                 "of it",
                 spool->path, strerror(error), FRESH_MAX / 1024 / 1024);
}

/* That it cannot be written was told; this is for a disk that is too slow, and for what is too large. */
static void tell_left_out(struct spool *spool, size_t size)
{
    uint64_t missed;
    if (spool->broken || !log_repeat_due(&spool->full, loop_now(spool->setup.loop), &missed))
        return;
    if (size > SPOOL_RECORD_MAX)
        log_warn(spool->setup.log, spool->setup.topic, "a message of %zu bytes is too large", size);
    else
        log_warn(spool->setup.log, spool->setup.topic,
                 "the disk of the spool in %s is too slow: the newest messages are dropped",
                 spool->path);
}

static void tell_mended(struct spool *spool)
{
    log_info(spool->setup.log, spool->setup.topic,
             "the spool in %s can be written again; %llu messages were dropped meanwhile",
             spool->path, (unsigned long long)spool->unwritten);
    spool->unwritten = 0;
    log_repeat_reset(&spool->failures);
}

static void tell_losses(struct spool *spool)
{
    uint64_t missed;
    uint64_t dropped = spool_folder_dropped(spool->folder) - spool->folder_dropped;
    uint64_t unreadable = spool_folder_unreadable(spool->folder) - spool->unreadable;
    spool->folder_dropped += dropped;
    spool->unreadable += unreadable;
    spool->stats.dropped += dropped + unreadable;
    if (unreadable > 0)
        log_warn(spool->setup.log, spool->setup.topic,
                 "%llu messages in the spool in %s cannot be read and are lost",
                 (unsigned long long)unreadable, spool->path);
    if (dropped > 0 && log_repeat_due(&spool->full, loop_now(spool->setup.loop), &missed))
        log_warn(spool->setup.log, spool->setup.topic,
                 "the spool in %s is full: the oldest messages make room for new ones, %llu of "
                 "them so far",
                 spool->path, (unsigned long long)spool->folder_dropped);
}

/* ------------------------------------------------------------------------------------------------
 * After a visit
 */

static void kick(struct spool *spool);

static void remove_done(struct spool *spool)
{
    bool writing = spool->job != NULL && spool->job->count > 0;
    uint64_t done = spool_list_remove_done(&spool->list, writing);
    if (done > spool->done)
        spool->done = done;
}

static void take_over_found(struct spool *spool, struct spool_job *job)
{
    struct spool_list *list = &spool->list;
    for (const struct spool_node *node = job->found.first; node != NULL; node = node->next)
        spool_list_insert(list, &node->record);
    spool_list_free(&job->found);
    if (!job->read)
        return;
    if (job->found_all)
        list->hole = false;
    if (list->last_written != NULL)
        spool_list_cover(list, list->last_written, job->place);
    else if (job->place > spool->done)
        spool->done = job->place;
    spool->done_before = 0;
}

static void note_error(struct spool *spool, int error)
{
    bool was_broken = spool->broken;
    spool->broken = error != 0;
    if (error != 0) {
        int64_t next = spool->retry_ms > 0 ? 2 * spool->retry_ms : FIRST_RETRY_MS;
        spool->retry_ms = next < LONGEST_RETRY_MS ? next : LONGEST_RETRY_MS;
        loop_timer_start(spool->retry, spool->retry_ms, 0);
        tell_failure(spool, error);
    } else if (was_broken) {
        spool->retry_ms = 0;
        tell_mended(spool);
    }
}

static void take_over(struct spool *spool, struct spool_job *job)
{
    spool->job = NULL;
    for (size_t i = 0; i < job->written; i++) {
        spool->written = spool_list_fresh(&spool->list)->record.number;
        spool_list_written(&spool->list, READY_MAX);
    }
    if (job->written > 0)
        spool->unsynced = true;
    if (job->sync)
        spool->unsynced = spool->unsynced && job->sync_error != 0;
    take_over_found(spool, job);
    if (job->count > 0)
        note_error(spool, job->error);
    spool->stats.bytes = spool_folder_bytes(spool->folder);
    tell_losses(spool);
    remove_done(spool);
    if (spool->unsynced && !loop_timer_running(spool->sync))
        loop_timer_start(spool->sync, SYNC_MS, 0);
}

static bool can_take(const struct spool *spool)
{
    const struct spool_node *node = spool->list.cursor;
    return node != NULL && (node->written || (spool->broken && !spool->list.hole));
}

static void job_done(void *context)
{
    struct spool_job *job = context;
    struct spool *spool = job->spool;
    if (spool != NULL) {
        take_over(spool, job);
        kick(spool);
        if (can_take(spool))
            spool->setup.ready(spool->setup.context);
    }
    spool_job_free(job);
}

/* ------------------------------------------------------------------------------------------------
 * Before a visit
 */

static void choose_writing(const struct spool *spool, struct spool_job *job)
{
    if (loop_timer_running(spool->retry))
        return;
    job->fresh = spool_list_fresh(&spool->list);
    for (const struct spool_node *node = job->fresh; node != NULL; node = node->next)
        job->count++;
}

static void choose_reading(const struct spool *spool, struct spool_job *job)
{
    const struct spool_node *last = spool->list.last_written;
    job->read = spool->list.hole && spool->list.written_bytes < READ_BELOW;
    job->read_size = READ_SIZE;
    job->behind = last != NULL ? last->covers : spool->done;
}

static struct spool_job *choose_job(struct spool *spool)
{
    const struct spool_node *last = spool->list.last_written;
    struct spool_job *job = spool_job_new(spool, spool->folder);
    spool_list_marks(&spool->list, spool->done, &spool->earlier, &job->marks);
    job->held = last != NULL ? last->covers : 0;
    job->sync = spool->sync_due;
    choose_writing(spool, job);
    choose_reading(spool, job);
    return job;
}

/* Sends a job to the disk when there is something to do. */
static void kick(struct spool *spool)
{
    if (spool->job != NULL)
        return;
    struct spool_job *job = choose_job(spool);
    if (job->count == 0 && !job->read && !job->sync && spool->marked == spool->done_count) {
        spool_job_free(job);
        return;
    }
    spool->marked = spool->done_count;
    spool->sync_due = false;
    spool->job = job;
    loop_work(spool->setup.loop, spool_job_run, job_done, job);
}

static void on_retry(void *context)
{
    kick(context);
}

static void on_sync(void *context)
{
    struct spool *spool = context;
    /* What is delivered need not outlive anything. */
    if (spool->done >= spool->written)
        return;
    spool->sync_due = true;
    kick(spool);
}

/* ------------------------------------------------------------------------------------------------
 * For the owner
 */

struct spool *spool_open(const struct spool_setup *setup, char **error)
{
    struct spool_folder *folder = spool_folder_open(setup->folder, setup->limit, error);
    if (folder == NULL)
        return NULL;
    struct spool *spool = memory_new(1, sizeof *spool);
    spool->setup = *setup;
    spool->path = memory_text(setup->folder);
    spool->folder = folder;
    spool->last = spool->written = spool_folder_last(folder);
    spool->earlier = *spool_folder_marks(folder);
    spool->done = spool->earlier.done;
    spool->done_before = spool_folder_done_beyond(folder);
    spool->list.hole = spool->last > spool->done;
    spool->stats.bytes = spool_folder_bytes(folder);
    spool->retry = loop_timer_new(setup->loop, on_retry, spool);
    spool->sync = loop_timer_new(setup->loop, on_sync, spool);
    kick(spool);
    return spool;
}

uint64_t spool_next_number(const struct spool *spool)
{
    return spool->last + 1;
}

void spool_add(struct spool *spool, const char *bytes, size_t size)
{
    struct spool_record record = {
        .number = ++spool->last,
        .added_ms = loop_wall(spool->setup.loop),
        .bytes = bytes,
        .size = size,
    };
    if (size > SPOOL_RECORD_MAX || spool->list.fresh_bytes + size > FRESH_MAX) {
        spool->stats.dropped++;
        spool->unwritten += spool->broken ? 1 : 0;
        tell_left_out(spool, size);
        return;
    }
    spool_list_add(&spool->list, &record);
    kick(spool);
}

const struct spool_record *spool_take(struct spool *spool)
{
    return can_take(spool) ? &spool_list_take(&spool->list)->record : NULL;
}

void spool_rewind(struct spool *spool)
{
    spool_list_rewind(&spool->list);
}

void spool_set_aside(struct spool *spool, uint64_t number)
{
    struct spool_node *node = spool_list_find(&spool->list, number);
    if (node != NULL)
        spool_list_set_aside(&spool->list, node);
    kick(spool);
}

bool spool_done(struct spool *spool, uint64_t number)
{
    struct spool_node *node = spool_list_find(&spool->list, number);
    if (node == NULL || node->done)
        return false;
    spool_list_done(&spool->list, node);
    spool->done_count++;
    remove_done(spool);
    kick(spool);
    return true;
}

void spool_stats(const struct spool *spool, struct spool_stats *stats)
{
    uint64_t open = spool->last - spool->done;
    uint64_t covered = spool->list.covered + spool->done_before;
    *stats = spool->stats;
    stats->waiting = open > covered ? open - covered : 0;
    stats->done = spool->done_count;
    stats->fresh = spool->list.fresh_bytes;
    stats->broken = spool->broken;
}

/* What the job has done is taken over here, since its end will not be told in time. */
static void wait_for_job(struct spool *spool)
{
    struct spool_job *job = spool->job;
    if (job == NULL)
        return;
    bool finished = spool_job_cancel(job);
    spool->job = NULL;
    if (finished)
        take_over(spool, job);
    job->spool = NULL;
}

void spool_close(struct spool *spool)
{
    if (spool == NULL)
        return;
    wait_for_job(spool);
    struct spool_job *last = choose_job(spool);
    last->read = false;
    last->sync = false;
    spool_job_run(last);
    spool_job_free(last);
    spool_folder_close(spool->folder);
    loop_timer_free(spool->retry);
    loop_timer_free(spool->sync);
    spool_list_free(&spool->list);
    free(spool->path);
    free(spool);
}
