/* SPDX-License-Identifier: MIT */
/*
 * A serial line, whether its port is in this machine or behind a network: which settings it is to
 * have, what is dropped from its bytes, and what is told about it. Whoever owns the port makes the
 * settings and says so.
 */
#ifndef DSMR_SOURCE_LINE_H
#define DSMR_SOURCE_LINE_H

#include "source/detection.h"
#include "source/parity.h"
#include "source/source.h"

/* All zero but for its setup to start with. The owner sets the first two; the rest is private. */
struct line {
    const struct source_setup *setup; /* borrowed */
    bool loss_told;                   /* of the port; until a meter is found again */
    bool search_told;                 /* that the last search was begun anew */
    int found_baud;                   /* where a meter was found, 0 if none was */
    struct log_repeat searches;       /* begun anew */
    struct detection detection;
    struct parity parity;
    enum detection_finding told;
};

/* The port was opened: the settings are searched, or are those that the user named. */
void line_start(struct line *line);

/* What the port is to be set to. */
struct line_settings line_wanted(const struct line *line);

/* The port has the settings that are wanted. What was half read is void. */
void line_is_set(struct line *line);

/*
 * Bytes came; they are changed in place and handed to the listener. Returns true when the port is to
 * have other settings now; then they were not handed on.
 */
bool line_bytes(struct line *line, char *bytes, size_t size);

/* To be called once a second while the port is open; tells the log what was found. Returns true when
 * the port is to have other settings now. */
bool line_tick(struct line *line);

/* What the owner of the source thinks of the bytes. */
void line_verdict(struct line *line, enum source_verdict verdict);

/* Fills in settings and state of an open port. */
void line_status(const struct line *line, struct source_status *status);

#endif
