/* SPDX-License-Identifier: MIT */
#include "sink/history.h"

#include "core/buffer.h"
#include "core/memory.h"
#include "history/store.h"
#include "sink/history_vault.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    RETRY_MS = 60000,          /* a file that could not be opened */
    BATCH_BYTES_MAX = 8 << 20, /* above that the finest steps go */
    YEARS_AHEAD = 10,
};

static const char topic[] = "history";

struct history_sink {
    struct sink sink;
    struct history_setup setup; /* its texts are our own */
    struct history_meter_wish *wishes;
    struct vault *vault;
    struct recorder *recorder; /* NULL while the file is not open */
    struct vault_job *job;     /* that runs, NULL if none does */
    struct loop_timer *timer;
    struct log_repeat failures;
    uint64_t dropped; /* rows, since it was last told */
    bool failing;     /* the last job did, and it was told */
    char state[160];
};

static void job_done(void *context);

/* ------------------------------------------------------------------------------------------------
 * What jobs bring back
 */

static void tell_size(struct history_sink *sink)
{
    double megabyte = 1e6;
    struct store *store = vault_store(sink->vault);
    log_info(sink->setup.log, topic, "%s, %.1f MB; in %d years about %.0f MB", sink->setup.path,
             (double)store_bytes(store) / megabyte, YEARS_AHEAD,
             (double)store_bytes_in(store, sink->recorder, YEARS_AHEAD) / megabyte);
}

static void adopt(struct history_sink *sink, struct recorder *recorder)
{
    recorder_free(sink->recorder);
    sink->recorder = recorder;
    recorder->log = sink->setup.log;
}

static void tell_failure(struct history_sink *sink, const char *error)
{
    uint64_t missed;
    snprintf(sink->state, sizeof sink->state, "failing: %s", error);
    if (!log_repeat_due(&sink->failures, loop_now(sink->setup.loop), &missed))
        return;
    sink->failing = true;
    log_warn(sink->setup.log, topic, "%s; %s", error,
             sink->recorder ? "values wait in memory until it can be written"
                            : "nothing is kept until it can be opened");
}

static void tell_recovery(struct history_sink *sink)
{
    snprintf(sink->state, sizeof sink->state, "writing %s", sink->setup.path);
    if (sink->failing)
        log_info(sink->setup.log, topic, "%s is written again", sink->setup.path);
    if (sink->dropped > 0)
        log_warn(sink->setup.log, topic, "%llu short steps were too many to wait and are lost",
                 (unsigned long long)sink->dropped);
    sink->failing = false;
    sink->dropped = 0;
    log_repeat_reset(&sink->failures);
}

/* What could not be written goes before what has come since. */
static void take_back(struct history_sink *sink, struct batch *batch)
{
    if (!sink->recorder)
        return;
    batch_append(batch, &sink->recorder->batch);
    struct batch merged = *batch;
    *batch = sink->recorder->batch;
    sink->recorder->batch = merged;
    for (size_t i = 0; i < 2 && batch_bytes(&sink->recorder->batch) > BATCH_BYTES_MAX; i++)
        sink->dropped += batch_drop_rows(&sink->recorder->batch, sink->setup.rules.tiers[i].length);
}

static void take_result(struct history_sink *sink, struct vault_job *job)
{
    bool first = sink->recorder == NULL;
    if (job->notice)
        log_error(sink->setup.log, topic, "%s", job->notice);
    if (job->recorder) {
        adopt(sink, job->recorder);
        job->recorder = NULL;
    }
    if (job->error) {
        if (!job->void_batch)
            take_back(sink, &job->batch);
        tell_failure(sink, job->error);
    } else {
        tell_recovery(sink);
        if (first)
            tell_size(sink);
    }
}

/* ------------------------------------------------------------------------------------------------
 * Jobs
 */

static void start(struct history_sink *sink, struct vault_job *job)
{
    if (sink->recorder) {
        job->batch = sink->recorder->batch;
        sink->recorder->batch = (struct batch){0};
    }
    job->rules = sink->setup.rules;
    job->owner = sink;
    sink->job = job;
    loop_work(sink->setup.loop, vault_work, job_done, job);
}

static void job_done(void *context)
{
    struct vault_job *job = context;
    struct history_sink *sink = job->owner;
    if (sink) {
        sink->job = NULL;
        take_result(sink, job);
    }
    vault_job_free(job);
}

static void on_timer(void *context)
{
    struct history_sink *sink = context;
    if (sink->job || (sink->recorder && sink->recorder->batch.count == 0))
        return;
    start(sink, vault_job_new(sink->vault));
}

/* ------------------------------------------------------------------------------------------------
 * Readings
 */

static void introduce(const struct history_sink *sink, struct recorder_meter *meter)
{
    meter->introduced = true;
    for (size_t i = 0; i < sink->setup.meter_count; i++)
        if (strcmp(sink->wishes[i].name, meter->name) == 0)
            meter->limits = sink->wishes[i].limits;
}

static struct dsmr_zone zone_of(const struct history_sink *sink, const struct readings *readings)
{
    struct dsmr_zone zone;
    for (size_t i = 0; i < sink->setup.meter_count; i++)
        if (sink->wishes[i].has_zone && strcmp(sink->wishes[i].name, readings->meter) == 0)
            return sink->wishes[i].zone;
    dsmr_zone_of(readings->identification, &zone);
    return zone;
}

