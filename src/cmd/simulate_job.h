/* SPDX-License-Identifier: MIT */
/* One run of `dsmr simulate`, and the three places that it can send to. */
#ifndef DSMR_CMD_SIMULATE_JOB_H
#define DSMR_CMD_SIMULATE_JOB_H

#include "cmd/simulate_options.h"
#include "core/loop.h"
#include "core/trace.h"
#include "simulate/simulated_meter.h"

struct simulate_job {
    const struct simulate_options *options;
    struct simulated_meter **meters; /* options->meters of them, each with a seed of its own */
    struct trace *trace;             /* NULL when none is wanted */
};

/* Tells on standard error in one line what is sent where: "on tcp://127.0.0.1:2000". */
void simulate_announce(const struct simulate_job *job, const char *place);

/* Tells in one line what went wrong and to what; returns the exit status 1. */
int simulate_fail(const char *place, const char *reason);

/* Each sends until it is told to stop by SIGTERM, SIGINT or SIGHUP, and returns the exit status. */
int simulate_on_pty(const struct simulate_job *job);
int simulate_on_tcp(const struct simulate_job *job);

/* Sends as many telegrams as were asked for; a signal ends the program at once. */
int simulate_to_output(const struct simulate_job *job);

/* A loop that SIGTERM, SIGINT and SIGHUP stop. */
struct loop *simulate_loop(void);

#endif
