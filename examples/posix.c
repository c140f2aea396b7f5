/* SPDX-License-Identifier: MIT */
// Prints the readings of telegrams on standard input: cc -Iinclude examples/posix.c lib/*.c
#include "dsmr/dsmr.h"

#include <stdio.h>
#include <unistd.h>

static void print(const struct dsmr_telegram *telegram, struct dsmr_channels *channels)
{
    struct dsmr_decoder decoder;
    struct dsmr_reading reading;
    char number[DSMR_NUMBER_SIZE];
    dsmr_decode(&decoder, telegram, channels, NULL);
    for (int status; (status = dsmr_decode_next(&decoder, &reading)) != DSMR_END;)
        if (status == DSMR_OK && reading.type == DSMR_TYPE_NUMBER && !reading.superseded) {
            dsmr_number_print(reading.number, number);
            printf("%s %s %s\n", dsmr_item_id(reading.item), number, dsmr_unit_name(reading.unit));
        }
}

int main(void)
{
    static char buffer[DSMR_TELEGRAM_MAX], bytes[4096];
    struct dsmr_framer framer;
    struct dsmr_telegram telegram;
    struct dsmr_channels channels;
    dsmr_framer_init(&framer, buffer, sizeof buffer);
    dsmr_channels_init(&channels);
    for (ssize_t size; (size = read(STDIN_FILENO, bytes, sizeof bytes)) > 0;) {
        dsmr_framer_push(&framer, bytes, (size_t)size);
        while (dsmr_framer_next(&framer, &telegram) != DSMR_MORE)
            if (telegram.status == DSMR_OK)
                print(&telegram, &channels);
    }
}
