/* SPDX-License-Identifier: MIT */
/*
 * Turns the objects of a telegram into readings. Most objects have one value, or a value and its time
 * in either order. Those that repeat are in profile.c and history.c.
 */
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

void dsmr_decode(struct dsmr_decoder *decoder, const struct dsmr_telegram *telegram,
                 struct dsmr_channels *channels, const struct dsmr_zone *zone)
{
    decoder->text = telegram->text.at;
    decoder->shape = HAS_SHAPES ? shapes_take(telegram, zone, channels) : NULL;
    if (decoder->shape != NULL) {
        decoder->size = telegram->text.size;
        decoder->turn = decoder->shape->turn;
        decoder->column = decoder->shape->columns;
        decoder->columns_end = decoder->column + decoder->shape->count;
        decoder->processor = telegram->shapes->processor;
        return;
    }
    struct dsmr_channels before = *channels;
    *decoder = (struct dsmr_decoder){.channels = channels, .text = telegram->text.at};
    unsigned marks = channels_learn(channels, telegram, zone ? *zone : dsmr_zone_default);
    const struct dialect *dialect = dialect_find(telegram->identification, marks);
    decoder->zone = zone ? *zone : dialect->zone;
    decoder->conditions = conditions_of(dialect, marks);
    dsmr_cursor_init(&decoder->cursor, telegram);
    if (HAS_SHAPES)
        decoder->lesson = lesson_begin(telegram, dialect, decoder->zone, &before, channels);
}

/* ------------------------------------------------------------------------------------------------
 * One group
 */

static bool same_word(struct dsmr_text text, const char *word)
{
    size_t i = 0;
    while (i < text.size && word[i] != '\0' && (text.at[i] & ~0x20) == word[i])
        i++;
    return i == text.size && word[i] == '\0';
}

static bool read_word(struct dsmr_text group, struct dsmr_reading *reading)
{
    bool on = same_word(group, "ON");
    reading->worded = on || same_word(group, "OFF");
    reading->number = (struct dsmr_number){on, 0};
    reading->unit = DSMR_UNIT_NONE;
    return reading->worded;
}

enum dsmr_status check_unit(const struct row *row, const struct dsmr_reading *reading)
{
    return reading->unit == row->unit || (row->flags & UNIT_ANY) ? DSMR_OK : DSMR_ERR_UNIT;
}

enum dsmr_status read_group(const struct dsmr_decoder *decoder, const struct row *row,
                            struct dsmr_text group, struct dsmr_reading *reading)
{
    reading->type = catalogue_type(row->item);
    reading->worded = false;
    if (reading->type == DSMR_TYPE_TIME) {
        reading->worded = time_is_octets(group);
        enum dsmr_status status = dsmr_time_parse(group, decoder->zone, &reading->time);
        if (status != DSMR_ERR_RANGE || decoder->layout != LAYOUT_PLAIN)
            return status;
        reading->superseded = true; /* of a clock that was never set */
        return DSMR_OK;
    }
    if (reading->type == DSMR_TYPE_TEXT)
        return DSMR_OK;
    enum dsmr_status status = dsmr_quantity_parse(group, &reading->number, &reading->unit);
    if (status != DSMR_OK)
        return (row->flags & WORDS) && read_word(group, reading) ? DSMR_OK : status;
    if (reading->unit == DSMR_UNIT_NONE && (row->flags & UNIT_OPTIONAL))
        reading->unit = (enum dsmr_unit)row->unit;
    return check_unit(row, reading);
}

/* The rows that hold: of the device's kind, in this layout, and on no condition that fails. */
uint16_t next_row(const struct dsmr_decoder *decoder, uint16_t index)
{
    for (; index != ROW_NONE; index = catalogue_next(index)) {
        const struct row *row = catalogue_row(index);
        unsigned asked = row->flags & CONDITIONS;
        bool holds = (asked == 0 || (asked & decoder->conditions) != 0) &&
                     (row->flags & CAPTURED) == 0 && (row->flags & LAYOUT_MASK) == decoder->layout;
        if (holds && (decoder->channel == 0 || catalogue_kind(row->item) == decoder->kind))
            return index;
    }
    return ROW_NONE;
}

uint16_t row_at(const struct dsmr_decoder *decoder, unsigned position)
{
    uint16_t row = next_row(decoder, decoder->rows);
    while (row != ROW_NONE && catalogue_row(row)->position != position)
        row = next_row(decoder, catalogue_next(row));
    return row;
}

void fill(struct dsmr_decoder *decoder, const struct row *row, struct dsmr_text group,
          struct dsmr_reading *reading)
{
    reading->item = row->item;
    reading->text = group;
    reading->rank = row->flags & RANK_MASK;
    if (reading->type != DSMR_TYPE_NUMBER) { /* what a row that did not fit left behind */
        reading->number = (struct dsmr_number){0};
        reading->unit = DSMR_UNIT_NONE;
    }
    if (reading->type != DSMR_TYPE_TIME && decoder->has_time && decoder->layout != LAYOUT_PROFILE) {
        reading->has_time = true;
        reading->time = decoder->time;
    }
    decoder->delivered = true;
}

