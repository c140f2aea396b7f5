/* SPDX-License-Identifier: MIT */
/* A pseudo-terminal behind a symbolic link, for programs that can read nothing but a serial port. */
#ifndef DSMR_SINK_P1_PTY_H
#define DSMR_SINK_P1_PTY_H

#include "sink/p1_listener.h"

struct p1_pty;

/* Makes terminal and link at once, or later where that fails. place is copied; house outlives it. */
struct p1_pty *p1_pty_new(struct p1_house *house, const struct listen_place *place);

/* Sends a telegram to the reader. What a reader has not taken by the next one is thrown away, as on a
 * real port. */
void p1_pty_send(struct p1_pty *pty, struct p1_message *message);

/* Hangs up and removes the link. */
void p1_pty_free(struct p1_pty *pty);

#endif
