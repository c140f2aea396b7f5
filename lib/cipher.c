/* SPDX-License-Identifier: MIT */
/*
 * Encrypted telegrams: general-glo-ciphering of IEC 62056-5-3.
 *
 *     DB 08 title[8] length 20|30 counter[4] encrypted[…] tag[12]
 *
 * The length counts everything behind itself and may come in any form of BER. With security byte 30
 * there is a tag, which covers the security byte and the authentication key beside the telegram.
 * Nothing separates frames, and what is encrypted can look like the beginning of another; three bytes
 * of each are certain, and only the tag or the CRC inside proves it.
 */
#include "internal.h"

#include "characters.h"
#include "search.h"

#include <string.h>

enum {
    TITLE = 2,             /* where the system title is */
    LENGTH = TITLE + 8,    /* where the length is */
    COUNTER = 4,           /* bytes */
    SECURED = 1 + COUNTER, /* bytes between the length and what is encrypted */
    ENCRYPTED_ONLY = 0x20, /* security bytes */
    WITH_TAG = 0x30,
    LENGTH_BYTES_MAX = 4,
};

_Static_assert(LENGTH - TITLE == DSMR_TITLE_SIZE, "a title");

static uint8_t byte(const char *at, size_t place)
{
    return (uint8_t)at[place];
}

/* Reads the length. *end receives the place behind it. */
static enum frame_finding read_length(const char *at, size_t size, size_t *length, size_t *end)
{
    if (size <= LENGTH)
        return FRAME_UNSURE;
    uint8_t first = byte(at, LENGTH);
    size_t bytes = first & 0x7F;
    *length = first;
    *end = LENGTH + 1;
    if (first < 0x80)
        return FRAME_FOUND;
    if (bytes == 0 || bytes > LENGTH_BYTES_MAX)
        return FRAME_NONE;
    *length = 0;
    for (; bytes > 0; bytes--, ++*end) {
        if (*end == size)
            return FRAME_UNSURE;
        *length = *length << 8 | byte(at, *end);
        if (*length > DSMR_FRAME_MAX)
            return FRAME_NONE;
    }
    return FRAME_FOUND;
}

enum frame_finding frame_look(const char *at, size_t size, struct frame *frame)
{
    size_t length = 0;
    size_t end = 0;
    if ((size > 0 && byte(at, 0) != FRAME_START) || (size > 1 && byte(at, 1) != DSMR_TITLE_SIZE))
        return FRAME_NONE;
    enum frame_finding finding = read_length(at, size, &length, &end);
    if (finding != FRAME_FOUND)
        return finding;
    if (end == size)
        return FRAME_UNSURE;
    uint8_t security = byte(at, end);
    frame->tagged = security == WITH_TAG;
    size_t overhead = SECURED + (frame->tagged ? (size_t)DSMR_TAG_SIZE : 0);
    if ((security != ENCRYPTED_ONLY && !frame->tagged) || length <= overhead)
        return FRAME_NONE;
    if (size < end + SECURED)
        return FRAME_UNSURE;
    frame->header = end + SECURED;
    frame->text = length - overhead;
    frame->size = end + length;
    return FRAME_FOUND;
}

enum dsmr_status dsmr_frame_look(const void *at, size_t size, size_t *frame_size)
{
    struct frame frame;
    enum frame_finding finding = frame_look(at, size, &frame);
    if (finding == FRAME_FOUND)
        *frame_size = frame.size;
    return finding == FRAME_FOUND    ? DSMR_OK
           : finding == FRAME_UNSURE ? DSMR_MORE
                                     : DSMR_ERR_GARBAGE;
}

/* What stands in front of the '/' is no news; with a wrong key there is no '/'. */
static bool find_telegram(const char *plain, size_t size, struct dsmr_text *found)
{
    size_t slash = 0;
    while (slash < size && (is_line_end(plain[slash]) || plain[slash] == '\0'))
        slash++;
    *found = (struct dsmr_text){plain + slash, size - slash};
    return found->size >= 4 && found->at[0] == '/' && three_letters(found->at + 1);
}

/* title and counter, as they stand in the header */
static void set_nonce(const char *at, const struct frame *frame, uint8_t nonce[DSMR_NONCE_SIZE])
{
    memcpy(nonce, at + TITLE, DSMR_TITLE_SIZE);
    memcpy(nonce + DSMR_TITLE_SIZE, at + frame->header - COUNTER, COUNTER);
}

static void describe(const char *at, const struct frame *frame, struct dsmr_telegram *telegram)
{
    const char *counter = at + frame->header - COUNTER;
    telegram->protection = DSMR_ENCRYPTED;
    telegram->tagged = frame->tagged;
    telegram->title = (struct dsmr_text){at + TITLE, DSMR_TITLE_SIZE};
    telegram->counter = (uint32_t)byte(counter, 0) << 24 | (uint32_t)byte(counter, 1) << 16 |
                        (uint32_t)byte(counter, 2) << 8 | byte(counter, 3);
}

enum dsmr_status frame_open(const struct dsmr_cipher *cipher, const char *at,
                            const struct frame *frame, struct dsmr_telegram *telegram,
                            struct dsmr_text *plain)
{
    uint8_t nonce[DSMR_NONCE_SIZE];
    uint8_t aad[1 + DSMR_KEY_SIZE] = {WITH_TAG};
    describe(at, frame, telegram);
    if (!cipher)
        return DSMR_ERR_KEY;
    if (frame->text > cipher->size)
        return DSMR_ERR_SPACE;
    set_nonce(at, frame, nonce);
    struct dsmr_gcm message = {
        .nonce = nonce,
        .in = (const uint8_t *)at + frame->header,
        .size = frame->text,
    };
    bool check = frame->tagged && cipher->authenticate;
    if (check) {
        memcpy(aad + 1, cipher->authentication_key, DSMR_KEY_SIZE);
        message.tag = message.in + message.size;
        message.aad = aad;
        message.aad_size = sizeof aad;
        if (cipher->decrypt(cipher->context, &message, (uint8_t *)cipher->plain)) {
            telegram->protection = DSMR_AUTHENTICATED;
            return find_telegram(cipher->plain, frame->text, plain) ? DSMR_OK : DSMR_ERR_DECRYPT;
        }
        message.tag = NULL; /* to tell a wrong key from a wrong tag */
        message.aad = NULL;
        message.aad_size = 0;
    }
    bool fits = cipher->decrypt(cipher->context, &message, (uint8_t *)cipher->plain) &&
                find_telegram(cipher->plain, frame->text, plain);
    if (!fits)
        return DSMR_ERR_DECRYPT;
    return check ? DSMR_ERR_TAG : DSMR_OK;
}

size_t frame_find_whole(const struct dsmr_cipher *cipher, const char *at, size_t size)
{
    struct dsmr_telegram telegram;
    struct dsmr_text plain;
    struct frame frame;
    size_t place = 0;
    while ((place = find_frame(at, place + 1, size)) < size) {
        size_t rest = size - place;
        if (frame_look(at + place, rest, &frame) != FRAME_FOUND || frame.size > rest)
            continue;
        if (cipher ? frame_open(cipher, at + place, &frame, &telegram, &plain) == DSMR_OK
                   : frame.size == rest)
            return place;
    }
    return 0;
}
