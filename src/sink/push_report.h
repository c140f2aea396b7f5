/* SPDX-License-Identifier: MIT */
/* What the user is told about a server that telegrams are pushed to: once, then counted. */
#ifndef DSMR_SINK_PUSH_REPORT_H
#define DSMR_SINK_PUSH_REPORT_H

#include "core/log.h"
#include "core/loop.h"
#include "net/http_client.h"
#include "sink/push_verdict.h"

enum { PUSH_VERDICTS = PUSH_REFUSED + 1 };

/* Zeroed but for what is given to push_report_init(). */
struct push_report {
    struct loop *loop;
    struct log *log;
    const char *topic; /* of the log, and what the keys begin with; borrowed */
    char *place;       /* the URL as it may be shown */
    const char *kept;  /* what becomes of telegrams meanwhile; static */
    bool absent;
    int64_t since; /* of the absence, or of its end */
    int told;      /* the verdict that was told last; PUSH_TAKEN: none since it is back */
    struct log_repeat repeats[PUSH_VERDICTS];
    struct log_repeat partly;
    struct log_repeat left_out;
    struct log_repeat misfits;
    uint64_t misfit_count;
};

/* scheme://host:port of an URL: what stands in front and behind may be secret. Freed by the caller. */
char *push_shown_url(const char *url);

/* topic is that of its lines, kept says what becomes of the telegrams meanwhile; both are borrowed. url is where
 * is pushed to, and is not kept. */
void push_report_init(struct push_report *report, struct loop *loop, struct log *log,
                      const char *topic, const char *url, const char *kept);
void push_report_free(struct push_report *report);

/* Nothing can be sent now, as this answer told; PUSH_REFUSED: it refuses every telegram. */
void push_report_absence(struct push_report *report, enum push_verdict verdict,
                         const struct http_answer *answer);

/* The server took something; dropped: telegrams that had no room so far. */
void push_report_taken(struct push_report *report, uint64_t dropped);

/* InfluxDB has written only a part of it. */
void push_report_partly(struct push_report *report, const struct http_answer *answer);

/* The server refuses the telegram of this number and takes others: it is left out. */
void push_report_left_out(struct push_report *report, uint64_t number,
                          const struct http_answer *answer);

/* So many records in the spool are not of the form that is pushed now. */
void push_report_misfits(struct push_report *report, uint64_t count);

#endif
