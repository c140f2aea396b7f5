/* SPDX-License-Identifier: MIT */
/*
 * Learning a shape from a telegram that was decoded the ordinary way. A digit may vary where nothing but
 * one number or one time depends on it; every other byte has to stay as it is. What cannot be told
 * so simply is not learnt: two devices of one kind, whose times decide which of them counts; a number
 * that might be taken for a time; a log.
 */
#include "shape.h"

#include "characters.h"
#include "search.h"

#include <string.h>

#ifndef DSMR_SMALL

enum {
    WINDOW = 16, /* bytes that a number must end within */
    TIME_DIGITS = 12,
};

/* What a digit of YYMMDDhhmmss may be at most. */
static const uint8_t time_limits[TIME_DIGITS] = {9, 9, 1, 9, 3, 9, 2, 9, 5, 9, 5, 9};

/* ------------------------------------------------------------------------------------------------
 * When to learn
 */

/* Only what comes a second time; a size tells that well enough. */
static bool seen_before(struct dsmr_shapes *shapes, size_t size)
{
    for (size_t i = 0; i < DSMR_SHAPES_SEEN; i++)
        if (shapes->seen[i] == size)
            return true;
    shapes->seen[shapes->next_seen] = size;
    shapes->next_seen = (shapes->next_seen + 1) % DSMR_SHAPES_SEEN;
    return false;
}

/* Channels whose telegrams say the same again and again. */
static bool settled(const struct dsmr_channels *before, const struct dsmr_channels *after)
{
    if (memcmp(before->known, after->known, sizeof before->known) != 0)
        return false;
    for (unsigned a = 1; a <= DSMR_CHANNELS; a++)
        for (unsigned b = a + 1; b <= DSMR_CHANNELS; b++)
            if (after->known[a].kind != DSMR_KIND_NONE &&
                after->known[a].kind == after->known[b].kind)
                return false;
    return true;
}

/* Nothing inside could be taken for another beginning or end: that would depend on what follows, or on
 * whether four digits happen to be the CRC so far. */
static bool is_whole(struct dsmr_text text)
{
    for (size_t at = 1; (at = find(text.at, at, text.size, '/')) < text.size; at++)
        if (starts_line(text.at, at))
            return false;
    for (size_t at = 1; (at = find(text.at, at, text.size - 1, '!')) < text.size - 1; at++)
        if (text.at[at - 1] == ')' || starts_line(text.at, at))
            return false;
    return true;
}

static size_t behind(const struct dsmr_shapes *shapes, size_t index)
{
    return index + 1 < shapes->count ? index + 1 : 0;
}

/* Room that is free, or else that of one that was not met last. */
static struct dsmr_shape *pick_room(struct dsmr_shapes *shapes)
{
    for (size_t i = 0; i < shapes->count; i++)
        if (shapes->at[i].size == 0)
            return &shapes->at[i];
    if (shapes->next == shapes->latest)
        shapes->next = behind(shapes, shapes->next);
    struct dsmr_shape *shape = &shapes->at[shapes->next];
    shapes->next = behind(shapes, shapes->next);
    return shape;
}

static bool same_zone(struct dsmr_zone a, struct dsmr_zone b)
{
    return a.offset == b.offset && a.summer == b.summer;
}

struct dsmr_shape *lesson_begin(const struct dsmr_telegram *telegram, const struct dialect *dialect,
                                struct dsmr_zone zone, const struct dsmr_channels *before,
                                const struct dsmr_channels *after)
{
    struct dsmr_shapes *shapes = telegram->shapes;
    size_t size = telegram->text.size;
    if (shapes == NULL || shapes->count == 0 || telegram->status != DSMR_OK ||
        size > DSMR_SHAPE_TEXT || size < SHAPE_TEXT_MIN || zone.offset % 60 != 0 ||
        (dialect->traits & CRC_X25) != 0 || !is_whole(telegram->text) || !settled(before, after) ||
        !seen_before(shapes, size))
        return NULL;
    struct dsmr_shape *shape = pick_room(shapes);
    shape->size = 0;
    shape->count = shape->number_count = shape->time_count = 0;
    shape->serial = ++shapes->learnt;
    shape->identification = telegram->identification.size;
    shape->zone = zone;
    shape->own_zone = same_zone(dialect->zone, zone);
    shape->channels = *after;
    shape->has_crc = telegram->crc == DSMR_CRC_OK;
    memset(shape->bytes->latest, 0, sizeof shape->bytes->latest);
    memset(shape->bytes->slack, SHAPE_FIXED, sizeof shape->bytes->slack);
    memcpy(shape->bytes->latest, telegram->text.at, size);
    memcpy(shape->bytes->text, shape->bytes->latest, sizeof shape->bytes->text);
    return shape;
}