/* What is kept of a time that never was goes. */
static void cut(struct history_sink *sink, const struct recorder_meter *meter)
{
    struct vault_job *job = vault_job_new(sink->vault);
    struct dsmr_time time;
    char moment[DSMR_TIME_SIZE];
    dsmr_time_from_unix(meter->cut_at, meter->zone, &time);
    dsmr_time_print(&time, moment);
    log_warn(sink->setup.log, topic,
             "%s: the clock was ahead and is right again: steps after %s are forgotten; totals "
             "stay right",
             meter->name, moment);
    job->cut = true;
    job->cut_meter = meter->key;
    job->cut_from = meter->cut_at;
    start(sink, job);
}

static void publish(struct sink *base, const struct readings *readings)
{
    struct history_sink *sink = (struct history_sink *)base;
    if (!sink->recorder)
        return;
    struct recorder_meter *meter = recorder_find(sink->recorder, readings->meter);
    if (!meter)
        meter = recorder_meter(sink->recorder, readings->meter, zone_of(sink, readings));
    if (!meter->introduced)
        introduce(sink, meter);
    recorder_take(sink->recorder, meter, readings, loop_now(sink->setup.loop));
    if (meter->cut_at != 0 && !sink->job)
        cut(sink, meter);
}

/* ------------------------------------------------------------------------------------------------
 * For the owner
 */

static void copy_setup(struct history_sink *sink, const struct history_setup *setup)
{
    sink->setup = *setup;
    sink->setup.path = memory_text(setup->path);
    sink->wishes = memory_new(setup->meter_count + 1, sizeof *sink->wishes);
    for (size_t i = 0; i < setup->meter_count; i++) {
        sink->wishes[i] = setup->meters[i];
        sink->wishes[i].name = memory_text(setup->meters[i].name);
    }
    sink->setup.meters = sink->wishes;
}

static void free_setup(struct history_sink *sink)
{
    for (size_t i = 0; i < sink->setup.meter_count; i++)
        free((char *)sink->wishes[i].name);
    free(sink->wishes);
    free((char *)sink->setup.path);
}

/* The last values, too, as far as the disk lets. */
static void write_last(struct history_sink *sink)
{
    if (!vault_lock(sink->vault)) {
        log_error(sink->setup.log, topic, "%s: the disk does not answer: the last values are lost",
                  sink->setup.path);
        return;
    }
    if (sink->job && sink->job->error && !sink->job->void_batch)
        take_back(sink, &sink->job->batch);
    recorder_flush(sink->recorder);
    struct vault_job *job = vault_job_new(sink->vault);
    job->batch = sink->recorder->batch;
    sink->recorder->batch = (struct batch){0};
    if (!vault_write(job))
        log_error(sink->setup.log, topic, "%s: the last values are lost", job->error);
    vault_job_free(job);
    vault_unlock(sink->vault);
}

static void free_sink(struct sink *base)
{
    struct history_sink *sink = (struct history_sink *)base;
    loop_timer_free(sink->timer);
    if (sink->recorder)
        write_last(sink);
    if (sink->job)
        sink->job->owner = NULL;
    vault_release(sink->vault);
    recorder_free(sink->recorder);
    free_setup(sink);
    free(sink);
}

static void tell_state(const struct sink *sink, struct buffer *out)
{
    buffer_add_text(out, history_sink_state(sink));
}

static const struct sink_kind history_kind = {
    .name = "history",
    .publish = publish,
    .line = NULL,
    .refused = NULL,
    .state = tell_state,
    .free = free_sink,
};

struct sink *history_sink_new(const struct history_setup *setup)
{
    struct history_sink *sink = memory_new(1, sizeof *sink);
    sink->sink.kind = &history_kind;
    copy_setup(sink, setup);
    sink->vault = vault_new(setup->path);
    sink->timer = loop_timer_new(setup->loop, on_timer, sink);
    struct vault_job *job = vault_job_new(sink->vault);
    job->rules = setup->rules;
    vault_work(job);
    take_result(sink, job);
    vault_job_free(job);
    loop_timer_start(sink->timer, setup->write_ms, setup->write_ms);
    return &sink->sink;
}

void history_sink_set(struct sink *base, const struct history_setup *setup)
{
    struct history_sink *sink = (struct history_sink *)base;
    free_setup(sink);
    copy_setup(sink, setup);
    loop_timer_start(sink->timer, setup->write_ms, setup->write_ms);
    if (!sink->recorder)
        return;
    for (size_t i = 0; i < sink->recorder->meter_count; i++)
        sink->recorder->meters[i]->introduced = false;
}

struct recorder *history_sink_recorder(struct sink *base)
{
    return ((struct history_sink *)base)->recorder;
}

bool history_sink_write(struct sink *base)
{
    struct history_sink *sink = (struct history_sink *)base;
    struct vault_job *job = vault_job_new(sink->vault);
    job->rules = sink->setup.rules;
    job->batch = sink->recorder->batch;
    sink->recorder->batch = (struct batch){0};
    vault_work(job);
    bool good = job->error == NULL;
    take_result(sink, job);
    vault_job_free(job);
    return good;
}

const char *history_sink_state(const struct sink *base)
{
    return ((const struct history_sink *)base)->state;
}
