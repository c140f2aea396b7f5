/* SPDX-License-Identifier: MIT */
#include "core/gzip.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#define ZLIB_CONST /* what is read is const */
#include <zlib.h>

enum { GZIP_WINDOW = 15 + 16, MEMORY = 8, PIECE = 16384 };

/* Both fail only when there is no memory. */
static void must_start(int status)
{
    if (status == Z_OK)
        return;
    fprintf(stderr, "dsmr: out of memory\n");
    exit(EXIT_FAILURE);
}

void gzip_pack(struct buffer *out, const char *bytes, size_t size)
{
    z_stream stream = {.next_in = (const Bytef *)bytes, .avail_in = (uInt)size};
    char piece[PIECE];
    must_start(deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, GZIP_WINDOW, MEMORY,
                            Z_DEFAULT_STRATEGY));
    do {
        stream.next_out = (Bytef *)piece;
        stream.avail_out = sizeof piece;
        deflate(&stream, Z_FINISH);
        buffer_add(out, piece, sizeof piece - stream.avail_out);
    } while (stream.avail_out == 0);
    deflateEnd(&stream);
}

void gzip_unpack(struct buffer *out, const char *bytes, size_t size)
{
    z_stream stream = {.next_in = (const Bytef *)bytes, .avail_in = (uInt)size};
    char piece[PIECE];
    int status;
    must_start(inflateInit2(&stream, GZIP_WINDOW));
    do {
        stream.next_out = (Bytef *)piece;
        stream.avail_out = sizeof piece;
        status = inflate(&stream, Z_FINISH);
        buffer_add(out, piece, sizeof piece - stream.avail_out);
    } while (stream.avail_out == 0 && (status == Z_OK || status == Z_BUF_ERROR));
    inflateEnd(&stream);
}
