/* SPDX-License-Identifier: MIT */
/* Text of a meter as others can bear it: UTF-8 without control characters. */
#ifndef DSMR_SINK_PLAIN_TEXT_H
#define DSMR_SINK_PLAIN_TEXT_H

#include "core/buffer.h"
#include "dsmr/dsmr.h"

/*
 * Writes text over what out holds. Control characters and blanks at both ends are left out; bytes of
 * 0x80 and above are taken for ISO 8859-1, which meters mean by them, if anything.
 */
void plain_text(struct buffer *out, struct dsmr_text text);

/* The same, of text that may be coded in hexadecimal digits: a number plate, a message. */
void plain_text_decoded(struct buffer *out, struct dsmr_text text);

/* Bytes of the first so many characters of UTF-8. */
size_t plain_text_cut(const struct buffer *text, size_t characters);

#endif
