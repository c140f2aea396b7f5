/* SPDX-License-Identifier: MIT */
/* The words of dsmr doctor for ports that others have, or that we may not open. */
#ifndef DSMR_CMD_DOCTOR_ACCESS_H
#define DSMR_CMD_DOCTOR_ACCESS_H

#include "cmd/doctor_words.h"

/* Adds who has the port, which must be known: ": ser2net (process 12)". */
void doctor_access_name(struct buffer *out, const struct doctor_case *at_hand);

/* Adds what to do about that program; one that is not known has general advice. */
void doctor_access_holder(struct buffer *out, const struct doctor_case *at_hand);

/* Adds how to get the permission that is missing. */
void doctor_access_permission(struct buffer *out, const struct doctor_case *at_hand);

#endif
