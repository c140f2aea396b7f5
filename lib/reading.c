/* SPDX-License-Identifier: MIT */
/*
 * Turns the objects of a telegram into readings. Most objects have one value, or a value and its time
 * in either order. Those that repeat are in profile.c and history.c.
 */
#include "decode.h"
#include "shape.h"

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

static bool read_word(struct dsmr_reading *reading)
{
    bool on = same_word(reading->text, "ON");
    reading->worded = on || same_word(reading->text, "OFF");
    reading->number = (struct dsmr_number){on, 0};
    reading->unit = DSMR_UNIT_NONE;
    return reading->worded;
}

enum dsmr_status check_unit(uint16_t row, const struct dsmr_reading *reading)
{
    bool fits = reading->unit == row_unit(row) || (row_flags(row) & UNIT_ANY) != 0;
    return fits ? DSMR_OK : DSMR_ERR_UNIT;
}

enum dsmr_status read_group(const struct dsmr_decoder *decoder, uint16_t row,
                            struct dsmr_reading *reading)
{
    reading->type = catalogue_type(row_item(row));
    reading->worded = false;
    if (reading->type == DSMR_TYPE_TIME) {
        reading->worded = time_is_octets(reading->text);
        enum dsmr_status status = time_read(reading->text, decoder->zone, &reading->time);
        if (status != DSMR_ERR_RANGE || decoder->layout != LAYOUT_PLAIN)
            return status;
        reading->superseded = true; /* of a clock that was never set */
        return DSMR_OK;
    }
    if (reading->type == DSMR_TYPE_TEXT)
        return DSMR_OK;
    enum dsmr_status status = dsmr_quantity_parse(reading->text, &reading->number, &reading->unit);
    if (status != DSMR_OK)
        return (row_flags(row) & WORDS) && read_word(reading) ? DSMR_OK : status;
    if (reading->unit == DSMR_UNIT_NONE && (row_flags(row) & UNIT_OPTIONAL))
        reading->unit = row_unit(row);
    return check_unit(row, reading);
}

/* The rows that hold: of the device's kind, in this layout, and on no condition that fails. */
uint16_t next_row(const struct dsmr_decoder *decoder, uint16_t index)
{
    for (; index != ROW_NONE; index = catalogue_next(index)) {
        unsigned flags = row_flags(index);
        unsigned asked = flags & CONDITIONS;
        bool holds = (asked == 0 || (asked & decoder->conditions) != 0) &&
                     (flags & CAPTURED) == 0 && (flags & LAYOUT_MASK) == decoder->layout;
        if (holds && (decoder->channel == 0 || catalogue_kind(row_item(index)) == decoder->kind))
            return index;
    }
    return ROW_NONE;
}

uint16_t row_at(const struct dsmr_decoder *decoder, unsigned position)
{
    uint16_t row = next_row(decoder, decoder->rows);
    while (row != ROW_NONE && row_position(row) != position)
        row = next_row(decoder, catalogue_next(row));
    return row;
}

void fill(struct dsmr_decoder *decoder, uint16_t row, struct dsmr_reading *reading)
{
    reading->item = row_item(row);
    reading->rank = row_flags(row) & RANK_MASK;
    if (reading->type != DSMR_TYPE_NUMBER) { /* what a row that did not fit left behind */
        reading->number = (struct dsmr_number){0};
        reading->unit = DSMR_UNIT_NONE;
    }
    if (reading->type != DSMR_TYPE_TIME && decoder->has_time && decoder->layout != LAYOUT_PROFILE) {
        reading->has_time = true;
        recall_time(decoder, &reading->time);
    }
    decoder->delivered = true;
}

