/* SPDX-License-Identifier: MIT */
/*
 * There are several ways through the library: the exact one, and with shapes in plain C or in the
 * processor's own instructions, reading by reading or as rows. Here a stream goes through all of them
 * side by side, and they must never differ. For the unit test and the fuzzer.
 */
#ifndef DSMR_TESTS_DECODING_PATHS_H
#define DSMR_TESTS_DECODING_PATHS_H

#include "dsmr/dsmr.h"

#include <stdio.h>
#include <string.h>

enum { PATHS = 3, PATH_SHAPES = 3 };

/* One way through. */
struct path {
    struct dsmr_framer framer;
    struct dsmr_channels channels;
    struct dsmr_shapes shapes;
    struct dsmr_shape room[PATH_SHAPES];
    char buffer[DSMR_TELEGRAM_MAX];
};

struct paths {
    struct path exact, readings[PATHS], rows[PATHS], channels[PATHS];
    size_t count;         /* of the ways with shapes that this processor can go */
    size_t known;         /* rows that were read by a shape */
    const char *disagree; /* what differs, or NULL */
};

static void path_open(struct path *path, unsigned processor, bool shapes)
{
    dsmr_framer_init(&path->framer, path->buffer, sizeof path->buffer);
    path->framer.processor = (uint8_t)processor;
    dsmr_channels_init(&path->channels);
    dsmr_shapes_init(&path->shapes, path->room, PATH_SHAPES, processor);
    if (shapes)
        dsmr_framer_remember(&path->framer, &path->shapes);
}

static void paths_open(struct paths *paths)
{
    static const unsigned processors[PATHS] = {DSMR_PORTABLE, DSMR_CLMUL, DSMR_CLMUL | DSMR_AVX512};
    unsigned found = dsmr_processor();
    paths->count = paths->known = 0;
    paths->disagree = NULL;
    path_open(&paths->exact, DSMR_PORTABLE, false);
    for (size_t i = 0; i < PATHS; i++) {
        if ((processors[i] & ~found) != 0)
            continue;
        path_open(&paths->readings[paths->count], processors[i], true);
        path_open(&paths->rows[paths->count], processors[i], true);
        path_open(&paths->channels[paths->count++], processors[i], true);
    }
}

static bool path_same_text(struct dsmr_text a, struct dsmr_text b)
{
    return a.size == b.size && (a.size == 0 || memcmp(a.at, b.at, a.size) == 0);
}

static bool path_same_time(const struct dsmr_time *a, const struct dsmr_time *b)
{
    return a->unix_s == b->unix_s && a->offset == b->offset && a->year == b->year &&
           a->month == b->month && a->day == b->day && a->hour == b->hour &&
           a->minute == b->minute && a->second == b->second && a->season == b->season;
}

static bool path_same_reading(const struct dsmr_reading *a, const struct dsmr_reading *b)
{
    return a->item == b->item &&
           memcmp(&a->object.obis, &b->object.obis, sizeof a->object.obis) == 0 &&
           path_same_text(a->object.line, b->object.line) &&
           path_same_text(a->object.groups, b->object.groups) && path_same_text(a->text, b->text) &&
           (a->text.at == NULL) == (b->text.at == NULL) && a->channel == b->channel &&
           a->rank == b->rank && a->superseded == b->superseded && a->has_time == b->has_time &&
           a->type == b->type && a->number.mantissa == b->number.mantissa &&
           a->number.decimals == b->number.decimals && a->unit == b->unit &&
           a->worded == b->worded &&
           ((a->type != DSMR_TYPE_TIME && !a->has_time) || path_same_time(&a->time, &b->time));
}

static bool path_same_channels(const struct dsmr_channels *a, const struct dsmr_channels *b)
{
    return memcmp(a->known, b->known, sizeof a->known) == 0 &&
           memcmp(a->newest, b->newest, sizeof a->newest) == 0;
}

static bool path_same_telegram(const struct dsmr_telegram *a, const struct dsmr_telegram *b)
{
    return a->status == b->status && a->crc == b->crc && a->crc_sent == b->crc_sent &&
           a->crc_computed == b->crc_computed && a->offset == b->offset &&
           a->skipped == b->skipped && path_same_text(a->text, b->text) &&
           path_same_text(a->sent, b->sent) && path_same_text(a->identification, b->identification);
}

static void path_compare_readings(struct paths *paths, const struct dsmr_telegram *exact,
                                  struct dsmr_channels channels, const struct dsmr_telegram *other,
                                  struct path *path)
{
    struct dsmr_decoder a, b;
    struct dsmr_reading wanted, got;
    enum dsmr_status status;
    dsmr_decode(&a, exact, &channels, NULL);
    dsmr_decode(&b, other, &path->channels, NULL);
    do {
        status = dsmr_decode_next(&a, &wanted);
        if (dsmr_decode_next(&b, &got) != status)
            paths->disagree = "the status of a reading";
        else if (status != DSMR_END && !path_same_reading(&wanted, &got))
            paths->disagree = "a reading";
    } while (status != DSMR_END && !paths->disagree);
    if (!path_same_channels(&channels, &path->channels))
        paths->disagree = "the channels";
}

