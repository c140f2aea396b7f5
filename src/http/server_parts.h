/* SPDX-License-Identifier: MIT */
/* What server.c and exchange.c share, and nobody else needs. */
#ifndef DSMR_HTTP_SERVER_PARTS_H
#define DSMR_HTTP_SERVER_PARTS_H

#include "config/http_listen.h"
#include "http/server.h"

#include <microhttpd.h>

struct running_job;

struct listener {
    struct http_server *server;
    struct http_place place;
    int fd; /* -1 while it does not listen */
    struct MHD_Daemon *daemon;
    struct loop_watch *watch;
    struct loop_timer *timer; /* what the library waits for, or the next try to listen */
    struct log_repeat trouble;
    bool due; /* the timer is for what was resumed */
};

/* A connection. */
struct guest {
    struct http_server *server;
    struct guest *next, **link; /* among those of the server */
    int fd;
    int64_t since;             /* loop time from which its limit counts */
    struct exchange *exchange; /* from the first line of its request on; NULL between two */
};

/* A request and its answer. */
struct exchange {
    struct listener *listener;
    struct guest *guest; /* whose connection it is */
    struct MHD_Connection *connection;
    char *target;
    bool begun;     /* its head is there */
    bool refused;   /* it has a body, which nothing here takes */
    bool asked;     /* the answer is known, or a job works at it */
    bool suspended; /* the library is not to look at it */
    bool ended;     /* it is to be closed */
    struct http_answer answer;
    size_t held;             /* bytes of the answer, until it was taken */
    struct running_job *job; /* that it waits for */
};

struct http_server {
    struct http_server_setup setup;
    struct listener listeners[HTTP_PLACES];
    size_t listener_count;
    struct guest *guests; /* the youngest first */
    size_t guest_count;
    size_t most; /* guests at once */
    size_t held; /* bytes of answers that were not taken yet */
    struct loop_timer *sweep;
    struct running_job *jobs; /* those that run, then those that wait */
    size_t jobs_running;
    size_t jobs_waiting;
};

/* Has the library run when the loop comes round. */
void listener_run_soon(struct listener *listener);

/* What the library calls with each step of a request; context is the listener. */
enum MHD_Result exchange_step(void *context, struct MHD_Connection *connection, const char *url,
                              const char *method, const char *version, const char *upload,
                              size_t *upload_size, void **state);

/* Called with the first line of a request. */
void *exchange_new(void *context, const char *target, struct MHD_Connection *connection);

/* Called when it is over, one way or another. */
void exchange_over(void *context, struct MHD_Connection *connection, void **state,
                   enum MHD_RequestTerminationCode why);

/* What the library does not tell the end of, as when it refuses the head itself. NULL is allowed. */
void exchange_free(struct exchange *exchange);

/* Has the library look at it again. */
void exchange_resume(struct exchange *exchange);

/* The library is not to look at it until then. */
void exchange_suspend(struct exchange *exchange);

/* Has the answer's job done, and the exchange resumed afterwards. */
void exchange_wait_for_job(struct exchange *exchange);

/* Waits no longer; one that was not begun is not done. */
void exchange_leave_job(struct running_job *job);

/* Nobody waits for the answers any more. */
void exchange_forget_jobs(struct http_server *server);

#endif
