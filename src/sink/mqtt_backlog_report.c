/* SPDX-License-Identifier: MIT */
#include "sink/mqtt_backlog_report.h"

#include "net/mqtt_client.h"

void mqtt_backlog_report_waiting(const struct mqtt_backlog_report *report, uint64_t count)
{
    if (count > 0)
        log_info(report->log, "mqtt", "%llu messages of before wait in the spool in %s",
                 (unsigned long long)count, report->folder);
}

void mqtt_backlog_report_misfit(struct mqtt_backlog_report *report)
{
    uint64_t missed;
    report->misfits++;
    if (log_repeat_due(&report->misfit_lines, loop_now(report->loop), &missed))
        log_warn(
            report->log, "mqtt",
            "the spool in %s holds records that are none of MQTT's, as push.spool has them: they "
            "are left out, %llu of them so far",
            report->folder, (unsigned long long)report->misfits);
}

void mqtt_backlog_report_refused(struct mqtt_backlog_report *report,
                                 const struct mqtt_suspect *suspect)
{
    uint64_t missed;
    unsigned long long count = ++report->refused;
    if (!log_repeat_due(&report->refusals, loop_now(report->loop), &missed))
        return;
    if (suspect->reason != 0)
        log_warn(
            report->log, "mqtt",
            "the broker refuses a message of %zu bytes for %s and takes others: %s (%d); it is "
            "left out, %llu of them so far",
            suspect->size, suspect->topic, mqtt_reason_words(suspect->reason), suspect->reason,
            count);
    else
        log_warn(
            report->log, "mqtt",
            "the broker closes the connection at a message of %zu bytes for %s and takes others: "
            "is it too large for it, or the topic not allowed? It is left out, %llu of them so "
            "far",
            suspect->size, suspect->topic, count);
}

void mqtt_backlog_report_stuck(struct mqtt_backlog_report *report, uint64_t waiting,
                               const struct mqtt_suspect *first, int seconds)
{
    if (report->stuck)
        return;
    report->stuck = true;
    log_warn(report->log, "mqtt",
             "the broker refuses all %llu messages that wait in the spool in %s, the first for %s: "
             "%s; they are kept and tried again each %d s: allow dsmr these topics in the "
             "broker's access list",
             (unsigned long long)waiting, report->folder, first->topic,
             first->reason != 0 ? mqtt_reason_words(first->reason) : "it closes the connection",
             seconds);
}

void mqtt_backlog_report_flowing(struct mqtt_backlog_report *report)
{
    if (!report->stuck)
        return;
    report->stuck = false;
    log_info(report->log, "mqtt",
             "the broker takes messages of the spool in %s again: what waited follows",
             report->folder);
}
