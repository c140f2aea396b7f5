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

unsigned history_layout(const struct dsmr_decoder *decoder, unsigned layout,
                        struct dsmr_reading *room)
{
    dsmr_length at = 0;
    if (layout != LAYOUT_PEAKS && layout != LAYOUT_RESET && layout != LAYOUT_MONTH)
        return layout;
    if (next_group(decoder, &at, &room->text) &&
        time_read(room->text, decoder->zone, &room->time) == DSMR_OK)
        return LAYOUT_MONTH;
    bool reset = next_group(decoder, &at, &room->text) &&
                 dsmr_obis_parse(room->text, &room->object.obis) == DSMR_OK &&
                 room->object.obis.c == 0;
    return reset ? LAYOUT_RESET : LAYOUT_PEAKS;
}

/* Reads the group by this row. A number is as old as the time before it; without one it is none. */
static bool read_by_row(struct dsmr_decoder *decoder, uint16_t row, struct dsmr_reading *reading)
{
    enum dsmr_status status = read_group(decoder, row, reading);
    if (reading->type == DSMR_TYPE_TIME) {
        decoder->has_time = status == DSMR_OK;
        keep_time(decoder, reading->text, &reading->time);
    } else if (status == DSMR_OK && row_unit(row) != DSMR_UNIT_NONE && !decoder->has_time) {
        status = DSMR_ERR_TIME;
    }
    if (status != DSMR_OK) {
        decoder->delivered = decoder->delivered || status == DSMR_ERR_TIME;
        blame(decoder, reading, status == DSMR_ERR_TIME ? DSMR_ERR_RANGE : status);
        return false;
    }
    fill(decoder, row, reading);
    return true;
}

/* ------------------------------------------------------------------------------------------------
 * Peaks of months
 */

/* A month without a peak has a filler for its time, and is no news. reading->text is the end of it. */
OUT_OF_LINE static bool entry_is_good(const struct dsmr_decoder *decoder,
                                      struct dsmr_reading *reading)
{
    struct dsmr_text group;
    dsmr_length at = decoder->at;
    return time_read(reading->text, decoder->zone, &reading->time) == DSMR_OK &&
           next_group(decoder, &at, &group) &&
           time_read(group, decoder->zone, &reading->time) == DSMR_OK &&
           next_group(decoder, &at, &group) &&
           dsmr_quantity_parse(group, &reading->number, &reading->unit) == DSMR_OK &&
           reading->unit == DSMR_UNIT_KW;
}

static void pass_entry(struct dsmr_decoder *decoder)
{
    struct dsmr_text group;
    for (int i = 1; i < PEAKS_ENTRY; i++) {
        step(decoder);
        next_group(decoder, &decoder->at, &group);
    }
    decoder->delivered = true;
}

static uint16_t peaks_row(struct dsmr_decoder *decoder, struct dsmr_reading *reading)
{
    bool in_entry = decoder->position > PEAKS_HEADER;
    bool begins = in_entry && (decoder->position - PEAKS_HEADER) % PEAKS_ENTRY == 1;
    if (begins && !entry_is_good(decoder, reading)) {
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
    dsmr_length at = 0;
    for (unsigned i = 0; i < place + 2; i++)
        if (!next_group(decoder, &at, &group))
            return DSMR_END;
    return dsmr_obis_parse(group, obis);
}

/* The row of a captured value: its own code has one for this. */
OUT_OF_LINE static uint16_t captured_row(struct dsmr_decoder *decoder)
{
    struct dsmr_obis obis;
    if (decoder->position == 1)
        while (decoder->count < UINT8_MAX &&
               captured_code(decoder, decoder->count, &obis) == DSMR_OK)
            decoder->count++;
    if (decoder->position <= decoder->count + 1U || decoder->count == 0)
        return ROW_NONE;
    unsigned place = (decoder->position - decoder->count - 2U) % (decoder->count + 1U);
    if (place == 0)
        return row_at(decoder, 1);
    if (captured_code(decoder, place - 1, &obis) != DSMR_OK)
        return ROW_NONE;
    uint16_t row = catalogue_find(obis);
    while (row != ROW_NONE && (row_flags(row) & CAPTURED) == 0)
        row = catalogue_next(row);
    return row;
}

bool read_history(struct dsmr_decoder *decoder, struct dsmr_reading *reading)
{
    uint16_t row;
    if (decoder->layout == LAYOUT_PEAKS)
        row = peaks_row(decoder, reading);
    else if (decoder->layout == LAYOUT_CAPTURES)
        row = captured_row(decoder);
    else
        row = row_at(decoder, decoder->position);
    return row != ROW_NONE && read_by_row(decoder, row, reading);
}
