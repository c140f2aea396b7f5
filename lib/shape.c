/* SPDX-License-Identifier: MIT */
/*
 * Decoding a telegram whose shape is known. That it has the shape is proven first (shape_match.c). Then
 * the lines, groups, units and items are what they were, and of the values only those are read whose
 * digits are not those of the telegram before.
 */
#include "shape.h"

#include <string.h>

#ifndef DSMR_SMALL

/* The caller's room may begin anywhere. */
static void lay_out(struct dsmr_shape *shape)
{
    size_t beyond = (uintptr_t)shape->room % DSMR_SHAPE_LINE;
    shape->bytes = (void *)(shape->room + DSMR_SHAPE_LINE - beyond);
    shape->size = 0;
    shape->turn = 0;
}

void dsmr_shapes_init(struct dsmr_shapes *shapes, struct dsmr_shape *room, size_t count,
                      unsigned processor)
{
    *shapes = (struct dsmr_shapes){.at = room, .count = count, .processor = processor};
    for (size_t i = 0; i < count; i++)
        lay_out(&room[i]);
}

/* ------------------------------------------------------------------------------------------------
 * Its times
 */

/* Of four digits mmss. */
static inline int64_t seconds_of_hour(const char *at)
{
    uint32_t digits = load_4(at) ^ 0x30303030;
    uint32_t pairs = digits * 10 + (digits >> 8);
    return (pairs & 0xFF) * 60 + (pairs >> 16 & 0xFF);
}

/* The first of a day and hour asks the calendar. */
APART static bool read_hour(struct dsmr_shape_time *time, struct dsmr_zone zone, const char *at)
{
    struct dsmr_text whole = {at, time->text.size};
    time->hour_digits = 0; /* which no time has */
    if (dsmr_time_parse(whole, zone, &time->hour) != DSMR_OK)
        return false;
    time->hour_digits = load_8(at);
    time->hour.unix_s -= seconds_of_hour(at + 8);
    return true;
}

/* One of a day and hour that was seen before needs none. */
static inline bool read_time(struct dsmr_shape_time *time, struct dsmr_zone zone, const char *text,
                             int64_t *value)
{
    const char *at = text + time->text.at;
    if (load_8(at) != time->hour_digits && !read_hour(time, zone, at))
        return false;
    *value = time->hour.unix_s + seconds_of_hour(at + 8);
    return true;
}

static inline bool read_times(struct dsmr_shape *shape, const char *text)
{
    for (size_t i = 0; i < shape->time_count; i++)
        if (!read_time(&shape->times[i], shape->zone, text, &shape->bytes->values[TIME_VALUES + i]))
            return false;
    return true;
}

/* ------------------------------------------------------------------------------------------------
 * Its devices
 */

/* The shape holds for channels that were the same when it was learnt: all that stands in front of
 * their newest values. */
static inline bool channels_agree(const struct dsmr_channels *a, const struct dsmr_channels *b)
{
    enum { SIZE = offsetof(struct dsmr_channels, known) + sizeof a->known };
    const char *left = (const char *)a, *right = (const char *)b;
    uint64_t change = 0;
    for (size_t at = 0; at + 8 < SIZE; at += 8)
        change |= load_8(left + at) ^ load_8(right + at);
    change |= load_8(left + SIZE - 8) ^ load_8(right + SIZE - 8);
    return change == 0;
}

static inline bool suits(const struct dsmr_shape *shape, const struct dsmr_channels *channels,
                         const struct dsmr_zone *zone)
{
    bool same_zone = zone == NULL
                         ? shape->own_zone
                         : shape->zone.offset == zone->offset && shape->zone.summer == zone->summer;
    return same_zone && channels_agree(&shape->channels, channels);
}

static inline void update_channels(const struct dsmr_shape *shape, struct dsmr_channels *channels)
{
    for (size_t i = 0; i < shape->time_count; i++)
        if (shape->times[i].channel > 0)
            channels->newest[shape->times[i].channel - 1] =
                (uint32_t)shape->bytes->values[TIME_VALUES + i];
}

