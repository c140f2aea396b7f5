/* SPDX-License-Identifier: MIT */
#include "http/question.h"

#include "core/memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void tell(struct question *question, char *error)
{
    if (question->without)
        question->without(question);
    else
        http_problem(&question->answer, 503, "the history cannot be read: %s",
                     error ? error : "no reason is known");
    free(error);
}

/* A reader from the shelf may be of a file that was moved away: then a fresh one is tried. */
static void work(struct http_job *job)
{
    struct question *question = (struct question *)job;
    char *error = NULL;
    struct shelf_reader reader = {0};
    if (question->shelf)
        reader = shelf_take(question->shelf, &error);
    bool good = reader.reader && question->ask(question, reader.reader, &error);
    if (reader.reader)
        shelf_put(question->shelf, reader, !good);
    if (!good)
        tell(question, error);
    http_answer_pack(&question->answer, question->gzip);
}

static void finish(struct http_job *job, struct http_answer *answer)
{
    struct question *question = (struct question *)job;
    http_answer_free(answer);
    *answer = question->answer;
    question->answer.body = (struct buffer){0};
}

static void free_question(struct http_job *job)
{
    struct question *question = (struct question *)job;
    if (question->done)
        question->done(question);
    http_answer_free(&question->answer);
    shelf_release(question->shelf);
    free(question);
}

bool question_is_vain(const struct api_call *call)
{
    if (call->web->shelf)
        return false;
    http_problem(call->answer, 404,
                 "no history is kept: history.path= names the file that it is kept in");
    return true;
}

static bool is_kept(const struct history_extent *extent, const char *meter)
{
    for (size_t i = 0; i < extent->meter_count; i++)
        if (strcmp(extent->meters[i].name, meter) == 0)
            return true;
    return false;
}

bool question_is_early(struct question *question, struct history_reader *reader, char **error)
{
    struct history_extent extent;
    char *why = NULL;
    if (!history_extent_read(reader, &extent, &why)) {
        free(why);
        return false;
    }
    bool early = !is_kept(&extent, question->meter);
    history_extent_free(&extent);
    if (!early)
        return false;
    free(*error);
    *error = NULL;
    question->answer.later_s = (int)question->write_s;
    http_problem(&question->answer, 503,
                 "the history has nothing of %s yet: the first values are written within %d "
                 "seconds (history.write.seconds) of its first telegram",
                 question->meter, question->answer.later_s);
    return true;
}

struct question *question_new(const struct api_call *call, size_t size)
{
    struct question *question = memory_new(1, size);
    question->job = (struct http_job){.work = work, .finish = finish, .free = free_question};
    if (call->web->shelf)
        question->shelf = shelf_keep(call->web->shelf);
    question->answer = *call->answer;
    call->answer->body = (struct buffer){0};
    question->gzip = http_accepts(call->request->accept_encoding, "gzip");
    question->write_s = config_number(call->web->setup.config, CONFIG_HISTORY_WRITE_SECONDS);
    if (call->meter)
        snprintf(question->meter, sizeof question->meter, "%s", call->meter->name);
    return question;
}

void question_start(const struct api_call *call, struct question *question)
{
    if (question->shelf) {
        call->answer->job = &question->job;
        return;
    }
    question->without(question); /* no file, nothing to wait for */
    finish(&question->job, call->answer);
    free_question(&question->job);
}
