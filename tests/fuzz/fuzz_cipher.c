/* SPDX-License-Identifier: MIT */
/*
 * Fuzzer for encrypted telegrams, with the keys. The input is a script: what stands in it goes onto the
 * line as it is, or in a frame, whole or damaged. In one piece and in pieces the stream must be read
 * alike, and what a tag is right for must have been written with it.
 */
#include "core/decryption.h"
#include "simulate/frame_writer.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

enum { LINE_MAX = 40000 };

static void must(bool condition)
{
    if (!condition)
        abort();
}

static struct decryption_keys keys_of_test(bool authenticate)
{
    struct decryption_keys keys = {.present = true, .authenticate = authenticate};
    memset(keys.key, 0x5A, sizeof keys.key);
    memset(keys.authentication_key, 0xA5, sizeof keys.authentication_key);
    return keys;
}

/* What is on the line, and what was written with a tag, one behind the other. */
struct line {
    uint8_t bytes[LINE_MAX];
    size_t size;
    char sealed[LINE_MAX];
    size_t sealed_size;
};

static uint64_t add_to_sum(uint64_t sum, const void *bytes, size_t size)
{
    const uint8_t *at = bytes;
    for (size_t i = 0; i < size; i++)
        sum = (sum ^ at[i]) * 0x100000001B3U;
    return sum ^ sum >> 29;
}

static void add_frame(struct line *line, struct frame_writer *writer, bool tagged,
                      const uint8_t *text, size_t size)
{
    char *telegram = malloc(size + 1);
    must(telegram != NULL);
    memcpy(telegram, text, size);
    line->size += frame_write(writer, telegram, size, line->bytes + line->size);
    if (tagged && size <= LINE_MAX - line->sealed_size) {
        memcpy(line->sealed + line->sealed_size, telegram, size);
        line->sealed_size += size;
    }
    free(telegram);
}

/* A step of the script is a byte that tells what to do, one that tells a length, and as many bytes. */
static void write_line(struct line *line, const uint8_t *bytes, size_t size)
{
    struct frame_writer *writers[2];
    for (size_t i = 0; i < 2; i++) {
        struct frame_form form = {keys_of_test(i == 1),
                                  size > 0 ? (enum length_form)(bytes[0] % 6) : 0};
        writers[i] = frame_writer_new(&form, i);
        must(writers[i] != NULL);
    }
    for (size_t at = 1; at + 2 < size;) {
        uint8_t step = bytes[at];
        size_t wanted = (size_t)bytes[at + 1] << (step >> 6);
        size_t count = wanted < size - at - 2 ? wanted : size - at - 2;
        const uint8_t *text = bytes + at + 2;
        if (line->size + count + FRAME_WRITER_OVERHEAD > LINE_MAX)
            break;
        if (step % 4 == 0) {
            memcpy(line->bytes + line->size, text, count);
            line->size += count;
        } else if (step % 4 == 3) {
            line->size -= count < line->size ? count : line->size;
        } else {
            add_frame(line, writers[step % 2], step % 2 == 1, text, count);
        }
        if (step % 16 == 9 && line->size > 0)
            line->bytes[line->size - 1 - count % line->size] ^= step;
        at += 2 + count;
    }
    for (size_t i = 0; i < 2; i++)
        frame_writer_free(writers[i]);
}

struct reader {
    const struct line *line;
    struct dsmr_framer framer;
    struct dsmr_channels channels;
    uint64_t sum;
    uint64_t end; /* offset behind the last telegram */
};

static void read_values(struct reader *reader, const struct dsmr_telegram *telegram)
{
    struct dsmr_decoder decoder;
    struct dsmr_reading reading;
    enum dsmr_status status;
    dsmr_decode(&decoder, telegram, &reader->channels, NULL);
    while ((status = dsmr_decode_next(&decoder, &reading)) != DSMR_END) {
        reader->sum = add_to_sum(reader->sum, &status, sizeof status);
        reader->sum = add_to_sum(reader->sum, reading.text.at, reading.text.size);
    }
}

