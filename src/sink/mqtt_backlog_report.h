/* SPDX-License-Identifier: MIT */
/* What the user is told of the messages that wait for the MQTT broker, and what became of some of them. */
#ifndef DSMR_SINK_MQTT_BACKLOG_REPORT_H
#define DSMR_SINK_MQTT_BACKLOG_REPORT_H

#include "core/log.h"
#include "core/loop.h"
#include "sink/mqtt_suspects.h"

/* The first three are set by the owner and borrowed, the rest begins zeroed. */
struct mqtt_backlog_report {
    struct loop *loop;
    struct log *log;
    const char *folder; /* of the spool */
    uint64_t refused;   /* messages that were left out, since the broker refuses them */
    uint64_t misfits;   /* records that were, since they are none of MQTT's */
    struct log_repeat refusals;
    struct log_repeat misfit_lines;
    bool stuck; /* told that nothing is taken */
};

/* So many messages of an earlier run wait. */
void mqtt_backlog_report_waiting(const struct mqtt_backlog_report *report, uint64_t count);

/* A record is left out, since it is none of MQTT's: counted, and told now and then. */
void mqtt_backlog_report_misfit(struct mqtt_backlog_report *report);

/* A message is left out, since the broker refuses it and takes others: the same. */
void mqtt_backlog_report_refused(struct mqtt_backlog_report *report,
                                 const struct mqtt_suspect *suspect);

/* The broker takes none of those that wait, the first of them this one, which are tried again each so many
 * seconds. Told once, until they flow. */
void mqtt_backlog_report_stuck(struct mqtt_backlog_report *report, uint64_t waiting,
                               const struct mqtt_suspect *first, int seconds);

/* It took one: told where it was stuck. */
void mqtt_backlog_report_flowing(struct mqtt_backlog_report *report);

#endif
