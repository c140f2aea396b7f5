/* SPDX-License-Identifier: MIT */
/* What the user is told about an MQTT broker: each thing once, however often it happens. */
#ifndef DSMR_NET_MQTT_REPORT_H
#define DSMR_NET_MQTT_REPORT_H

#include "core/log.h"
#include "core/loop.h"
#include "net/mqtt_end.h"

/* Zeroed but for the first five to begin with. */
struct mqtt_report {
    struct loop *loop;
    struct log *log;
    const char *topic;     /* of the lines */
    const char *url;       /* borrowed */
    const char *meanwhile; /* borrowed; may be NULL */
    bool was_there;        /* the broker has been there before */
    bool absent;
    bool told[2];  /* of this absence: gone, denied */
    int64_t since; /* of this absence or presence */
    struct log_repeat absences[2];
    struct log_repeat refusals;
};

/* A connection, or an attempt, has ended so. */
void mqtt_report_end(struct mqtt_report *report, const struct mqtt_end *end);

/* The broker has accepted us, by this version of MQTT: 3 or 5. */
void mqtt_report_up(struct mqtt_report *report, int version);

/* A message or a subscription that the broker does not take. */
void mqtt_report_refused(struct mqtt_report *report, const char *what, const char *topic,
                         int reason);

#endif
