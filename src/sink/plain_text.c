/* SPDX-License-Identifier: MIT */
#include "sink/plain_text.h"

enum { DECODED_MAX = DSMR_TELEGRAM_MAX / 2 };

static bool is_control(unsigned char byte)
{
    return byte < 0x20 || (byte >= 0x7F && byte < 0xA0);
}

static struct dsmr_text trim(struct dsmr_text text)
{
    while (text.size > 0 && (is_control((unsigned char)*text.at) || *text.at == ' ')) {
        text.at++;
        text.size--;
    }
    while (text.size > 0 &&
           (is_control((unsigned char)text.at[text.size - 1]) || text.at[text.size - 1] == ' '))
        text.size--;
    return text;
}

void plain_text(struct buffer *out, struct dsmr_text text)
{
    text = trim(text);
    buffer_clear(out);
    buffer_add(out, "", 0);
    for (size_t i = 0; i < text.size; i++) {
        unsigned char byte = (unsigned char)text.at[i];
        if (is_control(byte))
            continue;
        char pair[2] = {(char)(0xC0 | byte >> 6), (char)(0x80 | (byte & 0x3F))};
        if (byte < 0x80)
            buffer_add(out, &text.at[i], 1);
        else
            buffer_add(out, pair, sizeof pair);
    }
}

void plain_text_decoded(struct buffer *out, struct dsmr_text text)
{
    char decoded[DECODED_MAX];
    size_t length;
    if (dsmr_hex_decode(text, decoded, sizeof decoded, &length) == DSMR_OK)
        text = (struct dsmr_text){decoded, length};
    plain_text(out, text);
}

size_t plain_text_cut(const struct buffer *text, size_t characters)
{
    size_t size = 0;
    while (size < text->size) {
        bool starts = ((unsigned char)text->at[size] & 0xC0) != 0x80;
        if (starts && characters-- == 0)
            break;
        size++;
    }
    return size;
}
