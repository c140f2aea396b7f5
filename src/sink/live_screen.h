/* SPDX-License-Identifier: MIT */
/* Draws the live table. No I/O: what is drawn goes into a buffer. */
#ifndef DSMR_SINK_LIVE_SCREEN_H
#define DSMR_SINK_LIVE_SCREEN_H

#include "bus/store.h"
#include "core/buffer.h"

enum { LIVE_LOG_LINES = 3 };

/* Everything that the screen shows: one meter, and which of how many it is. */
struct live_state {
    char *meter;
    size_t number; /* from 0 */
    size_t meters;
    size_t silent; /* of them, meters without a telegram for a while */
    struct store *store;
    char *identification; /* NULL before the first telegram */
    char *port;
    char *settings;
    char *line_state;
    bool connected;
    uint64_t good;
    uint64_t refused;
    int64_t received_ms; /* wall clock of the last telegram */
    bool has_time;       /* the telegram says when it was made: */
    struct dsmr_time time;
    const char *log[LIVE_LOG_LINES]; /* oldest first, NULL for none; borrowed */
    int64_t now_ms;
    int rows;
    int columns;
    bool colour;
};

/* True while telegrams come as often as from any meter. */
bool live_state_flows(const struct live_state *state, int64_t now_ms);

/* Adds a whole screen, from its first line to its last. */
void live_screen_draw(struct buffer *out, const struct live_state *state);

#endif
