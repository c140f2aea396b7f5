/* SPDX-License-Identifier: MIT */
#include "sink/openhab_list_report.h"

#include "core/memory.h"

#include <stdlib.h>
#include <string.h>

static const char topic[] = "openhab";

void list_report_init(struct list_report *report, struct loop *loop, struct log *log,
                      const char *url, bool has_token)
{
    *report = (struct list_report){.log = log, .loop = loop};
    report_init(&report->link, loop, log, &report->nothing, url, has_token);
}

void list_report_free(struct list_report *report)
{
    report_free(&report->link);
    complaints_free(&report->known);
    free(report->told_reason);
}

static void tell_strange(struct list_report *report, const char *reason)
{
    uint64_t missed;
    if (report->told_reason != NULL && strcmp(report->told_reason, reason) == 0)
        return;
    if (!log_repeat_due(&report->strange, loop_now(report->loop), &missed))
        return;
    free(report->told_reason);
    report->told_reason = memory_text(reason);
    log_warn(report->log, topic,
             "%s does not tell its items: %s; is openHAB still starting, is openhab.url right?",
             report->link.url, reason);
}

void list_report_trouble(struct list_report *report, enum list_trouble trouble, const char *reason,
                         const struct http_answer *answer, bool fed)
{
    log_debug(report->log, topic, "the list of items was not read: %s", reason);
    if (trouble == LIST_STRANGE)
        tell_strange(report, reason);
    else if (!fed)
        report_absence(&report->link, trouble == LIST_DENIED ? ABSENCE_DENIED : ABSENCE_GONE,
                       answer);
}

static bool is_known(const struct complaints *known, const char *text)
{
    for (size_t i = 0; i < known->count; i++)
        if (strcmp(known->at[i].text, text) == 0)
            return true;
    return false;
}

void list_report_read(struct list_report *report, struct complaints *mistakes)
{
    if (report->link.told == ABSENCE_NONE && report->told_reason != NULL)
        log_info(report->log, topic, "openHAB tells its items again");
    report_back(&report->link);
    free(report->told_reason);
    report->told_reason = NULL;
    for (size_t i = 0; i < mistakes->count; i++) {
        const char *text = mistakes->at[i].text;
        bool of_item = strncmp(text, "item ", 5) == 0;
        if (!is_known(&report->known, text))
            log_warn(report->log, topic, "%s%s%s", mistakes->at[i].file, of_item ? " " : ": ",
                     text);
    }
    complaints_free(&report->known);
    report->known = *mistakes;
    *mistakes = (struct complaints){0};
}

void list_report_count(struct list_report *report, size_t count)
{
    bool still = report->empty;
    report->empty = count == 0;
    if (still && count == 0 && !report->none_told)
        log_warn(report->log, topic,
                 "no item of openHAB is bound to a reading: add the metadata dsmr with the value "
                 "eActualDelivery to an item, or write { dsmr=\"eActualDelivery\" } behind it in "
                 "openHAB's items file; an openHAB 2 with the DSMR 1.x add-on keeps such bindings "
                 "to itself until that add-on is removed");
    report->none_told = report->none_told ? count == 0 : still && count == 0;
}

void list_report_change(struct list_report *report, const char *words)
{
    log_info(report->log, topic, "of openHAB's items %s", words);
}
