/* SPDX-License-Identifier: MIT */
/*
 * Turns the objects of a telegram into readings. Most objects have one value, or a value and its time
 * in either order. Two kinds repeat:
 *  - the log of power failures (99.97.0): count, code, then time and duration of each entry
 *    [P1 5.0.2 6.12];
 *  - the profile of DSMR 3.0 (24.3.0): time of the oldest value, status, minutes per value, number of
 *    values, code, unit, then the values, oldest first.
 */
#include "internal.h"

enum layout { PLAIN, LOG, PROFILE };

enum {
    LOG_FIRST_ENTRY = 3,
    PROFILE_VALUE = 7, /* position of the newest value in the catalogue; older ones follow */
    PROFILE_HEADER = 6,
    PROFILE_GROUPS_MAX = 64, /* ten values are the most that a meter sends */
};

/* Durations from here on are what unset counters show, not seconds. */
static const int64_t duration_limit = INT32_MAX;

void dsmr_decode(struct dsmr_decoder *decoder, const struct dsmr_telegram *telegram,
                 struct dsmr_channels *channels, const struct dsmr_zone *zone)
{
    *decoder = (struct dsmr_decoder){.channels = channels};
    if (zone)
        decoder->zone = *zone;
    else
        dsmr_zone_of(telegram->identification, &decoder->zone);
    channels_learn(channels, telegram, decoder->zone);
    dsmr_cursor_init(&decoder->cursor, telegram);
}

/* ------------------------------------------------------------------------------------------------
 * One group
 */

/* Reads a group as a row wants it. */
static enum dsmr_status read_group(const struct dsmr_decoder *decoder, const struct row *row,
                                   struct dsmr_text group, struct dsmr_reading *reading)
{
    reading->type = catalogue_type(row->item);
    if (reading->type == DSMR_TYPE_TIME)
        return dsmr_time_parse(group, decoder->zone, &reading->time);
    if (reading->type == DSMR_TYPE_TEXT)
        return DSMR_OK;
    enum dsmr_status status = dsmr_quantity_parse(group, &reading->number, &reading->unit);
    if (status != DSMR_OK)
        return status;
    if (reading->unit == DSMR_UNIT_NONE && (row->flags & UNIT_OPTIONAL))
        reading->unit = (enum dsmr_unit)row->unit;
    return reading->unit == row->unit || (row->flags & UNIT_ANY) ? DSMR_OK : DSMR_ERR_UNIT;
}

/* The rows of the object's code that are of the device's kind, one by one. */
static uint16_t next_row(const struct dsmr_decoder *decoder, uint16_t row)
{
    while (row != ROW_NONE && decoder->channel > 0 &&
           catalogue_kind(catalogue_row(row)->item) != decoder->kind)
        row = catalogue_next(row);
    return row;
}

static uint16_t row_at(const struct dsmr_decoder *decoder, unsigned position)
{
    uint16_t row = next_row(decoder, decoder->rows);
    while (row != ROW_NONE && catalogue_row(row)->position != position)
        row = next_row(decoder, catalogue_next(row));
    return row;
}

static void fill(struct dsmr_decoder *decoder, const struct row *row, struct dsmr_text group,
                 struct dsmr_reading *reading)
{
    reading->item = row->item;
    reading->text = group;
    reading->rank = row->flags & RANK_MASK;
    if (reading->type != DSMR_TYPE_TIME && decoder->has_time && decoder->layout != PROFILE) {
        reading->has_time = true;
        reading->time = decoder->time;
    }
    decoder->delivered = true;
}

static void blame(struct dsmr_decoder *decoder, struct dsmr_text group, enum dsmr_status status)
{
    if (decoder->trouble == DSMR_OK) {
        decoder->trouble = status;
        decoder->culprit = group;
    }
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
        if (dsmr_time_parse(group, decoder->zone, &decoder->time) == DSMR_OK) {
            decoder->has_time = true;
            return;
        }
        if (groups == 1)
            decoder->culprit = group;
    }
    if (groups > 1)
        decoder->trouble = DSMR_ERR_TIME;
}

/* ------------------------------------------------------------------------------------------------
 * The log of power failures
 */

/* Judges the entry that group begins; both halves must be good. They come as time, duration, but the
 * text of 4.0 has them the other way round. */
static enum dsmr_status judge_entry(struct dsmr_decoder *decoder, struct dsmr_text first,
                                    struct dsmr_text second, bool *swapped)
{
    struct dsmr_number duration;
    enum dsmr_unit unit;
    *swapped = dsmr_time_parse(first, decoder->zone, &decoder->time) != DSMR_OK;
    struct dsmr_text time = *swapped ? second : first;
    struct dsmr_text length = *swapped ? first : second;
    if (dsmr_time_parse(time, decoder->zone, &decoder->time) != DSMR_OK)
        return DSMR_ERR_TIME;
    enum dsmr_status status = dsmr_quantity_parse(length, &duration, &unit);
    if (status != DSMR_OK)
        return status;
    if (unit != DSMR_UNIT_NONE && unit != DSMR_UNIT_S)
        return DSMR_ERR_UNIT;
    return decoder->time.year < 2001 || duration.mantissa >= duration_limit || duration.mantissa < 0
               ? DSMR_ERR_RANGE
               : DSMR_OK;
}

static void step(struct dsmr_decoder *decoder)
{
    if (decoder->position < UINT8_MAX)
        decoder->position++;
}

static bool read_log(struct dsmr_decoder *decoder, struct dsmr_text group,
                     struct dsmr_reading *reading)
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

