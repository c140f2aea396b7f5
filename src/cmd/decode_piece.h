/* SPDX-License-Identifier: MIT */
/*
 * A stretch of what dsmr decode reads, with the telegrams that end in it. What depends on what came before
 * is settled when telegrams are found, one after the other; then each stretch can be decoded and printed
 * by itself, beside others.
 */
#ifndef DSMR_CMD_DECODE_PIECE_H
#define DSMR_CMD_DECODE_PIECE_H

#include "cmd/decode_format.h"

/* The same for all of them. */
struct decode_manner {
    const struct decode_format *format;
    const struct dsmr_zone *zone; /* NULL: the meter tells */
    bool ignore_crc;
    bool colour;
};

/* A telegram that was found, or garbage. */
struct found_telegram {
    struct dsmr_telegram telegram; /* its text and identification only */
    size_t copy;       /* where its text is in the piece's copies, COPY_NONE if in the block */
    const char *trust; /* how encrypted ones are read, where that is to be told; else NULL */
    bool hint;         /* where a key is to be had is to be told */
};

enum { COPY_NONE = -1 };

struct decode_piece {
    const char *file; /* for complaints */
    char *block;      /* what was read; the piece's own */
    size_t size;
    struct found_telegram *found;
    size_t count;
    size_t capacity;
    struct buffer copies;          /* of telegrams that do not lie whole in the block */
    unsigned long before;          /* telegrams that came before these */
    struct dsmr_channels channels; /* as they are before these; then behind them */
    struct buffer out;             /* for standard output */
    struct buffer complaints;      /* for standard error */
    struct buffer last_words;      /* the same, behind those of its telegrams */
    uint64_t end;                  /* bytes of the file that were read with this piece */
    uint64_t whole;                /* bytes of the file, 0 where nobody knows */
};

/* Keeps memory from piece to piece; one a thread. Zeroed to begin with. */
struct piece_decoder {
    struct decoded decoded;
    struct dsmr_shape *room;
    struct dsmr_shapes shapes;
};

/* Garbage is no telegram; a refused one has values only where the user insists. */
bool decode_is_usable(const struct decode_manner *manner, const struct dsmr_telegram *telegram);

/* Keeps a telegram that the framer has handed out. */
void decode_piece_add(struct decode_piece *piece, const struct found_telegram *found);

/* Decodes all telegrams of a piece, and prints them into out and complaints. */
void decode_piece_print(struct decode_piece *piece, struct piece_decoder *decoder,
                        const struct decode_manner *manner);

/* Empties it and keeps the memory. */
void decode_piece_clear(struct decode_piece *piece);
void decode_piece_free(struct decode_piece *piece);
void piece_decoder_free(struct piece_decoder *decoder);

#endif
