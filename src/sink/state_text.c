/* SPDX-License-Identifier: MIT */
/* The state text of openHAB's items, exact to the last digit: no number becomes a float here. */
#include "sink/state_text.h"

#include "config/items_fit.h"

#include <string.h>

static void write_number(struct buffer *out, struct dsmr_number number)
{
    char text[DSMR_NUMBER_SIZE];
    size_t size = dsmr_number_print(number, text);
    buffer_clear(out);
    buffer_add(out, text, size);
}

static void write_quantity(struct buffer *out, struct dsmr_number number, enum dsmr_unit unit)
{
    write_number(out, number);
    buffer_add_text(out, " ");
    buffer_add_text(out, unit == DSMR_UNIT_M3 ? "m³" : dsmr_unit_name(unit));
}

static void write_time(struct buffer *out, const struct dsmr_time *time)
{
    char text[DSMR_TIME_SIZE];
    size_t size = dsmr_time_print(time, text);
    buffer_clear(out);
    buffer_add(out, text, size);
}

/* Meters that send bytes above 0x7F mean ISO 8859-1 by them, if anything. */
static void write_text(struct buffer *out, struct dsmr_text text)
{
    buffer_clear(out);
    buffer_add(out, "", 0);
    for (size_t i = 0; i < text.size; i++) {
        unsigned char byte = (unsigned char)text.at[i];
        if (byte == '\r' || byte == '\n')
            continue;
        if (byte < 0x80)
            buffer_add(out, (const char[]){(char)byte}, 1);
        else
            buffer_add(out, (const char[]){(char)(0xC0 | byte >> 6), (char)(0x80 | (byte & 0x3F))},
                       2);
    }
}

/* Tariffs and device types are texts that are numbers all the same. */
static enum state_result write_text_as_number(struct buffer *out, struct dsmr_text text)
{
    struct dsmr_number number;
    if (dsmr_number_parse(text, &number) != DSMR_OK)
        return STATE_NO_NUMBER;
    write_number(out, number);
    return STATE_WRITTEN;
}

static enum state_result write_for_number(struct buffer *out, const char *dimension,
                                          const struct dsmr_reading *reading)
{
    if (reading->type == DSMR_TYPE_TIME)
        return STATE_WRONG_TYPE;
    if (reading->type == DSMR_TYPE_TEXT)
        return write_text_as_number(out, reading->text);
    if (dimension == NULL || strcmp(dimension, "Dimensionless") == 0 ||
        reading->unit == DSMR_UNIT_NONE) {
        write_number(out, reading->number);
        return STATE_WRITTEN;
    }
    if (strcmp(dimension, item_dimension(reading->unit)) != 0)
        return STATE_WRONG_UNIT;
    write_quantity(out, reading->number, reading->unit);
    return STATE_WRITTEN;
}

static enum state_result write_for_time(struct buffer *out, const struct dsmr_reading *reading)
{
    if (reading->type != DSMR_TYPE_TIME)
        return STATE_WRONG_TYPE;
    write_time(out, &reading->time);
    return STATE_WRITTEN;
}

static enum state_result write_for_string(struct buffer *out, const struct dsmr_reading *reading)
{
    switch (reading->type) {
    case DSMR_TYPE_NUMBER:
        write_number(out, reading->number);
        break;
    case DSMR_TYPE_TIME:
        write_time(out, &reading->time);
        break;
    case DSMR_TYPE_TEXT:
        write_text(out, reading->text);
        break;
    }
    return STATE_WRITTEN;
}

enum state_result state_text_write(struct buffer *out, const struct bound_item *item,
                                   const struct dsmr_reading *reading)
{
    switch (item->type) {
    case ITEM_NUMBER:
        return write_for_number(out, item->dimension, reading);
    case ITEM_DATETIME:
        return write_for_time(out, reading);
    case ITEM_STRING:
        break;
    }
    return write_for_string(out, reading);
}
