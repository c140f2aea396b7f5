/* SPDX-License-Identifier: MIT */
/*
 * Decoding a telegram whose shape is known. That it has the shape is proven first: every byte is that
 * of the shape, or a digit where the shape has one, small enough for its place in a time. Then the
 * lines, groups and units are what they were, and only the digits are read. The CRC is proven too: it
 * is linear, so each digit adds to that of the shape what it would add alone.
 */
#include "shape.h"

#include "characters.h"

#include <string.h>

#define EACH_BYTE(value) (UINT64_C(0x0101010101010101) * (value))

void dsmr_shapes_init(struct dsmr_shapes *shapes, struct dsmr_shape *room, size_t count,
                      unsigned processor)
{
    *shapes = (struct dsmr_shapes){.at = room, .count = count, .processor = processor};
    for (size_t i = 0; i < count; i++)
        room[i].size = 0;
}

/* ------------------------------------------------------------------------------------------------
 * Does it have the shape?
 */

static bool fixed_bits_agree(const struct dsmr_shape *shape, const char *text)
{
    uint64_t bad = 0;
    size_t at = 0;
    for (; at + 8 <= shape->size; at += 8)
        bad |= (load_8(text + at) ^ load_8(shape->text + at)) &
               load_8((const char *)shape->fixed + at);
    for (; at < shape->size; at++)
        bad |= (uint8_t)(text[at] ^ shape->text[at]) & shape->fixed[at];
    return bad == 0;
}

/* Adds what the digits add; false when one is too large for its place. */
static bool sum_digits(const struct dsmr_shape *shape, const char *text, uint16_t *sum)
{
    uint32_t all = shape->sum, any = 0;
    /* In pairs, as there is a last one that adds nothing. */
    for (size_t i = 0; i < shape->digit_count; i += 2) {
        uint32_t one = shape->digit_sums[i][text[shape->digits[i]] & 15];
        uint32_t other = shape->digit_sums[i + 1][text[shape->digits[i + 1]] & 15];
        all ^= one ^ other;
        any |= one | other;
    }
    *sum = (uint16_t)all;
    return (any & DIGIT_TOO_LARGE) == 0;
}

/* True when text has the shape; *sum is then its CRC. */
static bool has_shape(unsigned processor, const struct dsmr_shape *shape, const char *text,
                      uint16_t *sum)
{
    bool same;
    if (native_match(processor, shape, text, &same, sum))
        return same;
    return fixed_bits_agree(shape, text) && sum_digits(shape, text, sum);
}

/* The CRC as four hexadecimal digits, in whatever case. */
static bool crc_follows(const char *at, uint16_t sum)
{
    for (int shift = 12; shift >= 0; shift -= 4)
        if (hex_digit(*at++) != (sum >> shift & 15))
            return false;
    return true;
}

static bool ends_well(const struct dsmr_shape *shape, struct dsmr_text bytes, uint16_t sum)
{
    const char *end = bytes.at + shape->size;
    if (shape->has_crc)
        return bytes.size >= shape->size + 4 && crc_follows(end, sum);
    return bytes.size > shape->size && is_line_end(*end);
}

static bool recognise(struct dsmr_shapes *shapes, size_t index, struct dsmr_text bytes)
{
    const struct dsmr_shape *shape = &shapes->at[index];
    uint16_t sum;
    bool same = shape->size > 0 && bytes.size > shape->size && bytes.at[shape->size - 1] == '!' &&
                has_shape(shapes->processor, shape, bytes.at, &sum) && ends_well(shape, bytes, sum);
    if (same)
        shapes->latest = index;
    return same;
}

struct dsmr_shape *shapes_recognise(struct dsmr_shapes *shapes, struct dsmr_text bytes)
{
    size_t index = shapes->latest;
    for (size_t tried = 0; tried < shapes->count; tried++) {
        if (recognise(shapes, index, bytes))
            return &shapes->at[index];
        index = index + 1 < shapes->count ? index + 1 : 0;
    }
    return NULL;
}

/* ------------------------------------------------------------------------------------------------
 * Its digits
 */

/* The number that eight bytes of value 0 … 9 are: neighbours are joined, then pairs, then fours. */
static uint64_t join_eight(uint64_t digits)
{
    const uint64_t pairs = UINT64_C(0x000000FF000000FF);
    digits = digits * 10 + (digits >> 8);
    uint64_t first = (digits & pairs) * (100 + (UINT64_C(1000000) << 32));
    uint64_t second = (digits >> 16 & pairs) * (1 + (UINT64_C(10000) << 32));
    return (first + second) >> 32;
}

/* Of each half, masks[0] is what stands before a point: it moves up to what stands behind it. */
int64_t shape_read_number(const struct dsmr_shape_number *number, const char *text)
{
    uint64_t value = 0;
    for (size_t half = number->first_half; half < 2; half++) {
        const uint64_t *masks = number->masks[half];
        uint64_t digits = load_8(text + number->at + 8 * half) ^ EACH_BYTE('0');
        digits = (digits & masks[0]) << 8 | (digits & masks[1]);
        value = value * number->low_scale + join_eight(digits);
    }
    return number->negative ? -(int64_t)value : (int64_t)value;
}

static int64_t two_digits(const char *at)
{
    return (at[0] - '0') * 10 + (at[1] - '0');
}

