/* SPDX-License-Identifier: MIT */
/* A question to the history, answered on a thread of the pool. */
#ifndef DSMR_HTTP_QUESTION_H
#define DSMR_HTTP_QUESTION_H

#include "http/api.h"
#include "http/shelf.h"

/* First member of the struct of each kind of question; the rest of that must not need to be freed, but
 * for what done() frees. */
struct question {
    struct http_job job;
    struct shelf *shelf;
    struct http_answer answer;
    char meter[CONFIG_METER_NAME_MAX + 1]; /* "" when it is about none */
    bool gzip;                             /* the other side understands that */
    int64_t write_s; /* what comes in is in the file after so many seconds at the latest */
    /* Goes on with the answer, on the thread. False with *error, and the answer as it was, when the file
     * cannot be read; *error may stay NULL. */
    bool (*ask)(struct question *question, struct history_reader *reader, char **error);
    /* Goes on with it where there is no history; NULL: then it is a problem. */
    void (*without)(struct question *question);
    void (*done)(struct question *question); /* frees what is its own; may be NULL */
};

/* A question of size bytes, which goes on with the call's answer. What is its own is for the caller to set
 * before question_start(); without a history, without() has to be there. */
struct question *question_new(const struct api_call *call, size_t size);

/* Hands it over: it is asked, and freed. At once where no history is kept. */
void question_start(const struct api_call *call, struct question *question);

/* True, and a problem, when no history is kept. */
bool question_is_vain(const struct api_call *call);

/* For ask(), when the file has no answer: true, and a problem in place of *error, when that is because
 * nothing of the meter was written yet. */
bool question_is_early(struct question *question, struct history_reader *reader, char **error);

#endif
