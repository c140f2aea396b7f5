/* SPDX-License-Identifier: MIT */
/* dsmr doctor: counts what becomes of telegrams, and remembers who sent them. */
#ifndef DSMR_CMD_DOCTOR_TELEGRAMS_H
#define DSMR_CMD_DOCTOR_TELEGRAMS_H

#include "cmd/doctor_listen.h"
#include "meter/decoded.h"
#include "meter/secrecy.h"
#include "source/source.h"

/* Zeroed to begin with but for the first three. */
struct doctor_telegrams {
    struct doctor_history *history; /* where it is counted */
    /* What is thought of a telegram; NULL: nobody wants to know. */
    void (*verdict)(void *context, enum source_verdict verdict);
    void *context;
    struct log nowhere; /* what others log is in the findings */
    struct secrecy *secrecy;
    struct dsmr_framer framer;
    struct dsmr_channels channels;
    struct decoded decoded;
    size_t usual_size; /* of the last good telegram */
    bool restarting;   /* what comes now is no news of the source as it is */
    char buffer[DSMR_TELEGRAM_MAX];
};

/* The keys are copied. */
void doctor_telegrams_start(struct doctor_telegrams *telegrams, const struct decryption_keys *keys);

/* Any piece of the stream. */
void doctor_telegrams_push(struct doctor_telegrams *telegrams, const char *bytes, size_t size);

/* Nothing came for a while. */
void doctor_telegrams_pause(struct doctor_telegrams *telegrams);

/* The stream was interrupted: what is half read is void. */
void doctor_telegrams_restart(struct doctor_telegrams *telegrams);

/* Nothing more will come. Frees what it has, but not the history. */
void doctor_telegrams_end(struct doctor_telegrams *telegrams);

#endif