/* A time of a day and hour that was seen before needs no calendar. */
static bool read_time(struct dsmr_shape_time *time, struct dsmr_zone zone, const char *text)
{
    const char *at = text + time->text.at;
    uint64_t hour_digits = load_8(at);
    int64_t behind = two_digits(at + 8) * 60 + two_digits(at + 10);
    if (!time->known || hour_digits != time->hour_digits) {
        struct dsmr_text whole = {at, time->text.size};
        time->known = dsmr_time_parse(whole, zone, &time->hour) == DSMR_OK;
        time->hour_digits = hour_digits;
        time->hour.unix_s -= behind;
    }
    time->latest = time->hour.unix_s + behind;
    return time->known;
}

static bool read_times(struct dsmr_shape *shape, const char *text)
{
    for (size_t i = 0; i < shape->time_count; i++)
        if (!read_time(&shape->times[i], shape->zone, text))
            return false;
    return true;
}

/* ------------------------------------------------------------------------------------------------
 * Its devices
 */

/* The shape holds for channels that were the same when it was learnt. */
static bool channels_agree(const struct dsmr_channels *a, const struct dsmr_channels *b)
{
    return memcmp(a->configured, b->configured, sizeof a->configured) == 0 &&
           memcmp(a->kind, b->kind, sizeof a->kind) == 0 &&
           memcmp(a->chosen, b->chosen, sizeof a->chosen) == 0;
}

static bool suits(const struct dsmr_shape *shape, const struct dsmr_channels *channels,
                  const struct dsmr_zone *zone)
{
    bool same_zone = zone == NULL
                         ? shape->own_zone
                         : shape->zone.offset == zone->offset && shape->zone.summer == zone->summer;
    return same_zone && channels_agree(&shape->channels, channels);
}

static void update_channels(const struct dsmr_shape *shape, struct dsmr_channels *channels)
{
    for (size_t i = 0; i < shape->time_count; i++)
        if (shape->times[i].channel > 0)
            channels->newest[shape->times[i].channel] = (uint32_t)shape->times[i].latest;
}

static struct dsmr_shape *find_suitable(const struct dsmr_telegram *telegram,
                                        const struct dsmr_channels *channels,
                                        const struct dsmr_zone *zone)
{
    struct dsmr_shapes *shapes = telegram->shapes;
    uint16_t sum;
    if (telegram->shape != NULL && suits(telegram->shape, channels, zone))
        return telegram->shape;
    for (size_t i = 0; i < shapes->count; i++) {
        struct dsmr_shape *shape = &shapes->at[i];
        if (shape->size == telegram->text.size && suits(shape, channels, zone) &&
            has_shape(shapes->processor, shape, telegram->text.at, &sum))
            return shape;
    }
    return NULL;
}

struct dsmr_shape *shapes_take(const struct dsmr_telegram *telegram, const struct dsmr_zone *zone,
                               struct dsmr_channels *channels)
{
    if (telegram->shapes == NULL || telegram->status != DSMR_OK)
        return NULL;
    struct dsmr_shape *shape = find_suitable(telegram, channels, zone);
    if (shape == NULL || !read_times(shape, telegram->text.at))
        return NULL;
    update_channels(shape, channels);
    return shape;
}

/* ------------------------------------------------------------------------------------------------
 * What comes of it
 */

enum dsmr_status dsmr_row_read(struct dsmr_row *row, const struct dsmr_telegram *telegram,
                               struct dsmr_channels *channels, const struct dsmr_zone *zone)
{
    const struct dsmr_shape *shape = shapes_take(telegram, zone, channels);
    if (shape == NULL)
        return DSMR_UNKNOWN;
    const char *text = telegram->text.at;
    row->shape = shape;
    if (!native_read_numbers(telegram->shapes->processor, shape, text, row->values))
        for (size_t i = 0; i < shape->number_count; i++)
            row->values[i] = shape_read_number(&shape->numbers[i], text);
    for (size_t i = 0; i < shape->time_count; i++)
        row->values[TIME_VALUES + i] = shape->times[i].latest;
    return DSMR_OK;
}

/* The moment that was read last. */
static void tell_time(const struct dsmr_shape_time *read, struct dsmr_time *time)
{
    *time = read->hour;
    int64_t behind = read->latest - time->unix_s;
    time->unix_s = read->latest;
    time->minute = (uint8_t)(behind / 60);
    time->second = (uint8_t)(behind % 60);
}

enum dsmr_status shape_next(struct dsmr_decoder *decoder, struct dsmr_reading *reading)
{
    const struct dsmr_shape *shape = decoder->shape;
    const char *text = decoder->text;
    if (decoder->column == shape->count)
        return DSMR_END;
    const struct dsmr_column *column = &shape->columns[decoder->column++];
    *reading = column->reading;
    reading->object.line.at = text + column->line.at;
    reading->object.groups.at = text + column->groups.at;
    if (column->text.at != DSMR_COLUMN_NONE)
        reading->text.at = text + column->text.at;
    if (column->value < TIME_VALUES)
        reading->number.mantissa = shape_read_number(&shape->numbers[column->value], text);
    if (column->time_value != DSMR_COLUMN_NONE)
        tell_time(&shape->times[column->time_value - TIME_VALUES], &reading->time);
    return column->status;
}
