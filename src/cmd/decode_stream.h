/* SPDX-License-Identifier: MIT */
/*
 * From files to printed telegrams, by several threads. This thread reads block by block, finds the
 * telegrams and follows which device speaks for which kind: all that depends on what came before. The
 * threads decode and print, and what they print goes out in order.
 */
#ifndef DSMR_CMD_DECODE_STREAM_H
#define DSMR_CMD_DECODE_STREAM_H

#include "cmd/decode_piece.h"

struct decode_streams;

/* What is to be said when all is done. */
struct decode_outcome {
    bool refused;    /* a telegram was, or a file had none */
    bool unreadable; /* a file */
    int write_error; /* errno, 0 when everything was printed */
};

/* manner and cipher (NULL without key) are borrowed. Never NULL. */
struct decode_streams *decode_streams_new(const struct decode_manner *manner,
                                          const struct dsmr_cipher *cipher, unsigned jobs);

/* Decodes a file, or standard input ("-"): a stream of its own, of a meter of its own. Returns false when
 * it is no use to go on, as nothing can be printed any more. */
bool decode_streams_read(struct decode_streams *streams, const char *path);

/* Waits until everything is printed, tells how it went and frees all. */
struct decode_outcome decode_streams_end(struct decode_streams *streams);

#endif
