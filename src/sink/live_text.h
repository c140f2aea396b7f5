/* SPDX-License-Identifier: MIT */
/* What the lines of the live screen are made of: text of a certain width, in a colour or without. */
#ifndef DSMR_SINK_LIVE_TEXT_H
#define DSMR_SINK_LIVE_TEXT_H

#include "core/buffer.h"

#include <stdbool.h>

#define LIVE_BOLD "\033[1m"
#define LIVE_DIM "\033[2m"
#define LIVE_GREEN "\033[32m"
#define LIVE_YELLOW "\033[33m"
#define LIVE_CYAN "\033[36m"
#define LIVE_RESET "\033[0m"
#define LIVE_CLEAR_LINE "\033[K"

/* Adds one of those above, where the screen is coloured. */
void live_paint(struct buffer *out, bool coloured, const char *colour);

/* Adds text filled to width columns, or cut, which shows. Bytes that no terminal should see become
 * '?'. */
void live_padded(struct buffer *out, const char *text, int width);

/* Goes to the next line, which is cleared. */
void live_end_line(struct buffer *out);

#endif
