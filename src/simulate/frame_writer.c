/* SPDX-License-Identifier: MIT */
#include "simulate/frame_writer.h"

#include "core/aes_gcm.h"
#include "core/memory.h"

#include <stdlib.h>
#include <string.h>

enum { START = 0xDB, ENCRYPTED_ONLY = 0x20, WITH_TAG = 0x30, COUNTER_SIZE = 4 };

struct frame_writer {
    struct aes_gcm *gcm;
    enum length_form length;
    uint32_t counter;
    uint8_t title[DSMR_TITLE_SIZE];
    bool tagged;
    uint8_t aad[1 + DSMR_KEY_SIZE];
};

bool length_form_parse(const char *text, enum length_form *form)
{
    static const char *const names[] = {"shortest", "short", "81", "82", "83", "84"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(text, names[i]) == 0) {
            *form = (enum length_form)i;
            return true;
        }
    return false;
}

struct frame_writer *frame_writer_new(const struct frame_form *form, uint64_t seed)
{
    struct aes_gcm *gcm = aes_gcm_new(form->keys.key);
    if (!gcm)
        return NULL;
    struct frame_writer *writer = memory_new(1, sizeof *writer);
    writer->gcm = gcm;
    writer->length = form->length;
    writer->tagged = form->keys.authenticate;
    memcpy(writer->title, "DSM", 3);
    for (size_t i = 3; i < DSMR_TITLE_SIZE; i++, seed >>= 8)
        writer->title[i] = (uint8_t)seed;
    writer->aad[0] = WITH_TAG;
    memcpy(writer->aad + 1, form->keys.authentication_key, DSMR_KEY_SIZE);
    return writer;
}

static void write_number(uint8_t *out, size_t bytes, uint32_t number)
{
    for (size_t i = bytes; i-- > 0; number >>= 8)
        out[i] = (uint8_t)number;
}

/* Returns the bytes written. */
static size_t write_length(enum length_form form, uint8_t *out, uint32_t length)
{
    size_t needed = length < 0x80 ? 0 : length < 0x100 ? 1 : 2;
    size_t bytes = form > LENGTH_SHORT ? (size_t)(form - LENGTH_SHORT) : 0;
    if (bytes < needed)
        bytes = needed;
    if (bytes > 0)
        *out++ = (uint8_t)(0x80 | bytes);
    write_number(out, bytes > 0 ? bytes : 1, length);
    return bytes + 1;
}

size_t frame_write(struct frame_writer *writer, const char *telegram, size_t size, uint8_t *out)
{
    uint8_t nonce[DSMR_NONCE_SIZE];
    size_t length = 1 + COUNTER_SIZE + size + (writer->tagged ? (size_t)DSMR_TAG_SIZE : 0);
    if (length > DSMR_FRAME_MAX)
        return 0;
    writer->counter++;
    memcpy(nonce, writer->title, sizeof writer->title);
    write_number(nonce + sizeof writer->title, COUNTER_SIZE, writer->counter);
    uint8_t *at = out;
    *at++ = START;
    *at++ = DSMR_TITLE_SIZE;
    memcpy(at, writer->title, sizeof writer->title);
    at += sizeof writer->title;
    at += write_length(writer->length, at, (uint32_t)length);
    *at++ = writer->tagged ? WITH_TAG : ENCRYPTED_ONLY;
    write_number(at, COUNTER_SIZE, writer->counter);
    at += COUNTER_SIZE;
    struct dsmr_gcm message = {
        .nonce = nonce,
        .in = (const uint8_t *)telegram,
        .size = size,
        .aad = writer->aad,
        .aad_size = writer->tagged ? sizeof writer->aad : 0,
    };
    if (!aes_gcm_encrypt(writer->gcm, &message, at, writer->tagged ? at + size : NULL))
        return 0;
    at += size + (writer->tagged ? (size_t)DSMR_TAG_SIZE : 0);
    return (size_t)(at - out);
}

void frame_writer_free(struct frame_writer *writer)
{
    if (!writer)
        return;
    aes_gcm_free(writer->gcm);
    explicit_bzero(writer, sizeof *writer);
    free(writer);
}