void blame(struct dsmr_decoder *decoder, const struct dsmr_reading *reading,
           enum dsmr_status status)
{
    if (decoder->trouble == DSMR_OK) {
        decoder->trouble = status;
        decoder->culprit = part_of(decoder, reading->text);
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
OUT_OF_LINE static bool read_plain(struct dsmr_decoder *decoder, struct dsmr_reading *reading)
{
    enum dsmr_status trouble = DSMR_OK;
    for (int any_place = 0; any_place < 2; any_place++) {
        for (uint16_t row = next_row(decoder, decoder->rows); row != ROW_NONE;
             row = next_row(decoder, catalogue_next(row))) {
            bool own_place = row_position(row) == decoder->position;
            uint32_t place = UINT32_C(1) << (row_position(row) & 31);
            if (own_place == any_place || (decoder->so_far.used & place) != 0)
                continue;
            enum dsmr_status status = read_group(decoder, row, reading);
            if (status == DSMR_OK) {
                decoder->so_far.used |= place;
                fill(decoder, row, reading);
                if (row_flags(row) & ALSO) {
                    decoder->pending = part_of(decoder, reading->text);
                    decoder->pending_row = next_row(decoder, catalogue_next(row));
                }
                return true;
            }
            trouble = own_place ? status : trouble;
        }
    }
    if (trouble != DSMR_OK)
        blame(decoder, reading, trouble);
    return false;
}

static bool has_own_time(const struct dsmr_decoder *decoder)
{
    uint16_t row = next_row(decoder, decoder->rows);
    while (row != ROW_NONE && catalogue_type(row_item(row)) != DSMR_TYPE_TIME)
        row = next_row(decoder, catalogue_next(row));
    return row != ROW_NONE;
}

/* The time that a value's line gives for it. An M-Bus value whose time is void was never measured. */
OUT_OF_LINE static void find_time(struct dsmr_decoder *decoder, struct dsmr_reading *room)
{
    dsmr_length at = 0;
    unsigned groups = 0;
    if (!has_own_time(decoder))
        return;
    while (next_group(decoder, &at, &room->text)) {
        groups++;
        enum dsmr_status status = time_read(room->text, decoder->zone, &room->time);
        decoder->void_time = status == DSMR_ERR_RANGE;
        decoder->has_time = status == DSMR_OK || decoder->void_time;
        if (decoder->has_time) {
            keep_time(decoder, room->text, &room->time);
            return;
        }
        if (groups == 1)
            decoder->culprit = part_of(decoder, room->text);
    }
    if (groups > 1)
        decoder->trouble = DSMR_ERR_TIME;
}

/* ------------------------------------------------------------------------------------------------
 * Objects
 */

/* The layout of an object is that of the first row that is of its kind. */
static unsigned layout_of(const struct dsmr_decoder *decoder, struct dsmr_reading *room)
{
    for (uint16_t row = decoder->rows; row != ROW_NONE; row = catalogue_next(row)) {
        if ((row_flags(row) & CAPTURED) == 0 &&
            (decoder->channel == 0 || catalogue_kind(row_item(row)) == decoder->kind))
            return history_layout(decoder, row_flags(row) & LAYOUT_MASK, room);
    }
    return LAYOUT_PLAIN;
}

/* Finds the rows of an object and how its groups are laid out. False when it has none. */
OUT_OF_LINE static bool open_object(struct dsmr_decoder *decoder, struct dsmr_reading *room)
{
    struct dsmr_obis obis = decoder->obis;
    decoder->channel = obis_channel(obis);
    decoder->kind = decoder->channels->known[decoder->channel].kind;
    bool is_pattern = obis.b == DSMR_CHANNEL_ANY; /* which no channel of the wire is */
    decoder->stranger = decoder->channel > 0 && decoder->kind == DSMR_KIND_NONE;
    if (decoder->stranger)
        decoder->kind = DSMR_KIND_GENERIC;
    if (decoder->channel > 0)
        obis.b = DSMR_CHANNEL_ANY;
    decoder->rows = is_pattern ? (uint16_t)ROW_NONE : catalogue_find(obis);
    decoder->position = 0;
    decoder->so_far.used = 0;
    decoder->count = 0;
    decoder->trouble = DSMR_OK;
    decoder->culprit = (struct dsmr_part){0};
    decoder->rest = (struct dsmr_part){0};
    decoder->pending_row = ROW_NONE;
    decoder->has_time = false;
    decoder->void_time = false;
    decoder->delivered = false;
    decoder->layout = (uint16_t)layout_of(decoder, room);
    if (next_row(decoder, decoder->rows) == ROW_NONE)
        return false;
    if (decoder->layout == LAYOUT_PLAIN)
        find_time(decoder, room);
    else if (decoder->layout == LAYOUT_PROFILE)
        open_profile(decoder, room);
    decoder->open = true;
    return true;
}

static struct dsmr_object object_of(const struct dsmr_decoder *decoder)
{
    return (struct dsmr_object){.obis = decoder->obis,
                                .line = text_of(decoder, decoder->line),
                                .groups = text_of(decoder, decoder->groups)};
}

OUT_OF_LINE void begin_reading(const struct dsmr_decoder *decoder, struct dsmr_text group,
                               struct dsmr_reading *reading)
{
    *reading =
        (struct dsmr_reading){.item = DSMR_ITEM_NONE, .object = object_of(decoder), .text = group};
    reading->channel = decoder->channel;
    reading->superseded = decoder->void_time || decoder->stranger ||
                          (decoder->channel > 0 &&
                           decoder->channels->known[decoder->kind].speaker != decoder->channel);
}

/* Begins a reading of the next group; both halves of a pair, 65.0*A,-65.0*A, are groups of their own. */
OUT_OF_LINE static bool begin_group(struct dsmr_decoder *decoder, struct dsmr_reading *reading)
{
    struct dsmr_text group = text_of(decoder, decoder->rest);
    size_t comma = 0;
    if (group.size == 0) {
        if (!next_group(decoder, &decoder->at, &group))
            return false;
        if (row_flags(decoder->rows) & PAIR)
            while (comma < group.size && group.at[comma] != ',')
                comma++;
    }
    decoder->rest.size = 0;
    if (comma > 0 && comma < group.size) {
        decoder->rest =
            part_of(decoder, (struct dsmr_text){group.at + comma + 1, group.size - comma - 1});
        group.size = comma;
    }
    begin_reading(decoder, group, reading);
    return true;
}

static bool read_next(struct dsmr_decoder *decoder, struct dsmr_reading *reading)
{
    switch (decoder->layout) {
    case LAYOUT_PLAIN:
        return read_plain(decoder, reading);
    case LAYOUT_LOG:
        return read_log(decoder, reading);
    case LAYOUT_PROFILE:
        return read_profile(decoder, reading);
    default:
        return read_history(decoder, reading);
    }
}

/* The next reading of the open object; false when it has no more. */
static bool next_of_object(struct dsmr_decoder *decoder, struct dsmr_reading *reading)
{
    if (decoder->pending_row != ROW_NONE) {
        uint16_t row = decoder->pending_row;
        decoder->pending_row = ROW_NONE;
        begin_reading(decoder, text_of(decoder, decoder->pending), reading);
        read_group(decoder, row, reading);
        fill(decoder, row, reading);
        return true;
    }
    while (decoder->trouble != DSMR_ERR_TIME && begin_group(decoder, reading)) {
        step(decoder);
        bool alone = decoder->layout != LAYOUT_LOG && decoder->layout != LAYOUT_PEAKS;
        if (reading->text.size == 0 && (alone || decoder->position < 3))
            decoder->delivered = true; /* an empty value is no value, and no news */
        else if (read_next(decoder, reading))
            return true;
    }
    return false;
}

/* What is said of an object that gave no reading. */
OUT_OF_LINE static enum dsmr_status give_up(const struct dsmr_decoder *decoder,
                                            struct dsmr_reading *reading)
{
    begin_reading(decoder, text_of(decoder, decoder->culprit), reading);
    if (decoder->trouble == DSMR_OK)
        return DSMR_UNKNOWN;
    reading->item = row_item(next_row(decoder, decoder->rows));
    return decoder->trouble;
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
            if (!decoder->delivered)
                return give_up(decoder, reading);
        }
        enum dsmr_status status = to_next_object(decoder);
        if (status == DSMR_END && read_clock(decoder, reading))
            return DSMR_OK;
        if (status != DSMR_OK || !open_object(decoder, reading)) {
            decoder->channel = status == DSMR_OK ? obis_channel(decoder->obis) : 0;
            decoder->kind = DSMR_KIND_NONE;
            decoder->stranger = false;
            begin_reading(decoder, (struct dsmr_text){0}, reading);
            reading->superseded = false;
            return status != DSMR_OK ? status : DSMR_UNKNOWN;
        }
    }
}

#ifdef DSMR_SMALL
enum dsmr_status dsmr_decode_next(struct dsmr_decoder *decoder, struct dsmr_reading *reading)
{
    return next_reading(decoder, reading);
}
#else
APART static enum dsmr_status next_exactly(struct dsmr_decoder *decoder,
                                           struct dsmr_reading *reading)
{
    enum dsmr_status status = next_reading(decoder, reading);
    if (decoder->lesson != NULL)
        lesson_add(decoder, status, reading, decoder->layout == LAYOUT_PLAIN);
    return status;
}

enum dsmr_status dsmr_decode_next(struct dsmr_decoder *decoder, struct dsmr_reading *reading)
{
    return decoder->shape != NULL ? shape_next(decoder, reading) : next_exactly(decoder, reading);
}
#endif

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
