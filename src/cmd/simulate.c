/* SPDX-License-Identifier: MIT */
/* `dsmr simulate`: a meter for those who have none at hand, and for the tests. */
#include "cmd/cmd.h"
#include "cmd/simulate_job.h"
#include "core/memory.h"
#include "simulate/replay.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { RECORDING_MAX = 256 * 1024 * 1024 };

int simulate_fail(const char *place, const char *reason)
{
    fprintf(stderr, "dsmr simulate: %s: %s\n", place, reason);
    return 1;
}

/* What it sends, so that it can be sent again. */
static void describe(const struct simulate_options *options, char *text, size_t size)
{
    if (options->replay) {
        snprintf(text, size, "the telegrams of %s", options->replay);
        return;
    }
    struct dsmr_time time;
    char start[DSMR_TIME_SIZE];
    dsmr_time_from_unix(options->start, dsmr_zone_default, &time);
    dsmr_time_print(&time, start);
    snprintf(text, size, "seed %llu, from %s", (unsigned long long)options->seed, start);
}

void simulate_announce(const struct simulate_job *job, const char *place)
{
    const struct simulate_options *options = job->options;
    char pace[48] = "as fast as it goes";
    char content[512];
    if (options->interval_ms > 0)
        snprintf(pace, sizeof pace, "one each %g s", (double)options->interval_ms / 1000);
    describe(options, content, sizeof content);
    fprintf(stderr, "dsmr simulate: a meter of %s %s, %d %s, %s, %s\n", options->standard->title,
            place, options->standard->baud, options->standard->even_parity ? "7E1" : "8N1", pace,
            content);
}

static void on_stop(void *context, int signal_number)
{
    (void)signal_number;
    loop_stop(context);
}

struct loop *simulate_loop(void)
{
    struct loop *loop = loop_new();
    loop_on_signal(loop, SIGTERM, on_stop, loop);
    loop_on_signal(loop, SIGINT, on_stop, loop);
    loop_on_signal(loop, SIGHUP, on_stop, loop);
    return loop;
}

/* NULL with errno set when it cannot be read. */
static char *read_file(const char *path, size_t *size)
{
    FILE *file = fopen(path, "rbe");
    if (!file)
        return NULL;
    char *bytes = NULL;
    size_t capacity = 0;
    *size = 0;
    do {
        if (*size == capacity) {
            capacity = capacity > 0 ? capacity * 2 : 65536;
            bytes = memory_grow(bytes, capacity, 1);
        }
        *size += fread(bytes + *size, 1, capacity - *size, file);
    } while (!feof(file) && !ferror(file) && *size < RECORDING_MAX);
    int reason = ferror(file) ? errno : *size >= RECORDING_MAX ? EFBIG : 0;
    fclose(file);
    if (reason != 0) {
        free(bytes);
        errno = reason;
        return NULL;
    }
    return bytes;
}

/* Sends with meters that differ in their seeds; opens the trace where one is wanted. */
static int send_of_meters(struct simulate_job *job, struct simulated_setup *setup)
{
    const struct simulate_options *options = job->options;
    size_t count = (size_t)options->meters;
    if (options->trace && !(job->trace = trace_open(options->trace)))
        return simulate_fail(options->trace, strerror(errno));
    job->meters = memory_new(count, sizeof(struct simulated_meter *));
    for (size_t i = 0; i < count; i++, setup->seed++)
        job->meters[i] = simulated_meter_new(setup);
    int status = options->link  ? simulate_on_pty(job)
                 : options->tcp ? simulate_on_tcp(job)
                                : simulate_to_output(job);
    for (size_t i = 0; i < count; i++)
        simulated_meter_free(job->meters[i]);
    free(job->meters);
    int error = trace_close(job->trace);
    return error != 0 ? simulate_fail(options->trace, strerror(error)) : status;
}

static int send_telegrams(const struct simulate_options *options, struct replay *replay)
{
    int64_t own_ms = options->standard->interval_s * 1000;
    int64_t step_ms = options->interval_ms > 0 ? options->interval_ms : own_ms;
    struct simulated_setup setup = {
        .standard = options->standard,
        .seed = options->seed,
        .start = options->start,
        .step_ms = step_ms > 1000 ? step_ms : 1000,
        .devices = options->devices,
        .faults = options->faults,
        .replay = replay,
        .encryption = options->encryption,
        .parity = options->link != NULL,
    };
    struct simulate_job job = {.options = options};
    return send_of_meters(&job, &setup);
}

static int send_recording(const struct simulate_options *options)
{
    size_t size;
    struct replay replay;
    char *bytes = read_file(options->replay, &size);
    if (!bytes) {
        simulate_fail(options->replay, strerror(errno));
        return 2;
    }
    int status = 2;
    if (replay_init(&replay, bytes, size)) {
        status = send_telegrams(options, &replay);
        replay_free(&replay);
    } else {
        simulate_fail(options->replay, "there is no telegram in it");
    }
    free(bytes);
    return status;
}

int cmd_simulate(int argc, char **argv)
{
    struct simulate_options options;
    int status = simulate_options_parse(&options, argc, argv);
    if (status >= 0)
        return status;
    if (!options.start_given)
        options.start = time(NULL);
    if (!options.seed_given)
        options.seed = (uint64_t)options.start;
    return options.replay ? send_recording(&options) : send_telegrams(&options, NULL);
}
