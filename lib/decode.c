/* SPDX-License-Identifier: MIT */
/* Starts on a telegram, and walks over its objects and their groups. What lies in the telegram is kept as
 * a place in it, which takes less memory than a pointer. */
#include "decode.h"
#include "shape.h"

/* What holds of the whole telegram, as flags of the catalogue. */
static uint16_t conditions_of(const struct dialect *dialect, unsigned marks)
{
    unsigned conditions = 0;
    bool named = (marks & (MARK_SERIAL_0 | MARK_SERIAL_1)) != 0 || dialect->traits & TRAIT_NAMED;
    conditions |= dialect->traits & TRAIT_LT ? IN_LT : 0U;
    conditions |= dialect->traits & TRAIT_LU ? IN_LU : 0U;
    conditions |= dialect->traits & TRAIT_PL ? IN_PL : 0U;
    conditions |= named ? NAMED : 0U;
    conditions |= marks & MARK_MEASURED ? MEASURED : 0U;
    return (uint16_t)conditions;
}

#ifndef DSMR_SMALL
static bool decode_known(struct dsmr_decoder *decoder, const struct dsmr_telegram *telegram,
                         struct dsmr_channels *channels, const struct dsmr_zone *zone)
{
    decoder->text = telegram->text.at;
    decoder->shape = shapes_take(telegram, zone, channels);
    if (decoder->shape == NULL)
        return false;
    decoder->size = telegram->text.size;
    decoder->turn = decoder->shape->turn;
    decoder->column = decoder->shape->columns;
    decoder->columns_end = decoder->column + decoder->shape->count;
    decoder->processor = telegram->shapes->processor;
    return true;
}
#endif

OUT_OF_LINE static void begin(struct dsmr_decoder *decoder, const struct dsmr_telegram *telegram,
                              struct dsmr_channels *channels, const struct dsmr_zone *zone)
{
    struct dsmr_cursor cursor;
    dsmr_cursor_init(&cursor, telegram);
    *decoder = (struct dsmr_decoder){
        .channels = channels,
        .text = telegram->text.at,
        .zone = zone ? *zone : dsmr_zone_default,
        .next = (dsmr_length)(cursor.at - telegram->text.at),
        .end = (dsmr_length)(cursor.end - telegram->text.at),
    };
}

/* The telegram is read as its meter means it from here on. */
OUT_OF_LINE static const struct dialect *choose_dialect(struct dsmr_decoder *decoder,
                                                        const struct dsmr_text *identification,
                                                        const struct dsmr_zone *zone,
                                                        unsigned marks)
{
    const struct dialect *dialect = dialect_find(*identification, marks);
    decoder->zone = zone ? *zone : dialect->zone;
    decoder->conditions = conditions_of(dialect, marks);
    return dialect;
}

void dsmr_decode(struct dsmr_decoder *decoder, const struct dsmr_telegram *telegram,
                 struct dsmr_channels *channels, const struct dsmr_zone *zone)
{
#ifndef DSMR_SMALL
    if (decode_known(decoder, telegram, channels, zone))
        return;
    struct dsmr_channels before = *channels;
#endif
    begin(decoder, telegram, channels, zone);
    dsmr_length first = decoder->next;
    unsigned marks = channels_learn(decoder, &telegram->identification);
    decoder->next = first;
    const struct dialect *dialect = choose_dialect(decoder, &telegram->identification, zone, marks);
#ifdef DSMR_SMALL
    (void)dialect;
#else
    decoder->lesson = lesson_begin(telegram, dialect, decoder->zone, &before, channels);
#endif
}

/* ------------------------------------------------------------------------------------------------
 * Objects and groups
 */

OUT_OF_LINE enum dsmr_status to_next_object(struct dsmr_decoder *decoder)
{
    struct dsmr_cursor cursor = {decoder->text + decoder->next, decoder->text + decoder->end};
    struct dsmr_object object;
    enum dsmr_status status = dsmr_cursor_next(&cursor, &object);
    decoder->next = (dsmr_length)(cursor.at - decoder->text);
    decoder->obis = object.obis;
    decoder->line = part_of(decoder, object.line);
    decoder->groups = part_of(decoder, object.groups);
    decoder->at = 0;
    return status;
}

bool next_group(const struct dsmr_decoder *decoder, dsmr_length *at, struct dsmr_text *group)
{
    const char *groups = decoder->text + decoder->groups.at;
    const char *behind = group_find(groups + *at, groups + decoder->groups.size, group);
    if (behind)
        *at = (dsmr_length)(behind - groups);
    return behind != NULL;
}

void keep_time(struct dsmr_decoder *decoder, struct dsmr_text group, const struct dsmr_time *time)
{
#ifdef DSMR_SMALL
    (void)time;
    decoder->time = part_of(decoder, group);
#else
    (void)group;
    decoder->time = *time;
#endif
}

void recall_time(const struct dsmr_decoder *decoder, struct dsmr_time *time)
{
#ifdef DSMR_SMALL
    time_read(text_of(decoder, decoder->time), decoder->zone, time);
#else
    *time = decoder->time;
#endif
}
