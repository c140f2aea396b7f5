/* SPDX-License-Identifier: MIT */
/* The verdicts of dsmr doctor in words: what is wrong, and what to do about it. */
#ifndef DSMR_CMD_DOCTOR_WORDS_H
#define DSMR_CMD_DOCTOR_WORDS_H

#include "cmd/diagnosis.h"
#include "core/buffer.h"
#include "sink/item_words.h"

struct doctor_case {
    enum verdict verdict;
    const struct findings *findings;
    const char *port;
    const char *holder; /* who else has the port open; NULL if nobody is known */
    const char *reason; /* why it cannot be opened, in one line of English; may be NULL */
    enum language language;
};

/* Adds what was found, in one line. */
void doctor_words_finding(struct buffer *out, const struct doctor_case *at_hand);

/* Adds what to do about it, a line each. Nothing where all is well. */
void doctor_words_advice(struct buffer *out, const struct doctor_case *at_hand);

#endif
