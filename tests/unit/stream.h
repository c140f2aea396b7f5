/* SPDX-License-Identifier: MIT */
/*
 * What the framer makes of a stream of bytes, as one line of text that a test can compare:
 *     good AAA5A @0+25; garbage @25+7; cut BBB5B @32+40
 * with the offset and, behind the plus, the size of the text or the bytes that were skipped. Every
 * stream is pushed in pieces of several sizes, as the result must not depend on them.
 */
#ifndef DSMR_TESTS_STREAM_H
#define DSMR_TESTS_STREAM_H

#include "dsmr/dsmr.h"
#include "tap.h"

#include <stdlib.h>

struct stream {
    char events[65536];
    size_t length;
    struct dsmr_framer framer;
    char buffer[DSMR_TELEGRAM_MAX];
};

static struct stream stream;

/* With which streams are decrypted; NULL without a key. */
static const struct dsmr_cipher *stream_cipher;

static inline const char *stream_word(const struct dsmr_telegram *telegram)
{
    switch (telegram->status) {
    case DSMR_OK:
        if (telegram->protection != DSMR_PLAIN)
            return telegram->protection == DSMR_AUTHENTICATED ? "proved" : "opened";
        return telegram->crc == DSMR_CRC_OK ? "right" : "good";
    case DSMR_ERR_CRC:
        return "wrong";
    case DSMR_ERR_CUT:
        return "cut";
    case DSMR_ERR_TOO_LONG:
        return "long";
    case DSMR_ERR_GARBAGE:
        return "garbage";
    case DSMR_ERR_HDLC:
        return "hdlc";
    case DSMR_ERR_KEY:
        return "locked";
    case DSMR_ERR_DECRYPT:
        return "unreadable";
    case DSMR_ERR_TAG:
        return "unproved";
    case DSMR_ERR_SPACE:
        return "large";
    default:
        return "?";
    }
}

static inline void stream_note(const struct dsmr_telegram *telegram)
{
    bool refused = telegram->status != DSMR_OK;
    size_t size = refused ? (size_t)telegram->skipped : telegram->text.size;
    const char *semicolon = stream.length > 0 ? "; " : "";
    const char *blank = telegram->identification.size > 0 ? " " : "";
    int printed = snprintf(stream.events + stream.length, sizeof stream.events - stream.length,
                           "%s%s%s%.*s @%llu+%zu", semicolon, stream_word(telegram), blank,
                           (int)telegram->identification.size, telegram->identification.at,
                           (unsigned long long)telegram->offset, size);
    stream.length += (size_t)printed;
    if (stream.length >= sizeof stream.events)
        stream.length = sizeof stream.events - 1;
}

static inline void stream_start(size_t capacity)
{
    stream.length = 0;
    stream.events[0] = '\0';
    dsmr_framer_init(&stream.framer, stream.buffer, capacity);
    dsmr_framer_decrypt(&stream.framer, stream_cipher);
}

static inline void stream_take_all(void)
{
    struct dsmr_telegram telegram;
    while (dsmr_framer_next(&stream.framer, &telegram) != DSMR_MORE)
        stream_note(&telegram);
}

/* The piece goes out from memory of exactly its size, so that a sanitizer sees a read beyond it. */
static inline void stream_push(const char *bytes, size_t size)
{
    char *piece = malloc(size > 0 ? size : 1);
    if (!piece)
        abort();
    memcpy(piece, bytes, size);
    dsmr_framer_push(&stream.framer, piece, size);
    stream_take_all();
    free(piece);
}

static inline void stream_flush(bool end)
{
    dsmr_framer_flush(&stream.framer, end);
    stream_take_all();
}

/* The whole of a stream in pieces, and its end. */
static inline const char *stream_events(const char *bytes, size_t size, size_t piece,
                                        size_t capacity)
{
    stream_start(capacity);
    for (size_t at = 0; at < size; at += piece)
        stream_push(bytes + at, size - at < piece ? size - at : piece);
    stream_flush(true);
    return stream.events;
}

static inline void stream_check(const char *bytes, size_t size, size_t capacity, const char *want,
                                const char *file, int line)
{
    static const size_t pieces[] = {SIZE_MAX, 1, 2, 3, 7, 64, 1000};
    for (size_t i = 0; i < sizeof pieces / sizeof pieces[0]; i++) {
        size_t piece = pieces[i] < size ? pieces[i] : size;
        const char *got = stream_events(bytes, size, piece > 0 ? piece : 1, capacity);
        if (strcmp(got, want) != 0)
            printf("# in pieces of %zu bytes:\n", piece);
        tap_same_text(got, strlen(got), want, file, line);
    }
}

/* Text of a literal, which may hold NULs. */
#define EVENTS(literal, want)                                                                      \
    stream_check(literal, sizeof literal - 1, DSMR_TELEGRAM_MAX, want, __FILE__, __LINE__)
#define EVENTS_OF(bytes, size, want)                                                               \
    stream_check(bytes, size, DSMR_TELEGRAM_MAX, want, __FILE__, __LINE__)

#endif
