/* SPDX-License-Identifier: MIT */
/* What the parts of the decoder share: decode.c walks over the telegram, reading.c has plain objects,
 * profile.c and history.c those whose groups repeat, clock.c the clocks that are two objects, channels.c
 * the devices. */
#ifndef DSMR_DECODE_H
#define DSMR_DECODE_H

#include "internal.h"

/* A part of the telegram, and the text that it is; no part is at 0. */
static inline struct dsmr_part part_of(const struct dsmr_decoder *decoder, struct dsmr_text text)
{
    return (struct dsmr_part){(dsmr_length)(text.at - decoder->text), (dsmr_length)text.size};
}

static inline struct dsmr_text text_of(const struct dsmr_decoder *decoder, struct dsmr_part part)
{
    return (struct dsmr_text){part.at > 0 ? decoder->text + part.at : NULL, part.size};
}

/* On to the next object, as dsmr_cursor_next(). */
enum dsmr_status to_next_object(struct dsmr_decoder *decoder);

/* The group of the open object that follows at *at, and moves on. */
bool next_group(const struct dsmr_decoder *decoder, dsmr_length *at, struct dsmr_text *group);

/* Goes through the telegram and brings channels up to date with it. Returns the marks that it has. */
unsigned channels_learn(struct dsmr_decoder *decoder, const struct dsmr_text *identification);

/* The rows of the open object's code that hold for it, one by one: the first at or behind index. */
uint16_t next_row(const struct dsmr_decoder *decoder, uint16_t index);

/* The row of a position, or ROW_NONE. */
uint16_t row_at(const struct dsmr_decoder *decoder, unsigned position);

/*
 * A reading is made in the caller's struct: reading->text is the group. Until fill() the other members
 * serve as room to try things in.
 */

/* A reading of the open object's group, of which nothing is known yet. */
void begin_reading(const struct dsmr_decoder *decoder, struct dsmr_text group,
                   struct dsmr_reading *reading);

/* Reads the group as a row wants it. */
enum dsmr_status read_group(const struct dsmr_decoder *decoder, uint16_t row,
                            struct dsmr_reading *reading);

/* The unit fits the row. */
enum dsmr_status check_unit(uint16_t row, const struct dsmr_reading *reading);

/* Completes a reading of the group, which was read as the row wants it. */
void fill(struct dsmr_decoder *decoder, uint16_t row, struct dsmr_reading *reading);

/* Notes the first group that could not be used, and why. */
void blame(struct dsmr_decoder *decoder, const struct dsmr_reading *reading,
           enum dsmr_status status);

/* Notes the time that a group says for what follows; recall_time() tells it. A chip has no room for it
 * and reads the group once more. */
void keep_time(struct dsmr_decoder *decoder, struct dsmr_text group, const struct dsmr_time *time);
void recall_time(const struct dsmr_decoder *decoder, struct dsmr_time *time);

/* The position moves on by one. */
void step(struct dsmr_decoder *decoder);

/* A clock in two objects: its halves are noted. read_clock() is true when the telegram has told both and no
 * whole; once only. */
void note_clock(struct dsmr_decoder *decoder, const struct dsmr_reading *reading);
bool read_clock(struct dsmr_decoder *decoder, struct dsmr_reading *reading);

/* The log of power failures. */
bool read_log(struct dsmr_decoder *decoder, struct dsmr_reading *reading);

/* The profile of DSMR 3.0. */
void open_profile(struct dsmr_decoder *decoder, struct dsmr_reading *room);
bool read_profile(struct dsmr_decoder *decoder, struct dsmr_reading *reading);

/* The layout of a history: of those that share a code, the one that its first groups show. */
unsigned history_layout(const struct dsmr_decoder *decoder, unsigned layout,
                        struct dsmr_reading *room);

/* A group of a history. */
bool read_history(struct dsmr_decoder *decoder, struct dsmr_reading *reading);

#endif
