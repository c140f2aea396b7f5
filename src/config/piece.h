/* SPDX-License-Identifier: MIT */
/* Some bytes of a line of text that is being read. */
#ifndef DSMR_CONFIG_PIECE_H
#define DSMR_CONFIG_PIECE_H

#include <stdbool.h>
#include <stddef.h>

/* Borrowed from the text; not ended by a NUL. */
struct piece {
    const char *at;
    size_t size;
};

/* True for what may stand between words. */
bool piece_blank(char c);

/* Without the blanks at both ends. */
struct piece piece_trim(struct piece piece);

/* True when it is this text. */
bool piece_is(struct piece piece, const char *text);

/* Cuts the piece at the first such character: *before receives what stands before it, and *piece keeps what
 * stands behind, both trimmed. False, with nothing changed, when there is none. */
bool piece_cut(struct piece *piece, char at, struct piece *before);

/* How many bytes of it a complaint shows. */
int piece_shown(struct piece piece);

#endif
