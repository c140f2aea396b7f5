/* SPDX-License-Identifier: MIT */
/* What the user is told about openHAB. */
#include "sink/openhab_report.h"

#include "core/duration.h"
#include "core/memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    TOGETHER_MS = 1000,        /* items that follow each other this closely are told together */
    SINGLE_LINES = 3,          /* up to so many have a line each */
    NAMES = 3,                 /* so many are named in a line for many */
    SHOWN = 200,               /* bytes of an answer */
    HOUR_MS = 60 * 60 * 1000,  /* a refusal is news again after that long */
    QUIET_MS = 10 * 60 * 1000, /* an absence is news again after that long without one */
};

static const char topic[] = "openhab";

/* A URL may hold a password, which must not stand in a log. */
static char *without_user(const char *url)
{
    const char *host = strstr(url, "://");
    if (host == NULL)
        return memory_text(url);
    host += 3;
    size_t size = strcspn(host, "/?#");
    const char *at = memrchr(host, '@', size);
    if (at == NULL)
        return memory_text(url);
    return memory_print("%.*s%s", (int)(host - url), url, at + 1);
}

static void tell_items(void *context);

void report_init(struct openhab_report *report, struct loop *loop, struct log *log,
                 const struct openhab_queue *queue, const char *url, bool has_token)
{
    *report = (struct openhab_report){.log = log, .loop = loop, .queue = queue};
    report->url = without_user(url);
    report->has_token = has_token;
    report->timer = loop_timer_new(loop, tell_items, report);
}

void report_free(struct openhab_report *report)
{
    loop_timer_free(report->timer);
    free(report->url);
}

void report_start(struct openhab_report *report, bool only_changes)
{
    size_t count = report->queue->count;
    log_info(report->log, topic, "feeding %zu item%s at %s, %s", count, count == 1 ? "" : "s",
             report->url, only_changes ? "each when it changed" : "all with every telegram");
}

enum { PLACE_SIZE = 4200 }; /* a path can be that long */

/* Where the user finds the item: " (p1.items:3)"; nothing when openHAB itself told of it. */
static const char *place_of(const struct bound_item *item, char out[PLACE_SIZE])
{
    out[0] = '\0';
    if (item->line > 0)
        snprintf(out, PLACE_SIZE, " (%s:%d)", item->file, item->line);
    return out;
}

void report_misfit(struct openhab_report *report, struct target *target, enum state_result result,
                   const struct dsmr_reading *reading)
{
    const struct bound_item *item = target->item;
    char place[PLACE_SIZE];
    if (target->misfit_told || result == STATE_WRONG_TYPE)
        return;
    target->misfit_told = true;
    if (result == STATE_NO_NUMBER)
        log_warn(report->log, topic,
                 "%s%s gets nothing: %s is '%.*s', which is no number; make it a String",
                 item->name, place_of(item, place), dsmr_item_id(item->reading),
                 (int)(reading->text.size < SHOWN ? reading->text.size : SHOWN), reading->text.at);
    else
        log_warn(report->log, topic,
                 "%s%s gets nothing: %s is in %s, which is no unit of Number:%s", item->name,
                 place_of(item, place), dsmr_item_id(item->reading), dsmr_unit_name(reading->unit),
                 item->dimension);
}

/* openHAB answers {"error":{"message":"…"}}; others answer anything. */
static const char *find_message(const char *body, size_t *size)
{
    static const char key[] = "\"message\"";
    const char *at = strstr(body, key);
    if (at != NULL) {
        at += strlen(key);
        at += strspn(at, " :");
    }
    if (at == NULL || *at != '"') {
        *size = strlen(body);
        return body;
    }
    *size = strcspn(++at, "\"");
    return at;
}

static char *print_answer(const struct http_answer *answer)
{
    if (answer->error != NULL)
        return memory_text(answer->error);
    size_t size;
    const char *text = find_message(answer->body, &size);
    return memory_print("it answers %d%s%.*s", answer->status, size > 0 ? ", " : "",
                        (int)(size < SHOWN ? size : SHOWN), text);
}

void report_refusal(struct openhab_report *report, struct target *target,
                    const struct http_answer *answer)
{
    const struct bound_item *item = target->item;
    if (target->refusal_told)
        return;
    target->refusal_told = true;
    target->refusal_ms = loop_now(report->loop);
    char place[PLACE_SIZE];
    char *answered = print_answer(answer);
    log_warn(report->log, topic, "openHAB does not take '%.*s' for %s%s: %s", SHOWN,
             target->sent.at, item->name, place_of(item, place), answered);
    free(answered);
}

void report_acceptance(struct openhab_report *report, struct target *target)
{
    if (target->refusal_told && loop_now(report->loop) - target->refusal_ms >= HOUR_MS)
        target->refusal_told = false;
}

static void tell_denied(struct openhab_report *report, int status)
{
    static const char how[] =
        "in openHAB click your name (lower left), 'Create new API token', and set "
        "openhab.token=oh.… in dsmr.cfg";
    if (status == 403)
        log_warn(report->log, topic,
                 "openHAB forbids it (403): the user of the API token needs the role user; %s",
                 how);
    else if (report->has_token)
        log_warn(report->log, topic, "openHAB does not accept openhab.token (401): %s", how);
    else
        log_warn(report->log, topic, "openHAB wants a token (401): %s", how);
}

