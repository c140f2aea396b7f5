/* SPDX-License-Identifier: MIT */
/* The table of the live screen: the values that there are, in as many columns as it takes. */
#ifndef DSMR_SINK_LIVE_TABLE_H
#define DSMR_SINK_LIVE_TABLE_H

#include "core/buffer.h"
#include "sink/live_screen.h"

/* Adds the table. Returns how many lines it took, at most height; what does not fit is counted, in the last
 * of them. */
size_t live_table_draw(struct buffer *out, const struct live_state *state, size_t height);

#endif
