/* SPDX-License-Identifier: MIT */
/* What the web knows of each meter: its last telegram, its line, what went wrong. */
#ifndef DSMR_HTTP_BOARD_H
#define DSMR_HTTP_BOARD_H

#include "config/config.h"
#include "core/names.h"
#include "http/running.h"
#include "http/snapshot.h"

enum {
    BOARD_REASONS = 16
}; /* why telegrams are refused: 0 for whatever has no name, then -status */

struct ring;

struct board_meter {
    char *name;
    char *port; /* these three as in struct line_status; NULL until the line told */
    char *settings;
    char *state;
    bool connected;
    bool dropped; /* the configuration does not have it any more */
    uint64_t good, refused, bytes;
    uint64_t reasons[BOARD_REASONS];
    struct snapshot now;
    struct quarter_mark quarter;
    bool *seen;          /* by item: it was there, ever */
    struct ring *events; /* NULL as long as nobody asks for any */
};

/* Zeroed to begin with. */
struct board {
    struct names names;
    struct board_meter **meters; /* in the order in which they were heard of */
    size_t count;
};

/* The meter of that name, made if it is not there. Valid as long as the board. */
struct board_meter *board_meter(struct board *board, const char *name);

/* The same, NULL when there is none or it was dropped; name NULL asks for the first. */
struct board_meter *board_find(const struct board *board, const char *name);

/* The next that was not dropped, from the place on, which moves behind it; NULL past the last. */
struct board_meter *board_next(const struct board *board, size_t *place);

void board_publish(struct board_meter *meter, const struct readings *readings);

/* True when something changed that a person would notice; figures do not count. */
bool board_line(struct board_meter *meter, const struct line_status *status);

void board_refused(struct board_meter *meter, const struct dsmr_telegram *telegram);

/* What a reason is called: "wrong CRC"; static text. */
const char *board_reason(size_t reason);

/* Marks those as dropped that the configuration does not have. */
void board_keep(struct board *board, const struct config *config);

void board_free(struct board *board);

#endif
