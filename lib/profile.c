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

/* Judges the entry that group begins; both halves must be good. They come as time, duration, but the
 * text of 4.0 has them the other way round. */
OUT_OF_LINE static enum dsmr_status judge_entry(struct dsmr_decoder *decoder,
                                                struct dsmr_text first, struct dsmr_text second,
                                                bool *swapped)
{
    struct dsmr_number duration;
    enum dsmr_unit unit;
    *swapped = dsmr_time_parse(first, decoder->zone, &decoder->time) != DSMR_OK;
    if (*swapped && dsmr_time_parse(second, decoder->zone, &decoder->time) != DSMR_OK)
        return DSMR_ERR_TIME;
    enum dsmr_status status = dsmr_quantity_parse(*swapped ? first : second, &duration, &unit);
    if (status != DSMR_OK)
        return status;
    if (unit != DSMR_UNIT_NONE && unit != DSMR_UNIT_S)
        return DSMR_ERR_UNIT;
    return decoder->time.year < 2001 || duration.mantissa >= duration_limit || duration.mantissa < 0
               ? DSMR_ERR_RANGE
               : DSMR_OK;
}

bool read_log(struct dsmr_decoder *decoder, struct dsmr_text group, struct dsmr_reading *reading)
{
    uint16_t row = row_at(decoder, decoder->position);
    if (decoder->position < LOG_FIRST_ENTRY) {
        if (row == ROW_NONE)
            return false;
        enum dsmr_status status = read_group(decoder, catalogue_row(row), group, reading);
        if (status != DSMR_OK) {
            blame(decoder, group, status);
            return false;
        }
        fill(decoder, catalogue_row(row), group, reading);
        return true;
    }
    struct dsmr_text second;
    bool swapped = false;
    step(decoder);
    if (dsmr_group_next(&decoder->object, &decoder->at, &second) != DSMR_OK || row == ROW_NONE)
        return false;
    decoder->delivered = true; /* a filler is no news */
    if (judge_entry(decoder, group, second, &swapped) != DSMR_OK)
        return false;
    uint16_t other = row_at(decoder, decoder->position);
    decoder->has_time = true;
    decoder->pending = second;
    decoder->pending_row = swapped ? row : other;
    row = swapped ? other : row;
    read_group(decoder, catalogue_row(row), group, reading);
    fill(decoder, catalogue_row(row), group, reading);
    return true;
}

/* ------------------------------------------------------------------------------------------------
 * The profile of DSMR 3.0
 */

/* Header and values are one line, and one line that is wrong is wrong as a whole. One group alone is the
 * value itself, with its unit. */
void open_profile(struct dsmr_decoder *decoder)
{
    struct dsmr_text group;
    struct dsmr_number period = {60, 0};
    size_t at = 0;
    unsigned groups = 0;
    int exponent = 0;
    decoder->profile_unit = DSMR_UNIT_NONE;
    while (dsmr_group_next(&decoder->object, &at, &group) == DSMR_OK) {
        groups++;
        if (groups == 1)
            decoder->has_time = dsmr_time_parse(group, decoder->zone, &decoder->time) == DSMR_OK;
        else if (groups == 3)
            dsmr_number_parse(group, &period);
        else if (groups == PROFILE_HEADER)
            dsmr_unit_parse(group, &decoder->profile_unit, &exponent);
        if (groups == 1 && !decoder->has_time)
            decoder->culprit = group;
    }
    decoder->profile_exponent = (int8_t)exponent;
    bool sane = period.mantissa > 0 && period.mantissa <= 60 * 24 * 31 && period.decimals == 0;
    decoder->profile_period = (uint16_t)(sane ? period.mantissa : 60);
    decoder->profile_values =
        (uint8_t)(groups > PROFILE_HEADER && groups < 64 ? groups - PROFILE_HEADER : 0);
    if (groups > 1 && !decoder->has_time)
        decoder->trouble = DSMR_ERR_TIME;
    if (groups <= 1) {
        decoder->profile_values = 1;
        decoder->position = PROFILE_HEADER;
    }
}

/* The unit stands in the header, not with the value. */
static enum dsmr_status read_profile_value(const struct dsmr_decoder *decoder,
                                           const struct row *row, struct dsmr_text group,
                                           struct dsmr_reading *reading)
{
    enum dsmr_status status = dsmr_quantity_parse(group, &reading->number, &reading->unit);
    if (status == DSMR_OK && reading->unit == DSMR_UNIT_NONE) {
        reading->unit = decoder->profile_unit;
        status = dsmr_number_scale(&reading->number, decoder->profile_exponent);
    }
    if (status != DSMR_OK)
        return status;
    return check_unit(row, reading);
}

/* How many periods a value is older than the newest; the newest stands last. */
static unsigned profile_age(const struct dsmr_decoder *decoder)
{
    return (unsigned)(PROFILE_HEADER + decoder->profile_values - decoder->position);
}

static void add_periods(const struct dsmr_decoder *decoder, unsigned count, struct dsmr_time *time)
{
    *time = decoder->time;
    if (count > 0)
        dsmr_time_from_unix(decoder->time.unix_s + (int64_t)count * decoder->profile_period * 60,
                            decoder->zone, time);
}

bool read_profile(struct dsmr_decoder *decoder, struct dsmr_text group,
                  struct dsmr_reading *reading)
{
    bool is_value = decoder->position > PROFILE_HEADER;
    if (is_value && decoder->profile_values == 0)
        return false;
    unsigned position = is_value ? PROFILE_VALUE + profile_age(decoder) : decoder->position;
    uint16_t index = row_at(decoder, position);
    if (index == ROW_NONE)
        return false;
    const struct row *row = catalogue_row(index);
    reading->type = catalogue_type(row->item);
    enum dsmr_status status = is_value ? read_profile_value(decoder, row, group, reading)
                                       : read_group(decoder, row, group, reading);
    if (status != DSMR_OK) {
        blame(decoder, group, status);
        return false;
    }
    if (is_value && decoder->has_time) {
        reading->has_time = true;
        add_periods(decoder, decoder->profile_values - 1U - profile_age(decoder), &reading->time);
    } else if (reading->type == DSMR_TYPE_TIME && decoder->profile_values > 0) {
        add_periods(decoder, decoder->profile_values - 1U, &reading->time);
    }
    fill(decoder, row, group, reading);
    return true;
}