static void take(struct reader *reader, const struct dsmr_telegram *telegram)
{
    must(telegram->offset >= reader->end);
    reader->end = telegram->offset;
    reader->sum = add_to_sum(reader->sum, &telegram->status, sizeof telegram->status);
    reader->sum = add_to_sum(reader->sum, &telegram->offset, sizeof telegram->offset);
    reader->sum = add_to_sum(reader->sum, &telegram->skipped, sizeof telegram->skipped);
    reader->sum = add_to_sum(reader->sum, &telegram->counter, sizeof telegram->counter);
    reader->sum = add_to_sum(reader->sum, telegram->text.at, telegram->text.size);
    reader->sum = add_to_sum(reader->sum, telegram->whole.at, telegram->whole.size);
    reader->sum = add_to_sum(reader->sum, telegram->sent.at, telegram->sent.size);
    reader->sum =
        add_to_sum(reader->sum, telegram->identification.at, telegram->identification.size);
    if (telegram->status == DSMR_OK || telegram->status == DSMR_ERR_CRC) {
        must(telegram->text.size >= 2 && telegram->text.at[0] == '/');
        must(telegram->whole.at == telegram->text.at);
        must(telegram->whole.size >= telegram->text.size);
        read_values(reader, telegram);
    }
    if (telegram->protection == DSMR_AUTHENTICATED && telegram->status == DSMR_OK)
        must(memmem(reader->line->sealed, reader->line->sealed_size, telegram->whole.at,
                    telegram->whole.size) != NULL);
    must((telegram->protection == DSMR_PLAIN) == (telegram->title.size == 0));
}

static void take_all(struct reader *reader)
{
    struct dsmr_telegram telegram;
    while (dsmr_framer_next(&reader->framer, &telegram) != DSMR_MORE)
        take(reader, &telegram);
}

/* Pushes a piece from memory of exactly its size. */
static void push(struct reader *reader, const uint8_t *bytes, size_t size)
{
    uint8_t *piece = malloc(size > 0 ? size : 1);
    must(piece != NULL);
    memcpy(piece, bytes, size);
    dsmr_framer_push(&reader->framer, piece, size);
    take_all(reader);
    free(piece);
}

/* In one piece, or in pieces of a size that changes. */
static uint64_t read_line(const struct line *line, const struct dsmr_cipher *cipher, bool whole,
                          size_t capacity, bool silences)
{
    struct reader reader = {.line = line};
    char *buffer = malloc(capacity);
    must(buffer != NULL);
    dsmr_framer_init(&reader.framer, buffer, capacity);
    dsmr_framer_decrypt(&reader.framer, cipher);
    dsmr_channels_init(&reader.channels);
    for (size_t at = 0; at < line->size;) {
        size_t piece = whole ? line->size : (size_t)line->bytes[at] % 61 + 1;
        piece = piece < line->size - at ? piece : line->size - at;
        push(&reader, line->bytes + at, piece);
        if (silences && line->bytes[at] % 8 == 0) {
            dsmr_framer_flush(&reader.framer, false);
            take_all(&reader);
        }
        at += piece;
    }
    dsmr_framer_flush(&reader.framer, true);
    take_all(&reader);
    must(!dsmr_framer_open(&reader.framer));
    free(buffer);
    return reader.sum;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    struct line *line = calloc(1, sizeof *line);
    must(line != NULL);
    write_line(line, bytes, size);
    for (int mode = 0; mode < 3; mode++) {
        struct decryption_keys keys = keys_of_test(mode == 1);
        keys.present = mode < 2;
        struct decryption *decryption = decryption_new(&keys);
        const struct dsmr_cipher *cipher = decryption_cipher(decryption);
        uint64_t sum = read_line(line, cipher, true, DSMR_TELEGRAM_MAX, false);
        must(read_line(line, cipher, false, DSMR_TELEGRAM_MAX, false) == sum);
        size_t capacity = 4 + (size > 1 ? bytes[1] : 0);
        must(read_line(line, cipher, true, capacity, false) ==
             read_line(line, cipher, false, capacity, false));
        read_line(line, cipher, false, DSMR_TELEGRAM_MAX, true);
        decryption_free(decryption);
    }
    free(line);
    return 0;
}