/* ------------------------------------------------------------------------------------------------
 * Columns
 */

/* False when the text is not one of the telegram's. */
static bool find_span(const struct dsmr_decoder *decoder, struct dsmr_text text,
                      struct dsmr_span *span)
{
    *span = (struct dsmr_span){DSMR_COLUMN_NONE, 0};
    if (text.at == NULL)
        return true;
    size_t size = decoder->end;
    size_t at = (size_t)(text.at - decoder->text);
    if (text.at < decoder->text || at > size || text.size > size - at)
        return false;
    *span = (struct dsmr_span){(uint16_t)at, (uint16_t)text.size};
    return true;
}

static void vary(struct dsmr_shape *shape, size_t at, uint8_t limit)
{
    shape->bytes->text[at] = '0';
    shape->bytes->slack[at] = (uint8_t)(SHAPE_FIXED - limit);
}

/* True for a group that could be nothing but a number, whatever its digits. */
static bool is_surely_number(const char *text, struct dsmr_span span)
{
    for (size_t i = 0; i < span.size; i++)
        if (text[span.at + i] == '.' || text[span.at + i] == '*')
            return true;
    return span.size < TIME_DIGITS;
}

/* The digits of a number, its point among them. */
static struct dsmr_span find_digits(const char *text, struct dsmr_span group)
{
    size_t at = group.at;
    size_t end = at + group.size;
    while (at < end && !is_digit(text[at]))
        at++;
    size_t behind = at;
    while (behind < end && (is_digit(text[behind]) || text[behind] == '.'))
        behind++;
    return (struct dsmr_span){(uint16_t)at, (uint16_t)(behind - at)};
}

/* How the digits are taken from the WINDOW bytes that end with them. */
static void lay_out(struct dsmr_shape *shape, size_t index, const char *text,
                    struct dsmr_span digits)
{
    struct dsmr_shape_number *number = &shape->numbers[index];
    uint8_t *order = four_of(shape, index)->orders[index % FOUR];
    size_t end = (size_t)digits.at + digits.size;
    size_t count = 0;
    bool behind_point[2] = {true, true};
    *number = (struct dsmr_shape_number){.at = (uint16_t)(end - WINDOW),
                                         .size = (uint8_t)digits.size,
                                         .low_scale = 100000000,
                                         .first_half = 1};
    memset(order, NO_DIGIT, WINDOW);
    for (size_t i = 0; i < digits.size; i++) {
        size_t place = WINDOW - 1 - i;
        size_t half = place / 8;
        if (text[end - 1 - i] == '.') {
            behind_point[half] = false;
            number->low_scale = half == 1 ? 10000000 : number->low_scale;
            continue;
        }
        number->masks[half][behind_point[half] ? 1 : 0] |= UINT64_C(0xFF) << 8 * (place % 8);
        order[WINDOW - 1 - count++] = (uint8_t)place;
        number->first_half = (uint8_t)half;
    }
}

/* A number becomes one that varies, if it can. */
static void add_number(struct dsmr_shape *shape, const char *text, struct dsmr_column *column)
{
    struct dsmr_span digits = find_digits(text, column->text);
    size_t end = (size_t)digits.at + digits.size;
    if (shape->number_count == DSMR_SHAPE_NUMBERS || digits.size == 0 || digits.size > WINDOW ||
        end < WINDOW || !is_surely_number(text, column->text))
        return;
    size_t index = shape->number_count;
    lay_out(shape, index, text, digits);
    shape->numbers[index].sign = digits.at > column->text.at && text[digits.at - 1] == '-' ? -1 : 0;
    if (shape_read_number(shape, index, text) != column->reading.number.mantissa)
        return;
    column->value = (uint16_t)index;
    shape->number_count++;
    for (size_t at = digits.at; at < end; at++)
        if (text[at] != '.')
            vary(shape, at, 9);
}