static void tell_gone(struct openhab_report *report, const struct http_answer *answer)
{
    static const char kept[] = "the newest values are kept for it";
    if (answer->error != NULL)
        log_warn(report->log, topic, "no openHAB at %s: %s; %s", report->url, answer->error, kept);
    else if (answer->location != NULL)
        log_warn(report->log, topic,
                 "%s points elsewhere (%d): set openhab.url to where openHAB is (%s)", report->url,
                 answer->status, answer->location);
    else
        log_warn(report->log, topic, "openHAB at %s is not ready (%d); %s", report->url,
                 answer->status, kept);
}

void report_absence(struct openhab_report *report, enum absence absence,
                    const struct http_answer *answer)
{
    int64_t now = loop_now(report->loop);
    uint64_t missed;
    if (!report->absent && now - report->since >= QUIET_MS)
        memset(report->absences, 0, sizeof report->absences);
    if (!report->absent)
        report->since = now;
    report->absent = true;
    /* One that comes and goes is not told each time. */
    if (report->told == absence || !log_repeat_due(&report->absences[absence], now, &missed))
        return;
    report->told = absence;
    if (absence == ABSENCE_DENIED)
        tell_denied(report, answer->status);
    else
        tell_gone(report, answer);
    if (missed > 0)
        log_warn(report->log, topic, "that makes %llu more since it was last told",
                 (unsigned long long)missed);
}

void report_back(struct openhab_report *report)
{
    char duration[DURATION_SIZE];
    int64_t now = loop_now(report->loop);
    if (report->told != ABSENCE_NONE)
        log_info(report->log, topic, "openHAB is back after %s",
                 duration_print(now - report->since, duration));
    report->told = ABSENCE_NONE;
    report->absent = false;
    report->since = now;
    report_items_later(report);
}

void report_items_later(struct openhab_report *report)
{
    loop_timer_start(report->timer, TOGETHER_MS, 0);
}

static bool is_news(const struct target *target, bool missing)
{
    return target->missing == missing && target->missing_told != missing;
}

static size_t count_news(const struct openhab_queue *queue, bool missing)
{
    size_t count = 0;
    for (size_t i = 0; i < queue->count; i++)
        count += is_news(&queue->targets[i], missing) ? 1 : 0;
    return count;
}

static void tell_item(struct openhab_report *report, const struct bound_item *item, bool missing)
{
    if (missing && item->line == 0)
        log_warn(report->log, topic, "openHAB has no item %s any more", item->name);
    else if (missing)
        log_warn(report->log, topic,
                 "openHAB has no item %s (%s:%d): is that file in openHAB's folder of items?",
                 item->name, item->file, item->line);
    else
        log_info(report->log, topic, "openHAB has item %s now", item->name);
}

static void tell_many(struct openhab_report *report, size_t count, const char *names, bool missing)
{
    size_t all = report->queue->count;
    if (!missing)
        log_info(report->log, topic, "openHAB has %zu items now that it did not have: %s", count,
                 names);
    else if (report->queue->targets[0].item->line == 0)
        log_warn(report->log, topic,
                 "openHAB has %zu of %zu items no more: %s; is it still starting?", count, all,
                 names);
    else if (count == all)
        log_warn(
            report->log, topic,
            "%s has none of the %zu items: %s; is openHAB still starting, is their file in its "
            "folder of items, is openhab.url right?",
            report->url, all, names);
    else
        log_warn(
            report->log, topic,
            "openHAB does not have %zu of %zu items: %s; is it still starting, is their file in "
            "its folder of items?",
            count, all, names);
}

/* Tells of the items that went missing, or were found again, and marks them as told. */
static void tell_news(struct openhab_report *report, bool missing)
{
    const struct openhab_queue *queue = report->queue;
    size_t count = count_news(queue, missing), named = 0;
    char place[PLACE_SIZE];
    char *names = memory_text("");
    for (size_t i = 0; i < queue->count; i++) {
        struct target *target = &queue->targets[i];
        const struct bound_item *item = target->item;
        if (!is_news(target, missing))
            continue;
        target->missing_told = missing;
        if (count <= SINGLE_LINES) {
            tell_item(report, item, missing);
        } else if (named++ < NAMES) {
            char *longer = memory_print("%s%s%s%s", names, named > 1 ? ", " : "", item->name,
                                        place_of(item, place));
            free(names);
            names = longer;
        }
    }
    if (count > SINGLE_LINES) {
        char *list = memory_print("%s and %zu more", names, count - NAMES);
        tell_many(report, count, list, missing);
        free(list);
    }
    free(names);
}

static void tell_items(void *context)
{
    const struct openhab_report *report = context;
    /* While openHAB is away only one item is asked for: the others are told with it, afterwards. */
    if (report->absent)
        return;
    tell_news(context, true);
    tell_news(context, false);
}
