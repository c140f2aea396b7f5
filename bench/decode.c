/* SPDX-License-Identifier: MIT */
/*
 * How fast libdsmr decodes: telegrams of a simulated household, with values that vary as real ones
 * do, in pieces as a port delivers them; every CRC is checked and every reading is made. The median
 * of seven runs on one core.
 */
#include "core/buffer.h"
#include "dsmr/dsmr.h"
#include "simulate/simulated_meter.h"
#include "simulate/standard.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { TELEGRAMS = 20000, RUNS = 7, PIECE = 4096 };

/* What a run made of the stream: the same each time. */
struct outcome {
    size_t telegrams;
    size_t readings;
    int64_t sum; /* of all numbers, so that nothing is optimised away */
};

static struct buffer simulate(const struct standard *standard)
{
    const struct simulated_setup setup = {
        .standard = standard, .seed = 1, .start = 1700000000, .step_ms = 10000, .devices = ~0U};
    struct simulated_meter *meter = simulated_meter_new(&setup);
    struct buffer stream = {0};
    for (int i = 0; i < TELEGRAMS; i++) {
        struct transmission transmission;
        simulated_meter_next(meter, &transmission);
        buffer_add(&stream, (const char *)transmission.bytes, transmission.size);
    }
    simulated_meter_free(meter);
    return stream;
}

static void take_readings(struct outcome *outcome, const struct dsmr_telegram *telegram,
                          struct dsmr_channels *channels)
{
    struct dsmr_decoder decoder;
    struct dsmr_reading reading;
    enum dsmr_status status;
    dsmr_decode(&decoder, telegram, channels, NULL);
    while ((status = dsmr_decode_next(&decoder, &reading)) != DSMR_END) {
        if (status != DSMR_OK)
            continue;
        outcome->readings++;
        if (reading.type == DSMR_TYPE_NUMBER)
            outcome->sum += reading.number.mantissa;
    }
}

static struct outcome decode(const struct buffer *stream)
{
    static char room[DSMR_TELEGRAM_MAX];
    struct outcome outcome = {0};
    struct dsmr_framer framer;
    struct dsmr_channels channels;
    struct dsmr_telegram telegram;
    dsmr_framer_init(&framer, room, sizeof room);
    dsmr_channels_init(&channels);
    for (size_t at = 0; at < stream->size; at += PIECE) {
        size_t rest = stream->size - at;
        dsmr_framer_push(&framer, stream->at + at, rest < PIECE ? rest : PIECE);
        while (dsmr_framer_next(&framer, &telegram) != DSMR_MORE) {
            if (telegram.status != DSMR_OK)
                continue;
            outcome.telegrams++;
            take_readings(&outcome, &telegram, &channels);
        }
    }
    return outcome;
}

static double seconds_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

static int by_size(const void *left, const void *right)
{
    double a = *(const double *)left;
    double b = *(const double *)right;
    return (a > b) - (a < b);
}

static double median_seconds(const struct buffer *stream, struct outcome *outcome)
{
    double seconds[RUNS];
    for (int run = 0; run < RUNS; run++) {
        double start = seconds_now();
        *outcome = decode(stream);
        seconds[run] = seconds_now() - start;
    }
    qsort(seconds, RUNS, sizeof *seconds, by_size);
    return seconds[RUNS / 2];
}

/* False when a telegram was lost: then there is nothing to be proud of. */
static bool measure(const struct standard *standard)
{
    struct buffer stream = simulate(standard);
    struct outcome outcome;
    double seconds = median_seconds(&stream, &outcome);
    printf("%-10s %5zu bytes %4zu readings %9.0f telegrams/s %6.2f us each %6.0f MB/s\n",
           standard->title, stream.size / TELEGRAMS, outcome.readings / TELEGRAMS,
           TELEGRAMS / seconds, seconds / TELEGRAMS * 1e6, (double)stream.size / seconds * 1e-6);
    buffer_free(&stream);
    if (outcome.telegrams == TELEGRAMS && outcome.sum != 0)
        return true;
    printf("%zu of %d telegrams were decoded\n", outcome.telegrams, TELEGRAMS);
    return false;
}

int main(void)
{
    bool complete = true;
    for (size_t i = 0; standard_at(i) != NULL; i++)
        complete &= measure(standard_at(i));
    return complete ? EXIT_SUCCESS : EXIT_FAILURE;
}
