/* SPDX-License-Identifier: MIT */
/* What the user is told about the list of items that is read from openHAB: each trouble once. */
#ifndef DSMR_SINK_OPENHAB_LIST_REPORT_H
#define DSMR_SINK_OPENHAB_LIST_REPORT_H

#include "core/complaints.h"
#include "sink/openhab_list.h"
#include "sink/openhab_report.h"

#include <stdbool.h>

struct list_report {
    struct log *log;
    struct loop *loop;
    struct openhab_queue nothing; /* the link's words are those of the sink, which has a queue */
    struct openhab_report link;
    struct log_repeat strange;
    char *told_reason;       /* of the strange answer that the user knows of; NULL if none */
    struct complaints known; /* mistakes that stand in the list since it was read last */
    bool empty;              /* nothing was bound when the list was read last */
    bool none_told;          /* the user knows that nothing is bound */
};

/* Everything is borrowed but for the url, which is copied. */
void list_report_init(struct list_report *report, struct loop *loop, struct log *log,
                      const char *url, bool has_token);
void list_report_free(struct list_report *report);

/* The list could not be read. While items are fed, their sink tells of an openHAB that is away. */
void list_report_trouble(struct list_report *report, enum list_trouble trouble, const char *reason,
                         const struct http_answer *answer, bool fed);

/* The list was read, with these mistakes in it, which are taken over. */
void list_report_read(struct list_report *report, struct complaints *mistakes);

/* So many items are bound. That there is none is told when it is so the second time. */
void list_report_count(struct list_report *report, size_t count);

/* The list is another than before; words from openhab_list_compare(). */
void list_report_change(struct list_report *report, const char *words);

#endif
