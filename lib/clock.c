/* SPDX-License-Identifier: MIT */
/* A clock in two objects, as meters of Slovenia and Poland have it: a time is made of both. */
#include "decode.h"

#include <string.h>

enum { CLOCK_HALF = 6 }; /* digits: YYMMDD, hhmmss */

void note_clock(struct dsmr_decoder *decoder, const struct dsmr_reading *reading)
{
    dsmr_length half =
        reading->text.size == CLOCK_HALF ? part_of(decoder, reading->text).at : (dsmr_length)0;
    if (reading->item == clock_items.both)
        decoder->clocked = true;
    else if (reading->item == clock_items.time)
        decoder->clock_time = half;
    else if (reading->item == clock_items.date)
        decoder->clock_date = half;
}

/* Back to the object that this place of the telegram belongs to. */
OUT_OF_LINE static void return_to(struct dsmr_decoder *decoder, dsmr_length place)
{
    enum dsmr_status status;
    decoder->next = 0;
    while ((status = to_next_object(decoder)) != DSMR_END)
        if (status == DSMR_OK && place < decoder->groups.at + decoder->groups.size)
            break;
}

/* The digits of both halves, made a time. */
OUT_OF_LINE static bool join_halves(const struct dsmr_decoder *decoder, struct dsmr_time *time)
{
    char digits[2 * CLOCK_HALF];
    memcpy(digits, decoder->text + decoder->clock_date, CLOCK_HALF);
    memcpy(digits + CLOCK_HALF, decoder->text + decoder->clock_time, CLOCK_HALF);
    return time_read((struct dsmr_text){digits, sizeof digits}, decoder->zone, time) == DSMR_OK;
}

bool read_clock(struct dsmr_decoder *decoder, struct dsmr_reading *reading)
{
    if (decoder->clocked || decoder->clock_time == 0 || decoder->clock_date == 0)
        return false;
    decoder->clocked = true;
    return_to(decoder, decoder->clock_date);
    decoder->next = decoder->end;
    begin_reading(decoder, (struct dsmr_text){decoder->text + decoder->clock_date, CLOCK_HALF},
                  reading);
    reading->item = clock_items.both;
    reading->type = DSMR_TYPE_TIME;
    reading->channel = 0;
    reading->superseded = false;
    return join_halves(decoder, &reading->time);
}
