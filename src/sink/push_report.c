/* SPDX-License-Identifier: MIT */
#include "sink/push_report.h"

#include "core/duration.h"
#include "core/memory.h"

#include <stdlib.h>
#include <string.h>

enum {
    SHOWN = 300,               /* bytes of an answer */
    QUIET_MS = 10 * 60 * 1000, /* an absence is news again after that long without one */
};

char *push_shown_url(const char *url)
{
    const char *host = strstr(url, "://");
    if (host == NULL)
        return memory_text("");
    host += strlen("://");
    size_t size = strcspn(host, "/?#");
    const char *at = memrchr(host, '@', size);
    const char *start = at != NULL ? at + 1 : host;
    return memory_print("%.*s%.*s", (int)(host - url), url, (int)(host + size - start), start);
}

void push_report_init(struct push_report *report, struct loop *loop, struct log *log,
                      const char *topic, const char *url, const char *kept)
{
    *report = (struct push_report){.loop = loop, .log = log, .topic = topic, .kept = kept};
    report->place = push_shown_url(url);
}

void push_report_free(struct push_report *report)
{
    free(report->place);
}

/* The beginning of the server's words, on one line. Freed by the caller. */
static char *print_answer(const struct http_answer *answer)
{
    char words[SHOWN + 1];
    size_t size = 0;
    if (answer->error != NULL)
        return memory_text(answer->error);
    for (const char *at = answer->body; *at != '\0' && size < SHOWN; at++) {
        bool blank = strchr(" \t\r\n", *at) != NULL;
        if (!blank)
            words[size++] = *at;
        else if (size > 0 && words[size - 1] != ' ')
            words[size++] = ' ';
    }
    if (size > 0 && words[size - 1] == ' ')
        size--;
    words[size] = '\0';
    return memory_print("it answers %d%s%s", answer->status, size > 0 ? ": " : "", words);
}

static void tell_absence(const struct push_report *report, enum push_verdict verdict,
                         const struct http_answer *answer)
{
    char *said = print_answer(answer);
    char *where = answer->location != NULL ? push_shown_url(answer->location) : memory_text("");
    switch (verdict) {
    case PUSH_DENIED:
        log_warn(report->log, report->topic,
                 "%s lets nobody in with this token or password: %s; %s until that is mended",
                 report->place, said, report->kept);
        break;
    case PUSH_MISSING:
        log_warn(report->log, report->topic,
                 "%s has nothing there to push to: %s; is %s.url right? %s until it is",
                 report->place, said, report->topic, report->kept);
        break;
    case PUSH_ELSEWHERE:
        log_warn(report->log, report->topic,
                 "%s points elsewhere (%d%s%s): set %s.url to where it really is; %s until then",
                 report->place, answer->status, *where != '\0' ? ", to " : "", where, report->topic,
                 report->kept);
        break;
    case PUSH_REFUSED:
        log_warn(report->log, report->topic,
                 "%s refuses every telegram: %s; are %s.url and %s.format right? %s until they are",
                 report->place, said, report->topic, report->topic, report->kept);
        break;
    default:
        log_warn(report->log, report->topic, "nothing can be pushed to %s: %s; %s for it",
                 report->place, said, report->kept);
        break;
    }
    free(where);
    free(said);
}

void push_report_absence(struct push_report *report, enum push_verdict verdict,
                         const struct http_answer *answer)
{
    int64_t now = loop_now(report->loop);
    uint64_t missed;
    if (!report->absent && now - report->since >= QUIET_MS)
        memset(report->repeats, 0, sizeof report->repeats);
    if (!report->absent)
        report->since = now;
    report->absent = true;
    /* One that comes and goes is not told each time. */
    if (report->told == (int)verdict || !log_repeat_due(&report->repeats[verdict], now, &missed))
        return;
    report->told = (int)verdict;
    tell_absence(report, verdict, answer);
    if (missed > 0)
        log_warn(report->log, report->topic, "that makes %llu more since it was last told",
                 (unsigned long long)missed);
}

void push_report_taken(struct push_report *report, uint64_t dropped)
{
    char duration[DURATION_SIZE];
    int64_t now = loop_now(report->loop);
    if (!report->absent)
        return;
    if (report->told != PUSH_TAKEN)
        log_info(report->log, report->topic,
                 "%s takes telegrams again after %s; %llu had no room since the start",
                 report->place, duration_print(now - report->since, duration),
                 (unsigned long long)dropped);
    report->told = PUSH_TAKEN;
    report->absent = false;
    report->since = now;
}

void push_report_partly(struct push_report *report, const struct http_answer *answer)
{
    uint64_t missed;
    if (!log_repeat_due(&report->partly, loop_now(report->loop), &missed))
        return;
    char *said = print_answer(answer);
    log_warn(report->log, report->topic,
             "%s does not write all that it gets, and what it leaves out is lost: %s; %llu times "
             "so far",
             report->place, said, (unsigned long long)report->partly.count);
    free(said);
}

void push_report_left_out(struct push_report *report, uint64_t number,
                          const struct http_answer *answer)
{
    uint64_t missed;
    if (!log_repeat_due(&report->left_out, loop_now(report->loop), &missed))
        return;
    char *said = print_answer(answer);
    log_warn(report->log, report->topic,
             "%s refuses telegram number %llu and takes others: %s; it is left out, %llu of them "
             "so far",
             report->place, (unsigned long long)number, said,
             (unsigned long long)report->left_out.count);
    free(said);
}

void push_report_misfits(struct push_report *report, uint64_t count)
{
    uint64_t missed;
    report->misfit_count += count;
    if (log_repeat_due(&report->misfits, loop_now(report->loop), &missed))
        log_warn(
            report->log, report->topic,
            "the spool holds telegrams of another %s.format, or of mqtt.spool: they are left out, "
            "%llu of them so far",
            report->topic, (unsigned long long)report->misfit_count);
}
