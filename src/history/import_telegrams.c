/* SPDX-License-Identifier: MIT */
/* Recorded telegrams: decoded and guarded as if they came from a port, but by their own clock. */
#include "core/memory.h"
#include "history/calendar.h"
#include "history/importer.h"
#include "meter/decoded.h"
#include "meter/guard.h"

#include <stdlib.h>

enum { PIECE = 65536 };

struct telegrams {
    const struct import_setup *setup;
    struct import_counts *counts;
    struct importer *importer;
    struct dsmr_framer framer;
    struct dsmr_channels channels;
    struct decoded decoded;
    struct guard *guard;
    struct log silent;
    char buffer[DSMR_TELEGRAM_MAX];
    char piece[PIECE];
};

static bool take(struct telegrams *telegrams, const struct dsmr_telegram *telegram, char **error)
{
    const struct dsmr_zone *zone = telegrams->setup->has_zone ? &telegrams->setup->zone : NULL;
    struct decoded *decoded = &telegrams->decoded;
    decoded_read(decoded, telegram, &telegrams->channels, zone);
    if (!decoded->has_time) {
        telegrams->counts->timeless++;
        return true;
    }
    int64_t at = decoded->time.unix_s;
    guard_check(telegrams->guard, decoded, telegram->crc, at * 1000, at * 1000);
    struct readings readings = {
        .meter = telegrams->setup->meter,
        .identification = telegram->identification,
        .at = decoded->readings,
        .count = decoded->count,
        .has_time = true,
        .time = decoded->time,
        .received_ms = at * 1000,
        .crc = telegram->crc,
        .series = guard_series(telegrams->guard),
    };
    return importer_take(telegrams->importer, &readings, at, error);
}

static bool take_all(struct telegrams *telegrams, char **error)
{
    struct dsmr_telegram telegram;
    while (dsmr_framer_next(&telegrams->framer, &telegram) != DSMR_MORE) {
        if (telegram.status != DSMR_OK)
            telegrams->counts->unusable += telegram.status != DSMR_ERR_GARBAGE;
        else if (!take(telegrams, &telegram, error))
            return false;
    }
    return true;
}

static bool read_all(struct telegrams *telegrams, FILE *file, char **error)
{
    long long total = 0;
    long long done = 0;
    size_t size;
    if (fseek(file, 0, SEEK_END) == 0) {
        total = ftell(file);
        rewind(file);
    }
    while ((size = fread(telegrams->piece, 1, PIECE, file)) > 0) {
        dsmr_framer_push(&telegrams->framer, telegrams->piece, size);
        if (!take_all(telegrams, error))
            return false;
        done += (long long)size;
        if (telegrams->setup->progress && total > 0)
            telegrams->setup->progress(telegrams->setup->context, (int)(done * 1000 / total));
    }
    dsmr_framer_flush(&telegrams->framer, true);
    return take_all(telegrams, error) && importer_finish(telegrams->importer, error);
}

bool import_telegrams(const struct import_setup *setup, FILE *file, struct import_counts *counts,
                      char **error)
{
    struct telegrams *telegrams = memory_new(1, sizeof *telegrams);
    telegrams->setup = setup;
    telegrams->counts = counts;
    telegrams->importer = importer_new(setup, STEP_QUARTER, counts);
    telegrams->guard = guard_new(&(struct guard_setup){
        .meter = setup->meter,
        .port = "import",
        .replay = true,
        .limits = {.power = 56, .gas = 40, .water = 30, .heat = 3},
        .log = &telegrams->silent,
    });
    dsmr_framer_init(&telegrams->framer, telegrams->buffer, sizeof telegrams->buffer);
    dsmr_channels_init(&telegrams->channels);
    bool good = read_all(telegrams, file, error);
    guard_free(telegrams->guard);
    importer_free(telegrams->importer);
    decoded_free(&telegrams->decoded);
    free(telegrams);
    return good;
}