/* The same for a time. Others than YYMMDDhhmmss are too rare. */
static void add_time(struct dsmr_shape *shape, const char *text, struct dsmr_column *column)
{
    struct dsmr_span span = column->text;
    struct dsmr_time time;
    if (shape->time_count == DSMR_SHAPE_TIMES || span.size < TIME_DIGITS ||
        span.size > TIME_DIGITS + 1 ||
        dsmr_time_parse((struct dsmr_text){text + span.at, span.size}, shape->zone, &time) !=
            DSMR_OK)
        return;
    bool of_value = column->reading.channel > 0 && column->reading.object.obis.c == 24 &&
                    (column->reading.object.obis.d == 2 || column->reading.object.obis.d == 3);
    column->value = column->time_value = (uint16_t)(TIME_VALUES + shape->time_count);
    shape->bytes->values[column->value] = column->reading.time.unix_s;
    shape->times[shape->time_count++] = (struct dsmr_shape_time){
        .text = span,
        .channel = of_value ? column->reading.channel : 0,
    };
    for (size_t i = 0; i < TIME_DIGITS; i++)
        vary(shape, span.at + i, time_limits[i]);
}

/* False when it has no room, or does not lie in the telegram. */
static bool add_column(struct dsmr_shape *shape, const struct dsmr_decoder *decoder,
                       enum dsmr_status status, const struct dsmr_reading *reading, bool plain)
{
    if (shape->count == DSMR_SHAPE_COLUMNS)
        return false;
    struct dsmr_column *column = &shape->columns[shape->count++];
    *column = (struct dsmr_column){.status = status,
                                   .value = DSMR_COLUMN_NONE,
                                   .time_value = DSMR_COLUMN_NONE,
                                   .reading = *reading};
    if (!find_span(decoder, reading->object.line, &column->line) ||
        !find_span(decoder, reading->object.groups, &column->groups) ||
        !find_span(decoder, reading->text, &column->text))
        return false;
    bool half_a_clock = reading->item == clock_items.time || reading->item == clock_items.date;
    if (status != DSMR_OK || !plain || half_a_clock)
        return true;
    if (reading->type == DSMR_TYPE_NUMBER)
        add_number(shape, decoder->text, column);
    else if (reading->type == DSMR_TYPE_TIME)
        add_time(shape, decoder->text, column);
    return true;
}

/* ------------------------------------------------------------------------------------------------
 * The end of a lesson
 */

/* A value's own time is the one that stands in its line. */
static void join_times(struct dsmr_shape *shape)
{
    for (size_t i = 0; i < shape->count; i++) {
        struct dsmr_column *value = &shape->columns[i];
        for (size_t j = 0;
             j < shape->count && value->reading.type != DSMR_TYPE_TIME && value->reading.has_time;
             j++) {
            const struct dsmr_column *time = &shape->columns[j];
            if (time->reading.type == DSMR_TYPE_TIME && time->value != DSMR_COLUMN_NONE &&
                time->line.at == value->line.at)
                value->time_value = time->value;
        }
    }
}

static bool has_number(const struct dsmr_shape *shape, const struct dsmr_shape_time *time)
{
    for (size_t i = 0; i < shape->count; i++) {
        const struct dsmr_column *column = &shape->columns[i];
        if (column->status == DSMR_OK && column->reading.type == DSMR_TYPE_NUMBER &&
            column->line.at <= time->text.at && time->text.at - column->line.at < column->line.size)
            return true;
    }
    return false;
}

/* Whether what is known of each channel's newest value follows from a time that varies. A channel with
 * two is one too difficult, and so is one whose time came in another form. */
static bool times_are_clear(const struct dsmr_shape *shape, const struct dsmr_channels *channels)
{
    for (unsigned channel = 1; channel <= DSMR_CHANNELS; channel++) {
        unsigned found = 0;
        for (size_t i = 0; i < shape->time_count; i++) {
            if (shape->times[i].channel != channel)
                continue;
            found++;
            /* Without a zone given, devices are compared by the default one, values are told by the
             * dialect's. */
            if (!same_zone(shape->zone, dsmr_zone_default) ||
                shape->bytes->values[TIME_VALUES + i] != channels->newest[channel - 1] ||
                !has_number(shape, &shape->times[i]))
                return false;
        }
        if (found > 1 || (found == 0 && channels->newest[channel - 1] != 0))
            return false;
    }
    return true;
}

static void finish(struct dsmr_decoder *decoder)
{
    struct dsmr_shape *shape = decoder->lesson;
    join_times(shape);
    if (!times_are_clear(shape, decoder->channels))
        return;
    shape->size = decoder->end + 1;
    if (!shape_prepare(shape))
        shape->size = 0;
}

void lesson_add(struct dsmr_decoder *decoder, enum dsmr_status status,
                const struct dsmr_reading *reading, bool plain)
{
    if (status == DSMR_END)
        finish(decoder);
    else if (add_column(decoder->lesson, decoder, status, reading, plain))
        return;
    decoder->lesson = NULL;
}

#endif /* DSMR_SMALL */
