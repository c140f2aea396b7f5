/* SPDX-License-Identifier: MIT */
/*
 * Tells systemd how the program is doing, over the socket that it names in the environment: that it is
 * ready, what it does, and, where its unit asks for that (WatchdogSec=), that its loop still turns.
 * Without such a socket nothing is done.
 */
#ifndef DSMR_CORE_SYSTEMD_H
#define DSMR_CORE_SYSTEMD_H

#include "core/loop.h"

struct systemd;

/* Never NULL. Begins to serve the watchdog. */
struct systemd *systemd_new(struct loop *loop);

/* One or more lines of the protocol: "READY=1\nSTATUS=3 meters". What cannot be sent is lost. */
void systemd_tell(const struct systemd *systemd, const char *lines);

/* NULL is allowed. */
void systemd_free(struct systemd *systemd);

#endif
