/* SPDX-License-Identifier: MIT */
/* Encrypted telegrams for tests: frames with invented keys, and what looks like one by chance. */
#ifndef DSMR_TESTS_FRAMES_H
#define DSMR_TESTS_FRAMES_H

#include "core/aes_gcm.h"
#include "core/decryption.h"
#include "simulate/frame_writer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FRAMES_KEY "000102030405060708090A0B0C0D0E0F"
#define FRAMES_OTHER_KEY "000102030405060708090A0B0C0D0E10"
#define FRAMES_AUTHKEY "00112233445566778899AABBCCDDEEFF"
#define FRAMES_OTHER_AUTHKEY "00112233445566778899AABBCCDDEEFE"

/* authkey may be NULL. */
static inline struct decryption_keys frames_keys(const char *key, const char *authkey)
{
    struct decryption_keys keys = {0};
    keys.present = decryption_key_parse(key, keys.key);
    keys.authenticate = authkey && decryption_key_parse(authkey, keys.authentication_key);
    if (!keys.present || (authkey && !keys.authenticate))
        abort();
    return keys;
}

/* Frames one behind the other. Zeroed to begin with, but for form. */
struct frames {
    struct frame_form form;
    struct frame_writer *writer;
    uint8_t bytes[65536];
    size_t size;
    size_t last; /* where the last one begins */
};

static inline void frames_start(struct frames *frames, const char *authkey, enum length_form length)
{
    frames->form = (struct frame_form){frames_keys(FRAMES_KEY, authkey), length};
    frames->writer = frame_writer_new(&frames->form, 0x1234);
    frames->size = 0;
    frames->last = 0;
    if (!frames->writer)
        abort();
}

static inline void frames_end(struct frames *frames)
{
    frame_writer_free(frames->writer);
    frames->writer = NULL;
}

static inline void frames_add_bytes(struct frames *frames, const void *bytes, size_t size)
{
    if (size > sizeof frames->bytes - frames->size)
        abort();
    frames->last = frames->size;
    memcpy(frames->bytes + frames->size, bytes, size);
    frames->size += size;
}

static inline void frames_add(struct frames *frames, const char *telegram, size_t size)
{
    if (size + FRAME_WRITER_OVERHEAD > sizeof frames->bytes - frames->size)
        abort();
    frames->last = frames->size;
    size_t written = frame_write(frames->writer, telegram, size, frames->bytes + frames->size);
    if (written == 0)
        abort();
    frames->size += written;
}

/* A telegram with this identification and one line for the value, and its CRC. Returns its size. */
static inline size_t frames_telegram(char *out, size_t size, const char *identification,
                                     const char *value, size_t value_size)
{
    size_t used = (size_t)snprintf(out, size, "/%s\r\n\r\n0-0:96.13.0(", identification);
    memcpy(out + used, value, value_size);
    used += value_size;
    used += (size_t)snprintf(out + used, size - used, ")\r\n!");
    uint16_t crc = dsmr_crc16(0, out, used);
    return used + (size_t)snprintf(out + used, size - used, "%04X\r\n", crc);
}

#endif
