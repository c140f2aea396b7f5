/* SPDX-License-Identifier: MIT */
/*
 * Fuzzer for framer, cursor and decoder: any bytes, in one piece and in pieces whose sizes the bytes
 * themselves give, must be read alike; what is handed out must lie within the telegram, and what is
 * printed within its buffer.
 */
#include "dsmr/dsmr.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static void must(bool condition)
{
    if (!condition)
        abort();
}

/* What was read so far, as a sum that depends on every part of it and on the order. */
struct digest {
    uint64_t sum;
};

static void add_number(struct digest *digest, uint64_t number)
{
    digest->sum = (digest->sum ^ number) * 0x100000001B3U;
    digest->sum ^= digest->sum >> 29;
}

static void add_text(struct digest *digest, struct dsmr_text text)
{
    add_number(digest, text.size);
    for (size_t i = 0; i < text.size; i++)
        add_number(digest, (uint8_t)text.at[i]);
}

static bool lies_in(struct dsmr_text part, struct dsmr_text whole)
{
    return part.size == 0 || (part.at >= whole.at && part.at <= whole.at + whole.size &&
                              part.size <= (size_t)(whole.at + whole.size - part.at));
}

static void check_object(const struct dsmr_object *object, struct dsmr_text telegram)
{
    struct dsmr_text group;
    size_t at = 0;
    size_t before = 0;
    must(lies_in(object->line, telegram));
    must(lies_in(object->groups, object->line));
    while (dsmr_group_next(object, &at, &group) == DSMR_OK) {
        must(lies_in(group, object->groups));
        must(at > before && at <= object->groups.size);
        before = at;
    }
}

static void check_value(struct digest *digest, const struct dsmr_reading *reading)
{
    char number[DSMR_NUMBER_SIZE];
    char time[DSMR_TIME_SIZE];
    char text[64];
    size_t length;
    if (reading->type == DSMR_TYPE_NUMBER) {
        must(dsmr_number_print(reading->number, number) < sizeof number);
        must(dsmr_unit_name(reading->unit) != NULL);
        add_text(digest, (struct dsmr_text){number, strlen(number)});
    }
    if (reading->type == DSMR_TYPE_TIME || reading->has_time) {
        bool unset = reading->time.year == 1970 && reading->superseded;
        must(unset || (reading->time.year >= 2000 && reading->time.year <= 2100));
        must(dsmr_time_print(&reading->time, time) == sizeof time - 1);
        add_text(digest, (struct dsmr_text){time, strlen(time)});
    }
    if (dsmr_hex_decode(reading->text, text, sizeof text, &length) == DSMR_OK)
        must(length <= sizeof text);
}

static void decode(struct digest *digest, const struct dsmr_telegram *telegram,
                   struct dsmr_channels *channels)
{
    struct dsmr_decoder decoder;
    struct dsmr_reading reading;
    enum dsmr_status status;
    char code[DSMR_OBIS_SIZE];
    size_t most = telegram->text.size * 2 + 64;
    dsmr_decode(&decoder, telegram, channels, NULL);
    while ((status = dsmr_decode_next(&decoder, &reading)) != DSMR_END) {
        must(most-- > 0);
        must(lies_in(reading.text, telegram->text));
        must(lies_in(reading.text, reading.object.line));
        check_object(&reading.object, telegram->text);
        must(dsmr_obis_print(reading.object.obis, code) < sizeof code);
        bool known = dsmr_item_info(reading.item) != NULL;
        must(known || (status != DSMR_OK && reading.item == DSMR_ITEM_NONE));
        add_number(digest, (uint64_t)(status + 100));
        add_number(digest, reading.item);
        add_number(digest, (uint64_t)reading.channel << 1 | reading.superseded);
        add_text(digest, reading.text);
        add_text(digest, reading.object.line);
        if (status == DSMR_OK)
            check_value(digest, &reading);
    }
    must(dsmr_decode_next(&decoder, &reading) == DSMR_END);
}

struct reader {
    struct dsmr_framer framer;
    struct dsmr_channels channels;
    struct digest digest;
    uint64_t end; /* offset behind the last telegram */
    char *buffer;
};

static void take(struct reader *reader, const struct dsmr_telegram *telegram)
{
    must(telegram->offset >= reader->end);
    reader->end = telegram->offset + telegram->text.size;
    must(lies_in(telegram->identification, telegram->text));
    add_number(&reader->digest, (uint64_t)(telegram->status + 100));
    add_number(&reader->digest, telegram->offset);
    add_number(&reader->digest, telegram->skipped);
    add_number(&reader->digest, (uint64_t)telegram->crc_sent << 16 | telegram->crc_computed);
    add_text(&reader->digest, telegram->identification);
    add_text(&reader->digest, telegram->text);
    if (telegram->crc == DSMR_CRC_OK)
        must(telegram->crc_computed == telegram->crc_sent);
    if (telegram->status != DSMR_ERR_GARBAGE && telegram->status != DSMR_ERR_HDLC)
        decode(&reader->digest, telegram, &reader->channels);
}

static void take_all(struct reader *reader)
{
    struct dsmr_telegram telegram;
    enum dsmr_status status;
    while ((status = dsmr_framer_next(&reader->framer, &telegram)) != DSMR_MORE) {
        must(status == telegram.status);
        take(reader, &telegram);
    }
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

/* Reads the input whole, or in pieces: the byte that a piece starts with is its size. */
static uint64_t read_all(const uint8_t *bytes, size_t size, bool whole, size_t capacity)
{
    struct reader reader = {.buffer = malloc(capacity > 0 ? capacity : 1)};
    must(reader.buffer != NULL);
    dsmr_framer_init(&reader.framer, reader.buffer, capacity);
    dsmr_channels_init(&reader.channels);
    for (size_t at = 0; at < size;) {
        size_t piece = whole ? size : (size_t)bytes[at] + 1;
        piece = piece < size - at ? piece : size - at;
        push(&reader, bytes + at, piece);
        at += piece;
    }
    dsmr_framer_flush(&reader.framer, true);
    take_all(&reader);
    must(!dsmr_framer_open(&reader.framer));
    must(reader.end <= size);
    free(reader.buffer);
    return reader.digest.sum;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    uint64_t whole = read_all(bytes, size, true, DSMR_TELEGRAM_MAX);
    must(read_all(bytes, size, false, DSMR_TELEGRAM_MAX) == whole);
    /* With a small buffer the result is another, but not by the pieces. */
    size_t capacity = size > 0 ? bytes[size - 1] : 0;
    must(read_all(bytes, size, true, capacity) == read_all(bytes, size, false, capacity));
    return 0;
}
