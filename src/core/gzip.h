/* SPDX-License-Identifier: MIT */
/* Compresses in the form of gzip, which web servers take. */
#ifndef DSMR_CORE_GZIP_H
#define DSMR_CORE_GZIP_H

#include "core/buffer.h"

/* Adds the size bytes, compressed. */
void gzip_pack(struct buffer *out, const char *bytes, size_t size);

/* Adds what size bytes of that form come to; they must be whole, as those are that were made by us. */
void gzip_unpack(struct buffer *out, const char *bytes, size_t size);

#endif