void blame(struct dsmr_decoder *decoder, struct dsmr_text group, enum dsmr_status status)
{
    if (decoder->trouble == DSMR_OK) {
        decoder->trouble = status;
        decoder->culprit = group;
    }
}

void step(struct dsmr_decoder *decoder)
{
    if (decoder->position < UINT8_MAX)
        decoder->position++;
}

/* ------------------------------------------------------------------------------------------------
 * Plain objects
 */

/* Tries the row of the group's own place first, then any other that still waits for a value: Wallonia
 * sends a peak before its time. */
static bool read_plain(struct dsmr_decoder *decoder, struct dsmr_text group,
                       struct dsmr_reading *reading)
{
    enum dsmr_status trouble = DSMR_OK;
    for (int any_place = 0; any_place < 2; any_place++) {
        for (uint16_t index = next_row(decoder, decoder->rows); index != ROW_NONE;
             index = next_row(decoder, catalogue_next(index))) {
            const struct row *row = catalogue_row(index);
            bool own_place = row->position == decoder->position;
            uint32_t place = UINT32_C(1) << (row->position & 31);
            if (own_place == any_place || (decoder->used & place) != 0)
                continue;
            enum dsmr_status status = read_group(decoder, row, group, reading);
            if (status == DSMR_OK) {
                decoder->used |= place;
                fill(decoder, row, group, reading);
                if (row->flags & ALSO) {
                    decoder->pending = group;
                    decoder->pending_row = next_row(decoder, catalogue_next(index));
                }
                return true;
            }
            trouble = own_place ? status : trouble;
        }
    }
    if (trouble != DSMR_OK)
        blame(decoder, group, trouble);
    return false;
}

/* The time that a value's line gives for it. An M-Bus value whose time is void was never measured. */
static void find_time(struct dsmr_decoder *decoder)
{
    struct dsmr_text group;
    size_t at = 0;
    bool wanted = false;
    for (uint16_t row = next_row(decoder, decoder->rows); row != ROW_NONE;
         row = next_row(decoder, catalogue_next(row)))
        wanted = wanted || catalogue_type(catalogue_row(row)->item) == DSMR_TYPE_TIME;
    if (!wanted)
        return;
    unsigned groups = 0;
    while (dsmr_group_next(&decoder->object, &at, &group) == DSMR_OK) {
        groups++;
        enum dsmr_status status = dsmr_time_parse(group, decoder->zone, &decoder->time);
        decoder->void_time = status == DSMR_ERR_RANGE;
        decoder->has_time = status == DSMR_OK || decoder->void_time;
        if (decoder->has_time)
            return;
        if (groups == 1)
            decoder->culprit = group;
    }
    if (groups > 1)
        decoder->trouble = DSMR_ERR_TIME;
}

/* ------------------------------------------------------------------------------------------------
 * Objects
 */

/* The layout of an object is that of the first row that is of its kind. */
static unsigned layout_of(const struct dsmr_decoder *decoder)
{
    for (uint16_t index = decoder->rows; index != ROW_NONE; index = catalogue_next(index)) {
        const struct row *row = catalogue_row(index);
        if ((row->flags & CAPTURED) == 0 &&
            (decoder->channel == 0 || catalogue_kind(row->item) == decoder->kind))
            return history_layout(decoder, row->flags & LAYOUT_MASK);
    }
    return LAYOUT_PLAIN;
}

/* Finds the rows of an object and how its groups are laid out. False when it has none. */
static bool open_object(struct dsmr_decoder *decoder)
{
    struct dsmr_obis obis = decoder->object.obis;
    decoder->channel = obis_channel(obis);
    decoder->kind = decoder->channels->kind[decoder->channel];
    bool is_pattern = obis.b == DSMR_CHANNEL_ANY; /* which no channel of the wire is */
    decoder->stranger = decoder->channel > 0 && decoder->kind == DSMR_KIND_NONE;
    if (decoder->stranger)
        decoder->kind = DSMR_KIND_GENERIC;
    if (decoder->channel > 0)
        obis.b = DSMR_CHANNEL_ANY;
    decoder->rows = is_pattern ? (uint16_t)ROW_NONE : catalogue_find(obis);
    decoder->at = 0;
    decoder->position = 0;
    decoder->used = 0;
    decoder->captures = 0;
    decoder->trouble = DSMR_OK;
    decoder->culprit = (struct dsmr_text){0};
    decoder->rest = (struct dsmr_text){0};
    decoder->pending_row = ROW_NONE;
    decoder->has_time = false;
    decoder->void_time = false;
    decoder->delivered = false;
    decoder->layout = (uint16_t)layout_of(decoder);
    if (next_row(decoder, decoder->rows) == ROW_NONE)
        return false;
    if (decoder->layout == LAYOUT_PLAIN)
        find_time(decoder);
    else if (decoder->layout == LAYOUT_PROFILE)
        open_profile(decoder);
    decoder->open = true;
    return true;
}

