/* SPDX-License-Identifier: MIT */
/* /api/v1/history and /api/v1/peaks. */
#include "core/json_writer.h"
#include "core/memory.h"
#include "history/calendar.h"
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

enum { TOLD_MONTHS = 13 };

struct peaks_question {
    struct question question;
    bool speaks; /* running is known */
    struct dsmr_zone zone;
    struct running running;
    struct history_peak told[TOLD_MONTHS + 1]; /* by the meter itself */
    size_t told_count;
};

/* within: a moment in the month. */
static void take_told(struct peaks_question *asked, const struct dsmr_reading *peak, int64_t within)
{
    if (peak && peak->type == DSMR_TYPE_NUMBER && peak->time.unix_s > 0)
        asked->told[asked->told_count++] = (struct history_peak){
            .month = calendar_floor(asked->zone, (struct history_step){HISTORY_MONTH, 1}, within),
            .start = peak->time.unix_s,
            .power = peak->number,
        };
}

/* A meter that knows the peaks of its months, as those of Belgium do, is billed by them. */
static void take_peaks(struct peaks_question *asked, const struct snapshot *now)
{
    const struct dsmr_reading *running = snapshot_named(now, "eDeliveryPeakMonth");
    for (int i = 1; i <= TOLD_MONTHS; i++) {
        char id[40];
        snprintf(id, sizeof id, "eDemandPeakMonthTS%d", i);
        const struct dsmr_reading *end = snapshot_named(now, id);
        snprintf(id, sizeof id, "eDemandPeak%d", i);
        if (end)
            take_told(asked, snapshot_named(now, id), end->time.unix_s - 1);
    }
    if (running)
        take_told(asked, running, running->time.unix_s);
}

static int oldest_first(const void *a, const void *b)
{
    const struct history_peak *x = a, *y = b;
    return x->month < y->month ? -1 : x->month > y->month ? 1 : 0;
}

/* What the meter told stands in front, so that a month that both know is the meter's. */
static size_t join_peaks(struct history_peak *all, const struct peaks_question *asked,
                         const struct history_peak *kept, size_t kept_count)
{
    size_t count = 0;
    for (size_t i = 0; i < asked->told_count + kept_count; i++) {
        const struct history_peak *peak =
            i < asked->told_count ? &asked->told[i] : &kept[i - asked->told_count];
        size_t same = 0;
        while (same < count && all[same].month != peak->month)
            same++;
        if (same == count)
            all[count++] = *peak;
    }
    if (count > 0)
        qsort(all, count, sizeof *all, oldest_first);
    return count;
}

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
    struct history_peak *kept;
    size_t kept_count;
    if (!history_peaks(reader, question->meter, &kept, &kept_count, error))
        return question_is_early(question, reader, error);
    struct history_peak *peaks = memory_new(asked->told_count + kept_count + 1, sizeof *peaks);
    size_t count = join_peaks(peaks, asked, kept, kept_count);
    free(kept);
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
    if (asked->speaks) {
        running_take(&asked->running, &meter->now, &meter->quarter, asked->zone);
        take_peaks(asked, &meter->now);
    }
    question_start(call, question);
}