static bool path_fits_column(const struct dsmr_row *row, const struct dsmr_column *column,
                             const struct dsmr_reading *wanted)
{
    const struct dsmr_reading *known = &column->reading;
    int64_t value = column->value == DSMR_COLUMN_NONE ? 0 : row->values[column->value];
    if (known->item != wanted->item || known->channel != wanted->channel ||
        known->unit != wanted->unit || known->number.decimals != wanted->number.decimals ||
        known->superseded != wanted->superseded)
        return false;
    if (column->time_value != DSMR_COLUMN_NONE &&
        row->values[column->time_value] != wanted->time.unix_s)
        return false;
    if (wanted->type == DSMR_TYPE_TIME)
        return (column->value == DSMR_COLUMN_NONE ? known->time.unix_s : value) ==
               wanted->time.unix_s;
    if (wanted->type == DSMR_TYPE_NUMBER)
        return (column->value == DSMR_COLUMN_NONE ? known->number.mantissa : value) ==
               wanted->number.mantissa;
    return true;
}

static void path_compare_row(struct paths *paths, const struct dsmr_telegram *exact,
                             struct dsmr_channels channels, const struct dsmr_telegram *other,
                             struct path *path)
{
    static struct dsmr_row row;
    struct dsmr_decoder decoder;
    struct dsmr_reading wanted;
    enum dsmr_status status;
    size_t count = 0;
    if (dsmr_row_read(&row, other, &path->channels, NULL) != DSMR_OK) {
        path_compare_readings(paths, exact, channels, other, path);
        return;
    }
    paths->known++;
    dsmr_decode(&decoder, exact, &channels, NULL);
    while ((status = dsmr_decode_next(&decoder, &wanted)) != DSMR_END && !paths->disagree) {
        if (count == row.shape->count || row.shape->columns[count].status != status)
            paths->disagree = "the columns of a row";
        else if (status == DSMR_OK && !path_fits_column(&row, &row.shape->columns[count], &wanted))
            paths->disagree = "a value of a row";
        count++;
    }
    if (!paths->disagree && count != row.shape->count)
        paths->disagree = "the number of columns";
    if (!path_same_channels(&channels, &path->channels))
        paths->disagree = "the channels of a row";
}

/* Channels alone, without a reading. */
static void path_compare_channels(struct paths *paths, const struct dsmr_telegram *exact,
                                  struct dsmr_channels channels, const struct dsmr_telegram *other,
                                  struct path *path)
{
    struct dsmr_decoder decoder;
    dsmr_decode(&decoder, exact, &channels, NULL);
    dsmr_channels_learn(&path->channels, other, NULL);
    if (!path_same_channels(&channels, &path->channels))
        paths->disagree = "the channels that were learnt";
}

enum way { BY_READINGS, BY_ROWS, BY_CHANNELS, WAYS };

/* The next telegram on every way. False when all of the piece is used up. */
static bool paths_next(struct paths *paths)
{
    static void (*const compare[WAYS])(struct paths *, const struct dsmr_telegram *,
                                       struct dsmr_channels, const struct dsmr_telegram *,
                                       struct path *) = {path_compare_readings, path_compare_row,
                                                         path_compare_channels};
    struct dsmr_telegram exact, other;
    enum dsmr_status status = dsmr_framer_next(&paths->exact.framer, &exact);
    struct dsmr_channels before = paths->exact.channels;
    for (size_t i = 0; i < WAYS * paths->count && !paths->disagree; i++) {
        enum way way = (enum way)(i / paths->count);
        struct path *const ways[WAYS] = {paths->readings, paths->rows, paths->channels};
        struct path *path = &ways[way][i % paths->count];
        if (dsmr_framer_next(&path->framer, &other) != status)
            paths->disagree = "the status of a telegram";
        else if (status == DSMR_MORE)
            continue;
        else if (!path_same_telegram(&exact, &other))
            paths->disagree = "a telegram";
        else if (status == DSMR_OK)
            compare[way](paths, &exact, before, &other, path);
    }
    if (status == DSMR_OK) {
        struct dsmr_decoder decoder;
        dsmr_decode(&decoder, &exact, &paths->exact.channels, NULL);
    }
    return status != DSMR_MORE && !paths->disagree;
}

static void paths_push(struct paths *paths, const char *bytes, size_t size)
{
    dsmr_framer_push(&paths->exact.framer, bytes, size);
    for (size_t i = 0; i < paths->count; i++) {
        dsmr_framer_push(&paths->readings[i].framer, bytes, size);
        dsmr_framer_push(&paths->rows[i].framer, bytes, size);
        dsmr_framer_push(&paths->channels[i].framer, bytes, size);
    }
    while (paths_next(paths))
        ;
}

#endif