/* The next group; both halves of a pair, 65.0*A,-65.0*A, are groups of their own. */
static bool next_group(struct dsmr_decoder *decoder, struct dsmr_text *group)
{
    if (decoder->rest.size > 0) {
        *group = decoder->rest;
        decoder->rest.size = 0;
        return true;
    }
    if (dsmr_group_next(&decoder->object, &decoder->at, group) != DSMR_OK)
        return false;
    size_t comma = 0;
    if (catalogue_row(decoder->rows)->flags & PAIR)
        while (comma < group->size && group->at[comma] != ',')
            comma++;
    if (comma > 0 && comma < group->size) {
        decoder->rest = (struct dsmr_text){group->at + comma + 1, group->size - comma - 1};
        group->size = comma;
    }
    return true;
}

static bool read_next(struct dsmr_decoder *decoder, struct dsmr_text group,
                      struct dsmr_reading *reading)
{
    switch (decoder->layout) {
    case LAYOUT_PLAIN:
        return read_plain(decoder, group, reading);
    case LAYOUT_LOG:
        return read_log(decoder, group, reading);
    case LAYOUT_PROFILE:
        return read_profile(decoder, group, reading);
    default:
        return read_history(decoder, group, reading);
    }
}

static void begin_reading(const struct dsmr_decoder *decoder, struct dsmr_reading *reading)
{
    *reading = (struct dsmr_reading){.item = DSMR_ITEM_NONE, .object = decoder->object};
    reading->channel = decoder->channel;
    reading->superseded =
        decoder->void_time || decoder->stranger ||
        (decoder->channel > 0 && decoder->channels->chosen[decoder->kind] != decoder->channel);
}

/* The next reading of the open object; false when it has no more. */
static bool next_of_object(struct dsmr_decoder *decoder, struct dsmr_reading *reading)
{
    struct dsmr_text group;
    if (decoder->pending_row != ROW_NONE) {
        const struct row *row = catalogue_row(decoder->pending_row);
        decoder->pending_row = ROW_NONE;
        begin_reading(decoder, reading);
        read_group(decoder, row, decoder->pending, reading);
        fill(decoder, row, decoder->pending, reading);
        return true;
    }
    while (decoder->trouble != DSMR_ERR_TIME && next_group(decoder, &group)) {
        step(decoder);
        bool alone = decoder->layout != LAYOUT_LOG && decoder->layout != LAYOUT_PEAKS;
        if (group.size == 0 && (alone || decoder->position < 3)) {
            decoder->delivered = true; /* an empty value is no value, and no news */
            continue;
        }
        begin_reading(decoder, reading);
        if (read_next(decoder, group, reading))
            return true;
    }
    return false;
}

static enum dsmr_status next_reading(struct dsmr_decoder *decoder, struct dsmr_reading *reading)
{
    for (;;) {
        if (decoder->open) {
            if (next_of_object(decoder, reading)) {
                note_clock(decoder, reading);
                return DSMR_OK;
            }
            decoder->open = false;
            if (!decoder->delivered) {
                begin_reading(decoder, reading);
                reading->text = decoder->culprit;
                if (decoder->trouble != DSMR_OK)
                    reading->item = catalogue_row(next_row(decoder, decoder->rows))->item;
                return decoder->trouble != DSMR_OK ? decoder->trouble : DSMR_UNKNOWN;
            }
        }
        enum dsmr_status status = dsmr_cursor_next(&decoder->cursor, &decoder->object);
        if (status == DSMR_END && read_clock(decoder, reading))
            return DSMR_OK;
        if (status != DSMR_OK || !open_object(decoder)) {
            decoder->channel = status == DSMR_OK ? obis_channel(decoder->object.obis) : 0;
            decoder->kind = DSMR_KIND_NONE;
            decoder->stranger = false;
            begin_reading(decoder, reading);
            reading->superseded = false;
            return status != DSMR_OK ? status : DSMR_UNKNOWN;
        }
    }
}

APART static enum dsmr_status next_exactly(struct dsmr_decoder *decoder,
                                           struct dsmr_reading *reading)
{
    enum dsmr_status status = next_reading(decoder, reading);
    if (HAS_SHAPES && decoder->lesson != NULL)
        lesson_add(decoder, status, reading, decoder->layout == LAYOUT_PLAIN);
    return status;
}

enum dsmr_status dsmr_decode_next(struct dsmr_decoder *decoder, struct dsmr_reading *reading)
{
    if (HAS_SHAPES && decoder->shape != NULL)
        return shape_next(decoder, reading);
    return next_exactly(decoder, reading);
}

bool dsmr_reading_supersedes(const struct dsmr_reading *a, const struct dsmr_reading *b)
{
    if (a->superseded != b->superseded)
        return b->superseded;
    if (a->rank != b->rank)
        return a->rank > b->rank;
    if (a->type == DSMR_TYPE_TIME || (a->has_time && b->has_time))
        return a->time.unix_s >= b->time.unix_s;
    return true;
}
