/* SPDX-License-Identifier: MIT */
/* The keys that a person presses while the live table is shown. */
#ifndef DSMR_SINK_LIVE_KEYS_H
#define DSMR_SINK_LIVE_KEYS_H

#include "core/loop.h"

struct live_keys;

/* step is 1 for the next meter, -1 for the one before. */
typedef void live_keys_callback(void *context, int step);

/* NULL when there is no terminal to read from, or it belongs to another program just now. */
struct live_keys *live_keys_new(struct loop *loop, live_keys_callback *callback, void *context);

/* Leaves the terminal as it was. NULL is allowed. */
void live_keys_free(struct live_keys *keys);

#endif
