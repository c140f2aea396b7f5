/* SPDX-License-Identifier: MIT */
/* /api/v1/history and /api/v1/peaks. */
#include "core/json_writer.h"
#include "http/api.h"
#include "http/history_text.h"
#include "http/history_wish.h"
#include "http/meter_json.h"
#include "http/question.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ZONE_NAME_MAX = 64, LATE_S = 2 * 86400 };

/* What is that long over does not change any more, but for an import. */
static const char cache_past[] = "private, max-age=600";

struct history_question {
    struct question question;
    struct history_wish wish;
    char zone[ZONE_NAME_MAX];
};

static bool ask_history(struct question *question, struct history_reader *reader, char **error)
{
    struct history_question *asked = (struct history_question *)question;
    const struct history_wish *wish = &asked->wish;
    struct http_answer *answer = &question->answer;
    struct history_answer found;
    struct history_query query = {
        .meter = question->meter,
        .items = wish->items,
        .item_count = wish->item_count,
        .from = wish->from,
        .to = wish->to,
        .step = wish->step,
    };
    if (!history_read(reader, &query, &found, error))
        return question_is_early(question, reader, error);
    if (wish->csv) {
        answer->type = "text/csv; charset=utf-8";
        answer->name = "dsmr.csv";
        history_csv(&answer->body, &found);
    } else {
        history_json(&answer->body,
                     &(struct history_head){question->meter, asked->zone, wish->step_name,
                                            wish->from, wish->to},
                     &found);
    }
    history_answer_free(&found);
    return true;
}

void api_history(const struct api_call *call)
{
    const char *name = meter_zone_name(call->meter, call->web->setup.config);
    int64_t now_s = loop_wall(call->web->setup.loop) / 1000;
    struct history_wish wish;
    if (!history_wish_read(&wish, call->request, api_zone(call), now_s, call->answer) ||
        question_is_vain(call))
        return;
    call->answer->cache = wish.to < now_s - LATE_S ? cache_past : http_cache_ask;
    struct question *question = question_new(call, sizeof(struct history_question));
    struct history_question *asked = (struct history_question *)question;
    question->ask = ask_history;
    asked->wish = wish;
    for (size_t i = 0; i < wish.item_count; i++) /* they stand in the copy now */
        asked->wish.items[i] = asked->wish.text + (wish.items[i] - wish.text);
    snprintf(asked->zone, sizeof asked->zone, "%s", name);
    question_start(call, question);
}

/* ------------------------------------------------------------------------------------------------
 * Peaks
 */

struct peaks_question {
    struct question question;
    bool speaks; /* running is known */
    struct dsmr_zone zone;
    struct running running;
};

static void write_peak(struct json *json, const struct history_peak *peak, struct dsmr_zone zone)
{
    struct dsmr_time time;
    char month[16];
    dsmr_time_from_unix(peak->month, zone, &time);
    snprintf(month, sizeof month, "%04u-%02u", time.year, time.month);
    dsmr_time_from_unix(peak->start, zone, &time);
    json_open(json, '{');
    json_name(json, "month");
    json_text(json, month);
    json_name(json, "value");
    json_number(json, peak->power);
    json_name(json, "unit");
    json_word(json, "kW");
    json_name(json, "time");
    json_time(json, &time);
    json_close(json, '}');
}

static bool ask_peaks(struct question *question, struct history_reader *reader, char **error)
{
    const struct peaks_question *asked = (const struct peaks_question *)question;
    struct json json = {.out = &question->answer.body};
    struct history_peak *peaks;
    size_t count;
    if (!history_peaks(reader, question->meter, &peaks, &count, error))
        return question_is_early(question, reader, error);
    json_open(&json, '{');
    json_name(&json, "months");
    json_open(&json, '[');
    for (size_t i = 0; i < count; i++)
        write_peak(&json, &peaks[i], asked->zone);
    json_close(&json, ']');
    json_name(&json, "running");
    if (asked->speaks)
        running_quarter_json(&json, &asked->running, question->meter, reader);
    else
        json_null(&json);
    json_close(&json, '}');
    free(peaks);
    return true;
}

void api_peaks(const struct api_call *call)
{
    const struct board_meter *meter = call->meter;
    if (question_is_vain(call))
        return;
    struct question *question = question_new(call, sizeof(struct peaks_question));
    struct peaks_question *asked = (struct peaks_question *)question;
    question->ask = ask_peaks;
    asked->zone = api_zone(call);
    asked->speaks = meter->now.present;
    if (asked->speaks)
        running_take(&asked->running, &meter->now, &meter->quarter, asked->zone);
    question_start(call, question);
}
