/* SPDX-License-Identifier: MIT */
/*
 * Histories: what a meter kept of months or quarter hours that are over, all on one line.
 *  - Belgium and Switzerland: count, two codes, then end of the month, time of the peak and peak;
 *  - Belgian industry: count, codes, end of the month, number, then time and peak in both directions;
 *  - Hungary: end of the month, 13 energies, 6 peaks;
 *  - Belgian industry, energies: count, codes, end of the month, then a value for each code;
 *  - Israel: count, codes, end of the quarter, status, then both energies.
 * The first three have one code, 98.1.0, and are told apart by their first groups.
 */
#include "decode.h"

enum { PEAKS_HEADER = 3, PEAKS_ENTRY = 3 };

unsigned history_layout(const struct dsmr_decoder *decoder, unsigned layout)
{
    struct dsmr_text group;
    struct dsmr_time time;
    struct dsmr_obis obis;
    size_t at = 0;
    if (layout != LAYOUT_PEAKS && layout != LAYOUT_RESET && layout != LAYOUT_MONTH)
        return layout;
    if (dsmr_group_next(&decoder->object, &at, &group) == DSMR_OK &&
        dsmr_time_parse(group, decoder->zone, &time) == DSMR_OK)
        return LAYOUT_MONTH;
    bool reset = dsmr_group_next(&decoder->object, &at, &group) == DSMR_OK &&
                 dsmr_obis_parse(group, &obis) == DSMR_OK && obis.c == 0;
    return reset ? LAYOUT_RESET : LAYOUT_PEAKS;
}

/* Reads the group by this row. A number is as old as the time before it; without one it is none. */
static bool read_by_row(struct dsmr_decoder *decoder, const struct row *row, struct dsmr_text group,
                        struct dsmr_reading *reading)
{
    enum dsmr_status status = read_group(decoder, row, group, reading);
    if (reading->type == DSMR_TYPE_TIME) {
        decoder->has_time = status == DSMR_OK;
        decoder->time = reading->time;
    } else if (status == DSMR_OK && row->unit != DSMR_UNIT_NONE && !decoder->has_time) {
        status = DSMR_ERR_TIME;
    }
    if (status != DSMR_OK) {
        decoder->delivered = decoder->delivered || status == DSMR_ERR_TIME;
        blame(decoder, group, status == DSMR_ERR_TIME ? DSMR_ERR_RANGE : status);
        return false;
    }
    fill(decoder, row, group, reading);
    return true;
}

/* ------------------------------------------------------------------------------------------------
 * Peaks of months
 */

/* A month without a peak has a filler for its time, and is no news. */
OUT_OF_LINE static bool entry_is_good(struct dsmr_decoder *decoder, struct dsmr_text end)
{
    struct dsmr_text peak;
    struct dsmr_text value;
    struct dsmr_time time;
    struct dsmr_number number;
    enum dsmr_unit unit;
    size_t at = decoder->at;
    return dsmr_group_next(&decoder->object, &at, &peak) == DSMR_OK &&
           dsmr_group_next(&decoder->object, &at, &value) == DSMR_OK &&
           dsmr_time_parse(end, decoder->zone, &time) == DSMR_OK &&
           dsmr_time_parse(peak, decoder->zone, &time) == DSMR_OK &&
           dsmr_quantity_parse(value, &number, &unit) == DSMR_OK && unit == DSMR_UNIT_KW;
}

static void pass_entry(struct dsmr_decoder *decoder)
{
    struct dsmr_text group;
    for (int i = 1; i < PEAKS_ENTRY; i++) {
        step(decoder);
        dsmr_group_next(&decoder->object, &decoder->at, &group);
    }
    decoder->delivered = true;
}

static uint16_t peaks_row(struct dsmr_decoder *decoder, struct dsmr_text group)
{
    bool in_entry = decoder->position > PEAKS_HEADER;
    bool begins = in_entry && (decoder->position - PEAKS_HEADER) % PEAKS_ENTRY == 1;
    if (begins && !entry_is_good(decoder, group)) {
        pass_entry(decoder);
        return ROW_NONE;
    }
    return row_at(decoder, decoder->position);
}

/* ------------------------------------------------------------------------------------------------
 * Values of captured objects
 */

/* The code that the list has at this place, counted from 0. */
static enum dsmr_status captured_code(const struct dsmr_decoder *decoder, unsigned place,
                                      struct dsmr_obis *obis)
{
    struct dsmr_text group;
    size_t at = 0;
    for (unsigned i = 0; i < place + 2; i++)
        if (dsmr_group_next(&decoder->object, &at, &group) != DSMR_OK)
            return DSMR_END;
    return dsmr_obis_parse(group, obis);
}

/* The row of a captured value: its own code has one for this. */
OUT_OF_LINE static uint16_t captured_row(struct dsmr_decoder *decoder)
{
    struct dsmr_obis obis;
    if (decoder->position == 1)
        while (decoder->captures < UINT8_MAX &&
               captured_code(decoder, decoder->captures, &obis) == DSMR_OK)
            decoder->captures++;
    if (decoder->position <= decoder->captures + 1U || decoder->captures == 0)
        return ROW_NONE;
    unsigned place = (decoder->position - decoder->captures - 2U) % (decoder->captures + 1U);
    if (place == 0)
        return row_at(decoder, 1);
    if (captured_code(decoder, place - 1, &obis) != DSMR_OK)
        return ROW_NONE;
    uint16_t row = catalogue_find(obis);
    while (row != ROW_NONE && (catalogue_row(row)->flags & CAPTURED) == 0)
        row = catalogue_next(row);
    return row;
}

bool read_history(struct dsmr_decoder *decoder, struct dsmr_text group,
                  struct dsmr_reading *reading)
{
    uint16_t row;
    if (decoder->layout == LAYOUT_PEAKS)
        row = peaks_row(decoder, group);
    else if (decoder->layout == LAYOUT_CAPTURES)
        row = captured_row(decoder);
    else
        row = row_at(decoder, decoder->position);
    return row != ROW_NONE && read_by_row(decoder, catalogue_row(row), group, reading);
}
