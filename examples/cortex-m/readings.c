/* SPDX-License-Identifier: MIT */
/*
 * Every reading of every telegram, by its number in the catalogue: with -DNAMES by its id, a line each:
 * eActualDelivery 1.193 kW
 */
#include "dsmr/dsmr.h"
#include "uart.h"

static char buffer[4096];
static struct dsmr_framer framer;
static struct dsmr_channels channels;

static void print_number(struct dsmr_number number)
{
    char text[DSMR_NUMBER_SIZE];
    uart_write(text, (unsigned)dsmr_number_print(number, text));
}

static void print_reading(const struct dsmr_reading *reading)
{
#ifdef NAMES
    uart_print(dsmr_item_id(reading->item));
#else
    print_number((struct dsmr_number){reading->item, 0});
#endif
    uart_print(" ");
    if (reading->type == DSMR_TYPE_NUMBER)
        print_number(reading->number);
    else
        uart_write(reading->text.at, (unsigned)reading->text.size);
#ifdef NAMES
    uart_print(" ");
    uart_print(dsmr_unit_name(reading->unit));
#endif
    uart_print("\n");
}

static void print_telegram(const struct dsmr_telegram *telegram)
{
    struct dsmr_decoder decoder;
    struct dsmr_reading reading;
    enum dsmr_status status;
    dsmr_decode(&decoder, telegram, &channels, NULL);
    while ((status = dsmr_decode_next(&decoder, &reading)) != DSMR_END)
        if (status == DSMR_OK && !reading.superseded)
            print_reading(&reading);
}

int main(void)
{
    struct dsmr_telegram telegram;
    uart_open();
    dsmr_framer_init(&framer, buffer, sizeof buffer);
    dsmr_channels_init(&channels);
    for (;;) {
        char byte = uart_read();
        dsmr_framer_push(&framer, &byte, 1);
        while (dsmr_framer_next(&framer, &telegram) != DSMR_MORE)
            if (telegram.status == DSMR_OK)
                print_telegram(&telegram);
    }
}