/* Header and values are one line, and one line that is wrong is wrong as a whole. */
static bool open_profile(struct dsmr_decoder *decoder)
{
    struct dsmr_text group;
    struct dsmr_number period = {60, 0};
    size_t at = 0;
    unsigned groups = 0;
    decoder->profile_unit = DSMR_UNIT_NONE;
    decoder->profile_exponent = 0;
    while (dsmr_group_next(&decoder->object, &at, &group) == DSMR_OK) {
        groups++;
        if (groups == 1)
            decoder->has_time = dsmr_time_parse(group, decoder->zone, &decoder->time) == DSMR_OK;
        else if (groups == 3)
            dsmr_number_parse(group, &period);
        else if (groups == PROFILE_HEADER)
            dsmr_unit_parse(group, &decoder->profile_unit, &decoder->profile_exponent);
        if (groups == 1 && !decoder->has_time)
            decoder->culprit = group;
    }
    if (groups > 1 && !decoder->has_time)
        decoder->trouble = DSMR_ERR_TIME;
    bool sane = period.mantissa > 0 && period.mantissa <= 60 * 24 * 31 && period.decimals == 0;
    decoder->profile_period = (uint16_t)(sane ? period.mantissa : 60);
    decoder->profile_values =
        (uint8_t)(groups > PROFILE_HEADER && groups < 64 ? groups - PROFILE_HEADER : 0);
    return groups > 1;
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
    return reading->unit == row->unit || (row->flags & UNIT_ANY) ? DSMR_OK : DSMR_ERR_UNIT;
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

static bool read_profile(struct dsmr_decoder *decoder, struct dsmr_text group,
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

/* ------------------------------------------------------------------------------------------------
 * Objects
 */

/* Finds the rows of an object and how its groups are laid out. False when it has none. */
static bool open_object(struct dsmr_decoder *decoder)
{
    struct dsmr_obis obis = decoder->object.obis;
    decoder->channel = obis_channel(obis);
    decoder->kind = decoder->channels->kind[decoder->channel];
    bool is_pattern = obis.b == DSMR_CHANNEL_ANY; /* which no channel of the wire is */
    if (decoder->channel > 0)
        obis.b = DSMR_CHANNEL_ANY;
    decoder->rows = is_pattern ? (uint16_t)ROW_NONE : catalogue_find(obis);
    decoder->at = 0;
    decoder->position = 0;
    decoder->used = 0;
    decoder->trouble = DSMR_OK;
    decoder->culprit = (struct dsmr_text){0};
    decoder->pending_row = ROW_NONE;
    decoder->has_time = false;
    decoder->delivered = false;
    uint16_t first = next_row(decoder, decoder->rows);
    if (first == ROW_NONE || (decoder->channel > 0 && decoder->kind == DSMR_KIND_NONE))
        return false;
    uint8_t flags = catalogue_row(first)->flags;
    decoder->layout = PLAIN;
    if (flags & LAYOUT_LOG)
        decoder->layout = LOG;
    else if (flags & LAYOUT_PROFILE)
        decoder->layout = PROFILE;
    if (decoder->layout == PLAIN) {
        find_time(decoder);
    } else if (decoder->layout == PROFILE && !open_profile(decoder)) {
        /* One group: the value itself, with its unit. */
        decoder->profile_values = 1;
        decoder->position = PROFILE_HEADER;
    }
    decoder->open = true;
    return true;
}

static void begin_reading(const struct dsmr_decoder *decoder, struct dsmr_reading *reading)
{
    *reading = (struct dsmr_reading){.item = DSMR_ITEM_NONE, .object = decoder->object};
    reading->channel = decoder->channel;
    reading->superseded =
        decoder->channel > 0 && decoder->channels->chosen[decoder->kind] != decoder->channel;
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
    while (decoder->trouble != DSMR_ERR_TIME &&
           dsmr_group_next(&decoder->object, &decoder->at, &group) == DSMR_OK) {
        step(decoder);
        bool in_entry = decoder->layout == LOG && decoder->position >= LOG_FIRST_ENTRY;
        if (group.size == 0 && !in_entry) {
            decoder->delivered = true; /* an empty value is no value, and no news */
            continue;
        }
        begin_reading(decoder, reading);
        bool read = decoder->layout == LOG       ? read_log(decoder, group, reading)
                    : decoder->layout == PROFILE ? read_profile(decoder, group, reading)
                                                 : read_plain(decoder, group, reading);
        if (read)
            return true;
    }
    return false;
}

enum dsmr_status dsmr_decode_next(struct dsmr_decoder *decoder, struct dsmr_reading *reading)
{
    for (;;) {
        if (decoder->open) {
            if (next_of_object(decoder, reading))
                return DSMR_OK;
            decoder->open = false;
            if (!decoder->delivered) {
                begin_reading(decoder, reading);
                reading->text = decoder->culprit;
                return decoder->trouble != DSMR_OK ? decoder->trouble : DSMR_UNKNOWN;
            }
        }
        enum dsmr_status status = dsmr_cursor_next(&decoder->cursor, &decoder->object);
        if (status != DSMR_OK || !open_object(decoder)) {
            decoder->channel = status == DSMR_OK ? obis_channel(decoder->object.obis) : 0;
            decoder->kind = DSMR_KIND_NONE;
            begin_reading(decoder, reading);
            reading->superseded = false;
            return status != DSMR_OK ? status : DSMR_UNKNOWN;
        }
    }
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
