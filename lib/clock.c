/* SPDX-License-Identifier: MIT */
/* A clock in two objects, as meters of Slovenia and Poland have it: a time is made of both. */
#include "decode.h"

enum { CLOCK_HALF = 6 }; /* digits: YYMMDD, hhmmss */

void note_clock(struct dsmr_decoder *decoder, const struct dsmr_reading *reading)
{
    const char *half = reading->text.size == CLOCK_HALF ? reading->text.at : NULL;
    if (reading->item == clock_items.both)
        decoder->clocked = true;
    else if (reading->item == clock_items.time)
        decoder->clock_time = half;
    else if (reading->item == clock_items.date)
        decoder->clock_date = half;
}

/* The object that this part of the telegram belongs to. */
static struct dsmr_object object_of(const struct dsmr_decoder *decoder, const char *part)
{
    struct dsmr_cursor cursor = {decoder->text, decoder->cursor.end};
    struct dsmr_object object;
    enum dsmr_status status;
    while ((status = dsmr_cursor_next(&cursor, &object)) != DSMR_END)
        if (status == DSMR_OK && part < object.groups.at + object.groups.size)
            break;
    return object;
}

bool read_clock(struct dsmr_decoder *decoder, struct dsmr_reading *reading)
{
    char digits[2 * CLOCK_HALF];
    if (decoder->clocked || decoder->clock_time == NULL || decoder->clock_date == NULL)
        return false;
    for (size_t i = 0; i < CLOCK_HALF; i++) {
        digits[i] = decoder->clock_date[i];
        digits[CLOCK_HALF + i] = decoder->clock_time[i];
    }
    decoder->clocked = true;
    *reading = (struct dsmr_reading){
        .item = clock_items.both,
        .object = object_of(decoder, decoder->clock_date),
        .text = {decoder->clock_date, CLOCK_HALF},
        .type = DSMR_TYPE_TIME,
    };
    return dsmr_time_parse((struct dsmr_text){digits, sizeof digits}, decoder->zone,
                           &reading->time) == DSMR_OK;
}
