/* SPDX-License-Identifier: MIT */
/* Answers that threads of the pool work out: few at once, the others wait for their turn. */
#include "core/memory.h"
#include "http/server_parts.h"

#include <stdlib.h>

/* A job and those who wait for it: one at most, none when that one has gone. */
struct running_job {
    struct running_job *next;
    struct http_server *server; /* NULL when it has gone */
    struct exchange *exchange;  /* NULL when it has gone */
    struct http_job *job;
    bool running;
};

static void run_job(void *context)
{
    struct running_job *running = context;
    running->job->work(running->job);
}

static void job_is_done(void *context);

/* The next of those that wait, while there is room. */
static void start_jobs(struct http_server *server)
{
    for (struct running_job *job = server->jobs; job && server->jobs_running < HTTP_JOBS;
         job = job->next) {
        if (job->running)
            continue;
        job->running = true;
        server->jobs_running++;
        server->jobs_waiting--;
        loop_work(server->setup.loop, run_job, job_is_done, job);
    }
}

static void take_out(struct running_job *job)
{
    struct running_job **link = &job->server->jobs;
    while (*link != job)
        link = &(*link)->next;
    *link = job->next;
}

static void free_job(struct running_job *job)
{
    job->job->free(job->job);
    free(job);
}

static void job_is_done(void *context)
{
    struct running_job *job = context;
    struct http_server *server = job->server;
    if (job->exchange) {
        job->exchange->job = NULL;
        job->exchange->answer.job = NULL;
        job->job->finish(job->job, &job->exchange->answer);
        exchange_resume(job->exchange);
    }
    if (server) {
        take_out(job);
        server->jobs_running--;
    }
    free_job(job);
    if (server)
        start_jobs(server);
}

void exchange_wait_for_job(struct exchange *exchange)
{
    struct http_server *server = exchange->listener->server;
    struct running_job **link = &server->jobs;
    struct running_job *job = memory_new(1, sizeof *job);
    while (*link)
        link = &(*link)->next;
    *link = job;
    job->server = server;
    job->exchange = exchange;
    job->job = exchange->answer.job;
    exchange->job = job;
    server->jobs_waiting++;
    exchange_suspend(exchange);
    start_jobs(server);
}

/* Nobody waits for it any more. */
static void detach(struct running_job *job)
{
    if (!job->exchange)
        return;
    job->exchange->job = NULL;
    job->exchange->answer.job = NULL;
    job->exchange = NULL;
}

void exchange_leave_job(struct running_job *job)
{
    detach(job);
    if (job->running)
        return;
    take_out(job);
    job->server->jobs_waiting--;
    free_job(job);
}

void exchange_forget_jobs(struct http_server *server)
{
    while (server->jobs) {
        struct running_job *job = server->jobs;
        server->jobs = job->next;
        detach(job);
        job->server = NULL;
        if (!job->running)
            free_job(job);
    }
}
