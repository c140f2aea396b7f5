/* SPDX-License-Identifier: MIT */
/* The framer's parts, as they see each other. What a framer does: framer.c. */
#ifndef DSMR_FRAMER_H
#define DSMR_FRAMER_H

#include "internal.h"

enum framer_state { HUNTING, IN_HEADER, IN_BODY, IN_FRAME };

/* Not for the caller: go round once more; the end is missing, see framer_wait(). */
enum { AGAIN = 100, WAIT = 101 };

/* Enough of the input to tell whether a '/' starts a telegram. */
enum { HEADER_WINDOW = 2 * DSMR_IDENTIFICATION_MAX };

/* The open telegram as far as it has arrived. */
struct window {
    const char *at;
    size_t size;
    bool last; /* nothing follows, for now */
};

/* Lets go of the first count bytes of the input; nothing is held. */
static inline void framer_pass(struct dsmr_framer *framer, size_t count)
{
    framer->offset += (dsmr_offset)count;
    framer->input += count;
    framer->input_size -= count;
}

/* Lets go of the first count bytes. Moves what is held: texts handed out become void. */
void framer_consume(struct dsmr_framer *framer, size_t count);

/* Takes what is left of the input into the buffer, to go on when more has come. */
void framer_hold(struct dsmr_framer *framer, const struct window *window);

/* Outside a telegram. Each of these returns AGAIN, WAIT, DSMR_MORE, or the status of the telegram. */
int framer_hunt(struct dsmr_framer *framer, const struct window *window,
                struct dsmr_telegram *telegram);

/* Counts the first count bytes as garbage, and lets go of them. */
void framer_skip(struct dsmr_framer *framer, const struct window *window, size_t count);
enum dsmr_status framer_report_garbage(struct dsmr_framer *framer, struct dsmr_telegram *telegram);

/* Garbage is told when something else comes or the stream ends; frames of HDLC at the next silence. */
bool framer_must_report(const struct dsmr_framer *framer);

/* Inside a telegram. */
int framer_read_header(struct dsmr_framer *framer, const struct window *window,
                       struct dsmr_telegram *telegram);
int framer_read_body(struct dsmr_framer *framer, const struct window *window,
                     struct dsmr_telegram *telegram);

/*
 * Hands out the first count bytes as refused and goes on behind them; or in front of a frame that
 * begins among them.
 */
enum dsmr_status framer_refuse(struct dsmr_framer *framer, const struct window *window,
                               size_t count, enum dsmr_status status,
                               struct dsmr_telegram *telegram);

/* Waits for more of the open telegram, unless nothing will come. */
int framer_wait(struct dsmr_framer *framer, const struct window *window,
                struct dsmr_telegram *telegram);

/* Lets go of what was delivered, and takes a telegram of a known shape that lies whole in the input, behind
 * nothing but line ends. False, with nothing done, where there is none. */
bool framer_take_known(struct dsmr_framer *framer, struct dsmr_telegram *telegram);

/* Inside an encrypted one. */
int framer_read_frame(struct dsmr_framer *framer, const struct window *window,
                      struct dsmr_telegram *telegram);

#endif
