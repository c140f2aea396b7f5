/* SPDX-License-Identifier: MIT */
/* dsmr decode --format csv: one row an item, quoted as RFC 4180 says. */
#include "cmd/decode_format.h"

#include <stdio.h>
#include <string.h>

static void add_wire_text(struct buffer *out, struct dsmr_text text)
{
    buffer_add(out, "\"", 1);
    for (size_t i = 0; i < text.size; i++) {
        if (text.at[i] == '"')
            buffer_add(out, "\"", 1);
        if (text.at[i] != '\r' && text.at[i] != '\n')
            buffer_add(out, &text.at[i], 1);
    }
    buffer_add(out, "\"", 1);
}

static bool needs_quotes(struct dsmr_text text)
{
    for (size_t i = 0; i < text.size; i++)
        if (strchr(",\"\r\n", text.at[i]) || text.at[i] == '\0')
            return true;
    return false;
}

static void add_value(struct buffer *out, const struct dsmr_reading *reading)
{
    char printed[DSMR_NUMBER_SIZE];
    if (reading->type == DSMR_TYPE_NUMBER)
        buffer_add(out, printed, dsmr_number_print(reading->number, printed));
    else if (reading->type == DSMR_TYPE_TIME)
        buffer_add(out, printed, dsmr_time_print(&reading->time, printed));
    else if (needs_quotes(reading->text))
        add_wire_text(out, reading->text);
    else
        buffer_add(out, reading->text.at, reading->text.size);
}

/* The first two columns are the same in all rows of a telegram. */
static void print_row(struct buffer *out, struct dsmr_text head, const struct dsmr_reading *reading)
{
    buffer_add(out, head.at, head.size);
    buffer_add_text(out, dsmr_item_id(reading->item));
    buffer_add(out, ",", 1);
    if (reading->channel > 0)
        buffer_print(out, "%u", reading->channel);
    buffer_add(out, ",", 1);
    add_value(out, reading);
    buffer_add(out, ",", 1);
    if (reading->type == DSMR_TYPE_NUMBER)
        buffer_add_text(out, dsmr_unit_name(reading->unit));
    buffer_add(out, "\n", 1);
}

static void print_telegram(struct buffer *out, const struct decode_context *context,
                           const struct dsmr_telegram *telegram, const struct decoded *decoded)
{
    char time[DSMR_TIME_SIZE] = "";
    char head[DSMR_TIME_SIZE + 32];
    (void)telegram;
    if (!decoded)
        return;
    if (decoded->has_time)
        dsmr_time_print(&decoded->time, time);
    int size = snprintf(head, sizeof head, "%lu,%s,", context->number, time);
    for (size_t i = 0; i < decoded->count; i++)
        print_row(out, (struct dsmr_text){head, (size_t)size}, &decoded->readings[i]);
}

const struct decode_format decode_csv = {
    .name = "csv",
    .head = "telegram,time,id,channel,value,unit\n",
    .telegram = print_telegram,
};
