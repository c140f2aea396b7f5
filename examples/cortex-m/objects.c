/* SPDX-License-Identifier: MIT */
/*
 * The smallest use of libdsmr: telegrams from the port, their CRC checked, and of their objects the two
 * powers, by their OBIS codes. No catalogue is linked. For every telegram a line: 1.193 kW 0.000 kW
 */
#include "dsmr/dsmr.h"
#include "uart.h"

static char buffer[2048];
static struct dsmr_framer framer;

static void print_power(const struct dsmr_object *object)
{
    struct dsmr_text group;
    struct dsmr_number number;
    enum dsmr_unit unit;
    char text[DSMR_NUMBER_SIZE];
    size_t at = 0;
    if (dsmr_group_next(object, &at, &group) != DSMR_OK ||
        dsmr_quantity_parse(group, &number, &unit) != DSMR_OK || unit != DSMR_UNIT_KW)
        return;
    uart_write(text, (unsigned)dsmr_number_print(number, text));
    uart_print(" kW ");
}

static void print_powers(const struct dsmr_telegram *telegram)
{
    struct dsmr_cursor cursor;
    struct dsmr_object object;
    enum dsmr_status status;
    dsmr_cursor_init(&cursor, telegram);
    while ((status = dsmr_cursor_next(&cursor, &object)) != DSMR_END)
        if (status == DSMR_OK && object.obis.a == 1 && object.obis.b == 0 && object.obis.c <= 2 &&
            object.obis.d == 7 && object.obis.e == 0)
            print_power(&object);
    uart_print("\n");
}

int main(void)
{
    struct dsmr_telegram telegram;
    uart_open();
    dsmr_framer_init(&framer, buffer, sizeof buffer);
    for (;;) {
        char byte = uart_read();
        dsmr_framer_push(&framer, &byte, 1);
        while (dsmr_framer_next(&framer, &telegram) != DSMR_MORE)
            if (telegram.status == DSMR_OK)
                print_powers(&telegram);
    }
}
