/* SPDX-License-Identifier: MIT */
/* What ends a telegram, and what only looks so. For the framer. */
#ifndef DSMR_ENDING_H
#define DSMR_ENDING_H

#include "internal.h"

/* How many of the size bytes behind a '!' are a CRC that its publisher struck out, XXXX; 0 when they are
 * none. */
size_t struck_out(const char *at, size_t size);

/* True when the line that position stands in has an open bracket: a '!' there is the other one, damaged. */
bool in_bracket(const char *at, size_t position);

/* True when a value is still open at position, which begins a line: its text may go on there. */
bool in_value(const char *at, size_t position);

/* True when an identification line and then a body begin at the '/' that at points at. Looks no further
 * than twice DSMR_IDENTIFICATION_MAX. */
bool begins_telegram(const char *at, size_t size);

/* The sum that is right for this telegram, text from '/' to '!', which sent this CRC and has this
 * CRC-16/ARC. Notes in the framer which kind its meter uses, and takes no other from then on. */
uint16_t sum_of_meter(struct dsmr_framer *framer, struct dsmr_text text, uint16_t sent,
                      uint16_t arc);

/* Looks for HDLC frames in bytes that belong to no telegram. */
void hdlc_feed(struct dsmr_framer *framer, char c);

/* Its state while nothing looks like a frame: line ends do not change it. */
enum { HDLC_IDLE = 0 };

#endif
