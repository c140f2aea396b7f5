/* SPDX-License-Identifier: MIT */
/*
 * Two objects whose groups repeat:
 *  - the log of power failures (99.97.0): count, code, then time and duration of each entry
 *    [P1 5.0.2 6.12];
 *  - the profile of DSMR 3.0 (24.3.0): time of the oldest value, status, minutes per value, number of
 *    values, code, unit, then the values, oldest first.
 */
#include "decode.h"

enum {
    LOG_FIRST_ENTRY = 3,
    PROFILE_VALUE = 7, /* position of the newest value in the catalogue; older ones follow */
    PROFILE_HEADER = 6,
};

/* Durations from here on are what unset counters show, not seconds. */
static const int64_t duration_limit = INT32_MAX;

/* ------------------------------------------------------------------------------------------------
 * The log of power failures
 */

OUT_OF_LINE static bool is_duration(const struct dsmr_text *group, struct dsmr_reading *room)
{
    return dsmr_quantity_parse(*group, &room->number, &room->unit) == DSMR_OK &&
           (room->unit == DSMR_UNIT_NONE || room->unit == DSMR_UNIT_S) &&
           room->number.mantissa < duration_limit && room->number.mantissa >= 0;
}

static bool read_header(struct dsmr_decoder *decoder, struct dsmr_reading *reading)
{
    uint16_t row = row_at(decoder, decoder->position);
    if (row == ROW_NONE)
        return false;
    enum dsmr_status status = read_group(decoder, row, reading);
    if (status != DSMR_OK) {
        blame(decoder, reading, status);
        return false;
    }
    fill(decoder, row, reading);
    return true;
}

/* An entry is a time and a duration, and both must be good. They come in this order, but the text of 4.0
 * has them the other way round. */
bool read_log(struct dsmr_decoder *decoder, struct dsmr_reading *reading)
{
    if (decoder->position < LOG_FIRST_ENTRY)
        return read_header(decoder, reading);
    struct dsmr_text second;
    uint16_t row = row_at(decoder, decoder->position);
    step(decoder);
    if (!next_group(decoder, &decoder->at, &second) || row == ROW_NONE)
        return false;
    decoder->delivered = true; /* a filler is no news */
    bool swapped = time_read(reading->text, decoder->zone, &reading->time) != DSMR_OK;
    if (swapped && time_read(second, decoder->zone, &reading->time) != DSMR_OK)
        return false;
    if (reading->time.year < 2001 || !is_duration(swapped ? &reading->text : &second, reading))
        return false;
    keep_time(decoder, swapped ? second : reading->text, &reading->time);
    uint16_t other = row_at(decoder, decoder->position);
    decoder->has_time = true;
    decoder->pending = part_of(decoder, second);
    decoder->pending_row = swapped ? row : other;
    row = swapped ? other : row;
    read_group(decoder, row, reading);
    fill(decoder, row, reading);
    return true;
}

/* ------------------------------------------------------------------------------------------------
 * The profile of DSMR 3.0
 */

/* Header and values are one line, and one line that is wrong is wrong as a whole. One group alone is the
 * value itself, with its unit. */
OUT_OF_LINE void open_profile(struct dsmr_decoder *decoder, struct dsmr_reading *room)
{
    dsmr_length at = 0;
    unsigned groups = 0;
    int exponent = 0;
    room->number = (struct dsmr_number){60, 0};
    room->unit = DSMR_UNIT_NONE;
    while (next_group(decoder, &at, &room->text)) {
        groups++;
        if (groups == 1) {
            decoder->has_time = time_read(room->text, decoder->zone, &room->time) == DSMR_OK;
            keep_time(decoder, room->text, &room->time);
            if (!decoder->has_time)
                decoder->culprit = part_of(decoder, room->text);
        } else if (groups == 3) {
            dsmr_number_parse(room->text, &room->number);
        } else if (groups == PROFILE_HEADER) {
            dsmr_unit_parse(room->text, &room->unit, &exponent);
        }
    }
    int64_t period = room->number.mantissa;
    bool sane = period > 0 && period <= 60 * 24 * 31 && room->number.decimals == 0;
    decoder->so_far.profile.unit = room->unit;
    decoder->so_far.profile.exponent = (int8_t)exponent;
    decoder->so_far.profile.period = (uint16_t)(sane ? period : 60);
    decoder->count =
        (uint8_t)(groups > PROFILE_HEADER && groups < 64 ? groups - PROFILE_HEADER : 0);
    if (groups > 1 && !decoder->has_time)
        decoder->trouble = DSMR_ERR_TIME;
    if (groups <= 1) {
        decoder->count = 1;
        decoder->position = PROFILE_HEADER;
    }
}

/* The unit stands in the header, not with the value. */
static enum dsmr_status read_profile_value(const struct dsmr_decoder *decoder, uint16_t row,
                                           struct dsmr_reading *reading)
{
    enum dsmr_status status = dsmr_quantity_parse(reading->text, &reading->number, &reading->unit);
    if (status == DSMR_OK && reading->unit == DSMR_UNIT_NONE) {
        reading->unit = decoder->so_far.profile.unit;
        status = dsmr_number_scale(&reading->number, decoder->so_far.profile.exponent);
    }
    if (status != DSMR_OK)
        return status;
    return check_unit(row, reading);
}

/* How many periods a value is older than the newest; the newest stands last. */
static unsigned profile_age(const struct dsmr_decoder *decoder)
{
    return (unsigned)(PROFILE_HEADER + decoder->count - decoder->position);
}

OUT_OF_LINE static void add_periods(const struct dsmr_decoder *decoder, unsigned count,
                                    struct dsmr_time *time)
{
    recall_time(decoder, time);
    if (count > 0)
        dsmr_time_from_unix(time->unix_s + (int64_t)count * decoder->so_far.profile.period * 60,
                            decoder->zone, time);
}

bool read_profile(struct dsmr_decoder *decoder, struct dsmr_reading *reading)
{
    bool is_value = decoder->position > PROFILE_HEADER;
    if (is_value && decoder->count == 0)
        return false;
    unsigned position = is_value ? PROFILE_VALUE + profile_age(decoder) : decoder->position;
    uint16_t row = row_at(decoder, position);
    if (row == ROW_NONE)
        return false;
    reading->type = catalogue_type(row_item(row));
    enum dsmr_status status =
        is_value ? read_profile_value(decoder, row, reading) : read_group(decoder, row, reading);
    if (status != DSMR_OK) {
        blame(decoder, reading, status);
        return false;
    }
    if (is_value && decoder->has_time) {
        reading->has_time = true;
        add_periods(decoder, decoder->count - 1U - profile_age(decoder), &reading->time);
    } else if (reading->type == DSMR_TYPE_TIME && decoder->count > 0) {
        add_periods(decoder, decoder->count - 1U, &reading->time);
    }
    fill(decoder, row, reading);
    return true;
}
