/* SPDX-License-Identifier: MIT */
// For archives and head-ends: adds up the power in all telegrams of a recording. A telegram whose shape is
// known is read as one row of numbers; any other is decoded, and so its shape is learnt.
//
//     cc -O2 -Iinclude examples/fleet.c lib/*.c -o fleet && ./fleet < recording
#include "dsmr/dsmr.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { SHAPES = 16, PIECE = 1 << 20 };

struct fleet {
    dsmr_item power;
    int64_t watts;
    unsigned long rows;    /* telegrams read as rows */
    unsigned long decoded; /* the others */
};

static void add_power(struct fleet *fleet, struct dsmr_number number)
{
    if (dsmr_number_scale(&number, 3) == DSMR_OK && number.decimals == 0)
        fleet->watts += number.mantissa;
}

static void add_row(struct fleet *fleet, const struct dsmr_row *row)
{
    const struct dsmr_column *column = row->shape->columns;
    for (const struct dsmr_column *end = column + row->shape->count; column < end; column++) {
        if (column->status != DSMR_OK || column->reading.item != fleet->power)
            continue;
        struct dsmr_number number = column->reading.number;
        if (column->value != DSMR_COLUMN_NONE)
            number.mantissa = row->values[column->value];
        add_power(fleet, number);
    }
    fleet->rows++;
}

static void add_readings(struct fleet *fleet, const struct dsmr_telegram *telegram,
                         struct dsmr_channels *channels)
{
    struct dsmr_decoder decoder;
    struct dsmr_reading reading;
    enum dsmr_status status;
    dsmr_decode(&decoder, telegram, channels, NULL);
    while ((status = dsmr_decode_next(&decoder, &reading)) != DSMR_END)
        if (status == DSMR_OK && reading.item == fleet->power)
            add_power(fleet, reading.number);
    fleet->decoded++;
}

int main(void)
{
    static char buffer[DSMR_TELEGRAM_MAX];
    static char bytes[PIECE];
    static struct dsmr_shape room[SHAPES];
    static const char power[] = "eActualDelivery";
    struct fleet fleet = {.power = dsmr_item_find((struct dsmr_text){power, strlen(power)})};
    struct dsmr_framer framer;
    struct dsmr_shapes shapes;
    struct dsmr_telegram telegram;
    struct dsmr_channels channels;
    struct dsmr_row row;
    dsmr_framer_init(&framer, buffer, sizeof buffer);
    dsmr_shapes_init(&shapes, room, SHAPES, dsmr_processor());
    dsmr_framer_remember(&framer, &shapes);
    dsmr_channels_init(&channels);
    for (size_t size; (size = fread(bytes, 1, sizeof bytes, stdin)) > 0;) {
        dsmr_framer_push(&framer, bytes, size);
        while (dsmr_framer_next(&framer, &telegram) != DSMR_MORE) {
            if (telegram.status != DSMR_OK)
                continue;
            if (dsmr_row_read(&row, &telegram, &channels, NULL) == DSMR_OK)
                add_row(&fleet, &row);
            else
                add_readings(&fleet, &telegram, &channels);
        }
    }
    printf("%lu rows, %lu decoded, %" PRId64 " W\n", fleet.rows, fleet.decoded, fleet.watts);
    return 0;
}
