/* SPDX-License-Identifier: MIT */
#include "cmd/items_recorded.h"

#include "meter/decoded.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

enum { TOLD_MAX = 3 }; /* refused telegrams that are told one by one */

struct recorded {
    const struct recorded_setup *setup;
    struct seen_meters *seen;
    struct dsmr_channels channels;
    struct decoded decoded;
    unsigned long telegrams;
    unsigned long refused;
};

static void refuse(struct recorded *recorded, const struct dsmr_telegram *telegram,
                   const char *reason)
{
    if (recorded->refused++ < TOLD_MAX)
        fprintf(stderr, "dsmr items: %s: telegram %lu at byte %llu refused: %s\n",
                recorded->setup->file, recorded->telegrams, (unsigned long long)telegram->offset,
                reason);
}

static void take(struct recorded *recorded, const struct dsmr_telegram *telegram)
{
    if (telegram->status == DSMR_ERR_GARBAGE)
        return;
    recorded->telegrams++;
    if (telegram->status != DSMR_OK) {
        refuse(recorded, telegram, dsmr_strerror(telegram->status));
        return;
    }
    decoded_read(&recorded->decoded, telegram, &recorded->channels, recorded->setup->zone);
    if (recorded->decoded.count == 0)
        refuse(recorded, telegram, "there is nothing in it");
    seen_take(recorded->seen, recorded->setup->meter, telegram->identification, telegram->crc,
              recorded->decoded.readings, recorded->decoded.count);
}

bool items_read_recorded(const struct recorded_setup *setup, struct seen_meters *seen)
{
    static const size_t piece = 65536;
    struct recorded recorded = {.setup = setup, .seen = seen, .channels = *setup->channels};
    char framed[DSMR_TELEGRAM_MAX];
    char bytes[65536];
    struct dsmr_framer framer;
    struct dsmr_telegram telegram;
    ssize_t count;
    dsmr_framer_init(&framer, framed, sizeof framed);
    do {
        do
            count = read(setup->fd, bytes, piece);
        while (count < 0 && errno == EINTR);
        if (count < 0)
            break;
        dsmr_framer_push(&framer, bytes, (size_t)count);
        if (count == 0)
            dsmr_framer_flush(&framer, true);
        while (dsmr_framer_next(&framer, &telegram) != DSMR_MORE)
            take(&recorded, &telegram);
    } while (count > 0);
    int error = errno;
    if (recorded.refused > TOLD_MAX)
        fprintf(stderr, "dsmr items: %s: %lu of %lu telegrams refused\n", setup->file,
                recorded.refused, recorded.telegrams);
    decoded_free(&recorded.decoded);
    errno = error;
    return count == 0;
}
