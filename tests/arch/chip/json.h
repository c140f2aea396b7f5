/* SPDX-License-Identifier: MIT */
/* A whole stream as dsmr decode --format json prints it, for programs that run where dsmr does not. */
#ifndef DSMR_TESTS_JSON_H
#define DSMR_TESTS_JSON_H

#include "core/buffer.h"
#include "dsmr/dsmr.h"

/* Decodes the bytes, pushed in pieces of that size, and adds a line a telegram. cipher may be NULL. */
void json_of_stream(struct buffer *out, const char *bytes, size_t size, size_t piece,
                    const struct dsmr_cipher *cipher);

#endif