APART static struct dsmr_shape *find_other(const struct dsmr_telegram *telegram,
                                           const struct dsmr_channels *channels,
                                           const struct dsmr_zone *zone)
{
    struct dsmr_shapes *shapes = telegram->shapes;
    for (size_t i = 0; i < shapes->count; i++) {
        struct dsmr_shape *shape = &shapes->at[i];
        if (shape->size == telegram->text.size && suits(shape, channels, zone) &&
            shape_meet(shapes->processor, shape, telegram->text.at))
            return shape;
    }
    return NULL;
}

static inline struct dsmr_shape *take(const struct dsmr_telegram *telegram,
                                      const struct dsmr_zone *zone, struct dsmr_channels *channels)
{
    if (telegram->shapes == NULL || telegram->status != DSMR_OK)
        return NULL;
    struct dsmr_shape *shape = telegram->shape;
    if (shape == NULL || telegram->turn != shape->turn || !suits(shape, channels, zone))
        shape = find_other(telegram, channels, zone);
    if (shape == NULL || !read_times(shape, telegram->text.at))
        return NULL;
    update_channels(shape, channels);
    return shape;
}

struct dsmr_shape *shapes_take(const struct dsmr_telegram *telegram, const struct dsmr_zone *zone,
                               struct dsmr_channels *channels)
{
    return take(telegram, zone, channels);
}

/* ------------------------------------------------------------------------------------------------
 * What comes of it
 */

enum dsmr_status dsmr_row_read(struct dsmr_row *row, const struct dsmr_telegram *telegram,
                               struct dsmr_channels *channels, const struct dsmr_zone *zone)
{
    const struct dsmr_shape *shape = take(telegram, zone, channels);
    if (shape == NULL)
        return DSMR_UNKNOWN;
    *row = (struct dsmr_row){shape, shape->bytes->values};
    return DSMR_OK;
}

/* The column's reading with what varies of it, but for its time. */
static inline enum dsmr_status fill(const struct dsmr_column *column, const char *text,
                                    const int64_t *values, struct dsmr_reading *reading)
{
    *reading = column->reading;
    reading->object.line.at = text + column->line.at;
    reading->object.groups.at = text + column->groups.at;
    if (column->text.at != DSMR_COLUMN_NONE)
        reading->text.at = text + column->text.at;
    if (column->value < TIME_VALUES)
        reading->number.mantissa = values[column->value];
    return column->status;
}

APART static enum dsmr_status fill_with_time(const struct dsmr_shape *shape,
                                             const struct dsmr_column *column, const char *text,
                                             struct dsmr_reading *reading)
{
    int64_t value = shape->bytes->values[column->time_value];
    enum dsmr_status status = fill(column, text, shape->bytes->values, reading);
    reading->time = shape->times[column->time_value - TIME_VALUES].hour;
    int64_t behind = value - reading->time.unix_s;
    reading->time.unix_s = value;
    reading->time.minute = (uint8_t)(behind / 60);
    reading->time.second = (uint8_t)(behind % 60);
    return status;
}

/* Another telegram of the shape was met in between: the values are its own. */
APART static enum dsmr_status meet_again(struct dsmr_decoder *decoder, struct dsmr_reading *reading)
{
    struct dsmr_shape *shape = decoder->shape;
    if (shape->size != decoder->size || !shape_meet(DSMR_PORTABLE, shape, decoder->text) ||
        !read_times(shape, decoder->text))
        return DSMR_END;
    decoder->turn = shape->turn;
    return shape_next(decoder, reading);
}

/* Every call is the last thing that is done: then there is nothing to save for it. */
enum dsmr_status shape_next(struct dsmr_decoder *decoder, struct dsmr_reading *reading)
{
    const struct dsmr_shape *shape = decoder->shape;
    const struct dsmr_column *column = decoder->column;
    if (column == decoder->columns_end)
        return DSMR_END;
    if (decoder->turn != shape->turn)
        return meet_again(decoder, reading);
    decoder->column = column + 1;
    if (column->time_value != DSMR_COLUMN_NONE)
        return fill_with_time(shape, column, decoder->text, reading);
    if ((decoder->processor & DSMR_AVX512) != 0)
        return native_fill(column, decoder->text, shape->bytes->values, reading);
    return fill(column, decoder->text, shape->bytes->values, reading);
}

#endif /* DSMR_SMALL */
