/* SPDX-License-Identifier: MIT */
/* A broker that comes and goes is told of after a minute, ten minutes and each hour, not each time. */
#include "net/mqtt_report.h"

#include "core/duration.h"

#include <string.h>

enum { QUIET_MS = 10 * 60 * 1000 }; /* an absence is news again after that long without one */

void mqtt_report_end(struct mqtt_report *report, const struct mqtt_end *end)
{
    int64_t now = loop_now(report->loop);
    size_t kind = end->denied ? 1 : 0;
    uint64_t missed;
    if (!report->absent && now - report->since >= QUIET_MS)
        memset(report->absences, 0, sizeof report->absences);
    if (!report->absent)
        report->since = now;
    report->absent = true;
    log_debug(report->log, report->topic, "%s", end->why);
    if (report->told[kind] || !log_repeat_due(&report->absences[kind], now, &missed))
        return;
    report->told[kind] = true;
    const char *meanwhile = report->meanwhile;
    if (missed > 0)
        log_warn(report->log, report->topic, "%s; that makes %llu more since it was last told",
                 end->why, (unsigned long long)missed);
    else
        log_warn(report->log, report->topic, "%s%s%s", end->why, meanwhile != NULL ? "; " : "",
                 meanwhile != NULL ? meanwhile : "");
}

void mqtt_report_up(struct mqtt_report *report, int version)
{
    char duration[DURATION_SIZE];
    int64_t now = loop_now(report->loop);
    if (report->told[0] || report->told[1])
        log_info(report->log, report->topic, "the broker at %s is there again after %s",
                 report->url, duration_print(now - report->since, duration));
    else if (!report->was_there)
        log_info(report->log, report->topic, "connected to the broker at %s with MQTT %s",
                 report->url, version == 5 ? "5" : "3.1.1");
    report->was_there = true;
    report->absent = false;
    memset(report->told, 0, sizeof report->told);
    report->since = now;
}

void mqtt_report_refused(struct mqtt_report *report, const char *what, const char *topic,
                         int reason)
{
    uint64_t missed;
    if (!log_repeat_due(&report->refusals, loop_now(report->loop), &missed))
        return;
    log_warn(report->log, report->topic, "the broker at %s does not take %s %s: %s (%d)%s",
             report->url, what, topic, mqtt_reason_words(reason), reason,
             missed > 0 ? "; others before it were not told" : "");
}
