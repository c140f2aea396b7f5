/* SPDX-License-Identifier: MIT */
/*
 * What the user is told about openHAB: each trouble once, with what to do about it, and a hundred
 * items in the same trouble in one line.
 */
#ifndef DSMR_SINK_OPENHAB_REPORT_H
#define DSMR_SINK_OPENHAB_REPORT_H

#include "core/log.h"
#include "core/loop.h"
#include "net/http_client.h"
#include "sink/openhab_queue.h"
#include "sink/state_text.h"

#include <stdbool.h>
#include <stdint.h>

/* Why openHAB gets nothing at the moment. */
enum absence {
    ABSENCE_NONE,
    ABSENCE_GONE,   /* no answer, or one that says: not now */
    ABSENCE_DENIED, /* the token is missing or wrong */
    ABSENCES,
};

struct openhab_report {
    struct log *log;
    struct loop *loop;
    const struct openhab_queue *queue;
    char *url; /* as it may be shown: without user and password */
    bool has_token;
    struct loop_timer *timer; /* collects items that were missed or found together */
    struct log_repeat absences[ABSENCES];
    bool absent;
    enum absence told; /* the absence that the user knows of */
    int64_t since;     /* loop time since which it is, or is not, absent */
};

/* Everything is borrowed but for the url, which is copied. */
void report_init(struct openhab_report *report, struct loop *loop, struct log *log,
                 const struct openhab_queue *queue, const char *url, bool has_token);
void report_free(struct openhab_report *report);

/* The sink starts. */
void report_start(struct openhab_report *report, bool only_changes);

/* openHAB is away, or still is, because of this answer. */
void report_absence(struct openhab_report *report, enum absence absence,
                    const struct http_answer *answer);
/* openHAB answers again. */
void report_back(struct openhab_report *report);

/* openHAB does not have the item, or has it now: told a moment later, together with others. */
void report_items_later(struct openhab_report *report);

/* openHAB does not take the state that was sent. */
void report_refusal(struct openhab_report *report, struct target *target,
                    const struct http_answer *answer);

/* openHAB took a state of the item: after an hour, a refusal is news again. */
void report_acceptance(struct openhab_report *report, struct target *target);

/* The reading cannot be shown in the item. A wrong type was told when the items were read. */
void report_misfit(struct openhab_report *report, struct target *target, enum state_result result,
                   const struct dsmr_reading *reading);

#endif
