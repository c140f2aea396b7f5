/* SPDX-License-Identifier: MIT */
/* /api/v1/failures: the meter's counters and its log, and what the history kept of logs before. */
#include "core/json_writer.h"
#include "core/memory.h"
#include "http/api.h"
#include "http/question.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LOG_ENTRIES = 10 };

struct failure_question {
    struct question question;
    struct dsmr_zone zone;
    struct history_failure log[LOG_ENTRIES]; /* the meter's own */
    size_t count;
};

static void write_count(struct json *json, const struct snapshot *now, const char *name,
                        const char *id)
{
    const struct dsmr_reading *reading = snapshot_named(now, id);
    json_name(json, name);
    if (reading)
        json_number(json, reading->number);
    else
        json_null(json);
}

static void write_phases(struct json *json, const struct snapshot *now, const char *name,
                         const char *start)
{
    static const char *const phases[] = {"L1", "L2", "L3"};
    json_name(json, name);
    json_open(json, '{');
    for (size_t i = 0; i < sizeof phases / sizeof *phases; i++) {
        char id[40];
        snprintf(id, sizeof id, "%s%s", start, phases[i]);
        const struct dsmr_reading *reading = snapshot_named(now, id);
        if (!reading)
            continue;
        json_name(json, phases[i]);
        json_number(json, reading->number);
    }
    json_close(json, '}');
}

static void take_log(struct failure_question *asked, const struct snapshot *now)
{
    for (int i = 1; i <= LOG_ENTRIES; i++) {
        char id[40];
        snprintf(id, sizeof id, "eDatePowerFailure%d", i);
        const struct dsmr_reading *end = snapshot_named(now, id);
        snprintf(id, sizeof id, "eDurationPowerFailure%d", i);
        const struct dsmr_reading *seconds = snapshot_named(now, id);
        if (end && seconds)
            asked->log[asked->count++] =
                (struct history_failure){end->time.unix_s, seconds->number.mantissa};
    }
}

static int newest_first(const void *a, const void *b)
{
    const struct history_failure *x = a, *y = b;
    return x->end < y->end ? 1 : x->end > y->end ? -1 : 0;
}

/* One end stands once, whoever tells of it. */
static void write_log(struct question *question, struct history_failure *all, size_t count)
{
    const struct failure_question *asked = (const struct failure_question *)question;
    struct json json = {.out = &question->answer.body, .comma = true};
    if (count > 0)
        qsort(all, count, sizeof *all, newest_first);
    json_name(&json, "log");
    json_open(&json, '[');
    for (size_t i = 0; i < count; i++) {
        struct dsmr_time time;
        if (i > 0 && all[i].end == all[i - 1].end)
            continue;
        dsmr_time_from_unix(all[i].end, asked->zone, &time);
        json_open(&json, '{');
        json_name(&json, "end");
        json_time(&json, &time);
        json_name(&json, "seconds");
        json_integer(&json, all[i].seconds);
        json_close(&json, '}');
    }
    json_close(&json, ']');
    json_close(&json, '}');
}

static bool ask_failures(struct question *question, struct history_reader *reader, char **error)
{
    const struct failure_question *asked = (const struct failure_question *)question;
    struct history_failure *kept;
    size_t count;
    if (!history_failures(reader, question->meter, &kept, &count, error))
        return false;
    struct history_failure *all = memory_new(count + asked->count + 1, sizeof *all);
    if (count > 0)
        memcpy(all, kept, count * sizeof *all);
    memcpy(all + count, asked->log, asked->count * sizeof *all);
    write_log(question, all, count + asked->count);
    free(all);
    free(kept);
    return true;
}

static void go_without(struct question *question)
{
    struct failure_question *asked = (struct failure_question *)question;
    write_log(question, asked->log, asked->count);
}

void api_failures(const struct api_call *call)
{
    const struct snapshot *now = &call->meter->now;
    struct json json = {.out = &call->answer->body};
    if (!api_has_telegram(call))
        return;
    json_open(&json, '{');
    write_count(&json, now, "short", "ePowerFailures");
    write_count(&json, now, "long", "eLongPowerFailures");
    write_phases(&json, now, "sags", "eVoltageSags");
    write_phases(&json, now, "swells", "eVoltageSwells");
    struct question *question = question_new(call, sizeof(struct failure_question));
    struct failure_question *asked = (struct failure_question *)question;
    question->ask = ask_failures;
    question->without = go_without;
    asked->zone = api_zone(call);
    take_log(asked, now);
    question_start(call, question);
}
