/* SPDX-License-Identifier: MIT */
/* Telegrams as a meter sends them that encrypts: each in a frame, with a counter that rises. */
#ifndef DSMR_SIMULATE_FRAME_WRITER_H
#define DSMR_SIMULATE_FRAME_WRITER_H

#include "core/decryption.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* How a frame tells its length: in one byte, or in one to four behind one that says how many. */
enum length_form {
    LENGTH_SHORTEST,
    LENGTH_SHORT,
    LENGTH_81,
    LENGTH_82,
    LENGTH_83,
    LENGTH_84,
};

/* "shortest", "short", "81" … "84"; false for anything else. */
bool length_form_parse(const char *text, enum length_form *form);

struct frame_form {
    struct decryption_keys keys; /* present: telegrams are encrypted; authenticate: with a tag */
    enum length_form length;     /* where a length does not fit: the next one in which it does */
};

struct frame_writer;

/* The seed makes the system title. NULL when OpenSSL cannot encrypt. */
struct frame_writer *frame_writer_new(const struct frame_form *form, uint64_t seed);

/* Bytes that a frame has more than its telegram, at most. */
enum { FRAME_WRITER_OVERHEAD = 32 };

/* Writes the telegram as a frame into out, where there is room for it; returns the bytes. 0 when it is
 * too long for a frame. */
size_t frame_write(struct frame_writer *writer, const char *telegram, size_t size, uint8_t *out);

/* NULL is allowed. */
void frame_writer_free(struct frame_writer *writer);

#endif
