/* SPDX-License-Identifier: MIT */
/* /api/v1/now: the last telegram, and what the history adds to it. */
#include "http/api.h"
#include "http/meter_json.h"
#include "http/question.h"

struct now_question {
    struct question question;
    struct running running;
};

/* The members that the answer begins with are written already. */
static bool ask_now(struct question *question, struct history_reader *reader, char **error)
{
    const struct now_question *asked = (const struct now_question *)question;
    struct json json = {.out = &question->answer.body, .comma = true};
    (void)error;
    running_json(&json, &asked->running, question->meter, reader);
    json_close(&json, '}');
    return true;
}

static void go_without(struct question *question)
{
    ask_now(question, NULL, NULL);
}

void api_now(const struct api_call *call)
{
    const struct board_meter *meter = call->meter;
    struct json json = {.out = &call->answer->body};
    if (!api_has_telegram(call))
        return;
    json_open(&json, '{');
    meter_json_now_members(&json, meter);
    struct question *question = question_new(call, sizeof(struct now_question));
    question->ask = ask_now;
    question->without = go_without;
    running_take(&((struct now_question *)question)->running, &meter->now, &meter->quarter,
                 api_zone(call));
    question_start(call, question);
}
