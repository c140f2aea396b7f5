/* SPDX-License-Identifier: MIT */
#include "cmd/decode_piece.h"

#include "core/memory.h"

#include <stdint.h>
#include <stdlib.h>

/* Meters in one file that take turns, with and without a device. */
enum { SHAPES = 4 };

void decode_print_refusal(struct buffer *out, const struct dsmr_telegram *telegram)
{
    buffer_add_text(out, dsmr_strerror(telegram->status));
    if (telegram->status == DSMR_ERR_CRC)
        buffer_print(out, ": sent %04X, computed %04X", telegram->crc_sent, telegram->crc_computed);
}

bool decode_is_usable(const struct decode_manner *manner, const struct dsmr_telegram *telegram)
{
    return telegram->status == DSMR_OK || (telegram->status == DSMR_ERR_CRC && manner->ignore_crc);
}

/* ------------------------------------------------------------------------------------------------
 * Keeping telegrams
 */

static bool lies_in_block(const struct decode_piece *piece, struct dsmr_text text)
{
    uintptr_t block = (uintptr_t)piece->block;
    uintptr_t at = (uintptr_t)text.at;
    return piece->size > 0 && at >= block && at - block < piece->size;
}

void decode_piece_add(struct decode_piece *piece, const struct found_telegram *found)
{
    if (piece->count == piece->capacity) {
        piece->capacity = piece->capacity > 0 ? piece->capacity * 2 : 64;
        piece->found = memory_grow(piece->found, piece->capacity, sizeof *piece->found);
    }
    struct found_telegram *kept = &piece->found[piece->count++];
    *kept = *found;
    kept->copy = (size_t)COPY_NONE;
    if (lies_in_block(piece, found->telegram.text))
        return;
    kept->copy = piece->copies.size;
    buffer_add(&piece->copies, found->telegram.text.at, found->telegram.text.size);
}

/* The telegram for use, with shapes of whoever decodes it; copies may have moved while there came more. */
static struct dsmr_telegram recall(const struct decode_piece *piece,
                                   const struct found_telegram *found, struct dsmr_shapes *shapes)
{
    struct dsmr_telegram telegram = found->telegram;
    telegram.shapes = shapes;
    telegram.shape = NULL;
    if (found->copy == (size_t)COPY_NONE)
        return telegram;
    telegram.text.at = piece->copies.at + found->copy;
    if (telegram.identification.size > 0)
        telegram.identification.at =
            telegram.text.at + (telegram.identification.at - found->telegram.text.at);
    return telegram;
}

/* ------------------------------------------------------------------------------------------------
 * Complaints
 */

static void report_garbage(struct decode_piece *piece, const struct dsmr_telegram *telegram)
{
    buffer_print(&piece->complaints, "%s: skipped %llu bytes outside any telegram at byte %llu\n",
                 piece->file, (unsigned long long)telegram->skipped,
                 (unsigned long long)telegram->offset);
}

static void report_bad_lines(struct decode_piece *piece, const struct decoded *decoded,
                             unsigned long number)
{
    struct buffer *out = &piece->complaints;
    for (size_t i = 0; i < decoded->leftover_count; i++) {
        const struct leftover *leftover = &decoded->leftovers[i];
        if (leftover->status != DSMR_ERR_LINE)
            continue;
        buffer_print(out, "%s: telegram %lu: bad line: ", piece->file, number);
        for (size_t c = 0; c < leftover->object.line.size && c < 80; c++) {
            char byte = leftover->object.line.at[c];
            buffer_add(out, byte >= ' ' && byte <= '~' ? &byte : "?", 1);
        }
        buffer_add(out, "\n", 1);
    }
}

static void report_refusal(struct decode_piece *piece, const struct dsmr_telegram *telegram,
                           unsigned long number, bool hint)
{
    struct buffer *out = &piece->complaints;
    buffer_print(out, "%s: telegram %lu at byte %llu refused: ", piece->file, number,
                 (unsigned long long)telegram->offset);
    decode_print_refusal(out, telegram);
    buffer_add_text(out, hint ? " (give it with --key; the grid operator has it)\n" : "\n");
}

/* ------------------------------------------------------------------------------------------------
 * Decoding
 */

static void print_telegram(struct decode_piece *piece, struct piece_decoder *decoder,
                           const struct decode_manner *manner, const struct found_telegram *found,
                           unsigned long number)
{
    struct dsmr_telegram telegram = recall(piece, found, &decoder->shapes);
    struct decode_context context = {number, manner->colour};
    bool usable = decode_is_usable(manner, &telegram);
    if (usable && found->trust)
        buffer_print(&piece->complaints, "%s: telegram %lu: decrypted telegrams from here; %s\n",
                     piece->file, number, found->trust);
    if (usable)
        decoded_read(&decoder->decoded, &telegram, &piece->channels, manner->zone);
    else
        report_refusal(piece, &telegram, number, found->hint);
    manner->format->telegram(&piece->out, &context, &telegram, usable ? &decoder->decoded : NULL);
    if (usable)
        report_bad_lines(piece, &decoder->decoded, number);
}

void decode_piece_print(struct decode_piece *piece, struct piece_decoder *decoder,
                        const struct decode_manner *manner)
{
    unsigned long number = piece->before;
    if (!decoder->room) {
        decoder->room = memory_new(SHAPES, sizeof *decoder->room);
        dsmr_shapes_init(&decoder->shapes, decoder->room, SHAPES, dsmr_processor());
    }
    for (size_t i = 0; i < piece->count; i++) {
        const struct found_telegram *found = &piece->found[i];
        if (found->telegram.status == DSMR_ERR_GARBAGE)
            report_garbage(piece, &found->telegram);
        else
            print_telegram(piece, decoder, manner, found, ++number);
    }
}

void decode_piece_clear(struct decode_piece *piece)
{
    piece->size = 0;
    piece->count = 0;
    buffer_clear(&piece->copies);
    buffer_clear(&piece->out);
    buffer_clear(&piece->complaints);
    buffer_clear(&piece->last_words);
}

void decode_piece_free(struct decode_piece *piece)
{
    free(piece->block);
    free(piece->found);
    buffer_free(&piece->copies);
    buffer_free(&piece->out);
    buffer_free(&piece->complaints);
    buffer_free(&piece->last_words);
}

void piece_decoder_free(struct piece_decoder *decoder)
{
    decoded_free(&decoder->decoded);
    free(decoder->room);
}
