/* SPDX-License-Identifier: MIT */
/* dsmr doctor: listens to one port, or reads one recording, and counts what comes. */
#ifndef DSMR_CMD_DOCTOR_LISTEN_H
#define DSMR_CMD_DOCTOR_LISTEN_H

#include "cmd/diagnosis.h"
#include "config/line_settings.h"
#include "core/buffer.h"
#include "core/decryption.h"

#include <stdbool.h>

struct mqtt_broker;

struct doctor_order {
    const char *port;
    struct line_settings fixed; /* baud 0: find out */
    struct decryption_keys keys;
    const struct mqtt_broker *broker; /* see struct source_setup */
    int wait_s;                       /* longest */
};

/* What was learned beside the counters. Zeroed to begin with. */
struct doctor_history {
    struct findings findings;
    char *reason;      /* why the port is not open, or what the source said last; may be NULL */
    char *holder;      /* who else has it open, "ser2net (process 12)"; may be NULL */
    char settings[24]; /* that the meter was found at; "" where there are none */
    struct buffer identification;
    struct buffer origin;        /* of the meter, in words */
    struct buffer equipment;     /* lines "item id value" */
    char title[DSMR_TITLE_SIZE]; /* of the last encrypted telegram, 0 without */
    int request;                 /* of the request line: 1 on, 0 off, -1 not known */
};

/*
 * Listens until enough is known, the time is over, the recording ends, or the user stops it. A terminal
 * on standard error sees how long it still takes. *stuck is set when a thread hangs: the program must
 * end by _exit() then.
 */
void doctor_listen(const struct doctor_order *order, struct doctor_history *history, bool *stuck);

void doctor_history_free(struct doctor_history *history);

#endif
