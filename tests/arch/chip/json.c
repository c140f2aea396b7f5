/* SPDX-License-Identifier: MIT */
#include "json.h"

#include "meter/decoded.h"
#include "meter/telegram_json.h"

struct stream {
    struct buffer *out;
    struct dsmr_framer framer;
    struct dsmr_channels channels;
    struct decoded decoded;
};

static void take(struct stream *stream)
{
    struct dsmr_telegram telegram;
    while (dsmr_framer_next(&stream->framer, &telegram) != DSMR_MORE) {
        if (telegram.status == DSMR_ERR_GARBAGE)
            continue;
        bool good = telegram.status == DSMR_OK;
        if (good)
            decoded_read(&stream->decoded, &telegram, &stream->channels, NULL);
        telegram_json(stream->out, &telegram, good ? &stream->decoded : NULL);
        buffer_add(stream->out, "\n", 1);
    }
}

void json_of_stream(struct buffer *out, const char *bytes, size_t size, size_t piece,
                    const struct dsmr_cipher *cipher)
{
    static char buffer[DSMR_TELEGRAM_MAX];
    struct stream stream = {.out = out};
    dsmr_framer_init(&stream.framer, buffer, sizeof buffer);
    dsmr_framer_decrypt(&stream.framer, cipher);
    dsmr_channels_init(&stream.channels);
    for (size_t at = 0; at < size; at += piece) {
        dsmr_framer_push(&stream.framer, bytes + at, size - at < piece ? size - at : piece);
        take(&stream);
    }
    dsmr_framer_flush(&stream.framer, true);
    take(&stream);
    decoded_free(&stream.decoded);
}
