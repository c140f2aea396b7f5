/* SPDX-License-Identifier: MIT */
/* What the parts of the decoder share: reading.c has plain objects, profile.c and history.c those whose
 * groups repeat, clock.c the clocks that are two objects. */
#ifndef DSMR_DECODE_H
#define DSMR_DECODE_H

#include "internal.h"

/* The rows of the open object's code that hold for it, one by one: the first at or behind index. */
uint16_t next_row(const struct dsmr_decoder *decoder, uint16_t index);

/* The row of a position, or ROW_NONE. */
uint16_t row_at(const struct dsmr_decoder *decoder, unsigned position);

/* Reads a group as a row wants it. */
enum dsmr_status read_group(const struct dsmr_decoder *decoder, const struct row *row,
                            struct dsmr_text group, struct dsmr_reading *reading);

/* The unit fits the row. */
enum dsmr_status check_unit(const struct row *row, const struct dsmr_reading *reading);

/* Completes a reading of the group, which was read as the row wants it. */
void fill(struct dsmr_decoder *decoder, const struct row *row, struct dsmr_text group,
          struct dsmr_reading *reading);

/* Notes the first group that could not be used, and why. */
void blame(struct dsmr_decoder *decoder, struct dsmr_text group, enum dsmr_status status);

/* The position moves on by one. */
void step(struct dsmr_decoder *decoder);

/* A clock in two objects: its halves are noted. read_clock() is true when the telegram has told both and no
 * whole; once only. */
void note_clock(struct dsmr_decoder *decoder, const struct dsmr_reading *reading);
bool read_clock(struct dsmr_decoder *decoder, struct dsmr_reading *reading);

/* The log of power failures. */
bool read_log(struct dsmr_decoder *decoder, struct dsmr_text group, struct dsmr_reading *reading);

/* The profile of DSMR 3.0. */
void open_profile(struct dsmr_decoder *decoder);
bool read_profile(struct dsmr_decoder *decoder, struct dsmr_text group,
                  struct dsmr_reading *reading);

/* The layout of a history: of those that share a code, the one that its first groups show. */
unsigned history_layout(const struct dsmr_decoder *decoder, unsigned layout);

/* A group of a history. */
bool read_history(struct dsmr_decoder *decoder, struct dsmr_text group,
                  struct dsmr_reading *reading);

#endif
