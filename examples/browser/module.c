/* SPDX-License-Identifier: MIT */
// libdsmr for a browser: what dsmr.mjs calls. Compiled without any run-time library:
//
//     clang --target=wasm32 -O2 -ffreestanding -nostdlib -isystem tests/arch/include -Iinclude
//         -Wl,--no-entry examples/browser/module.c examples/memory.c lib/*.c -o examples/browser/dsmr.wasm
#include "dsmr/dsmr.h"

#include <string.h>

#define EXPORT(name) __attribute__((export_name(name)))

EXPORT("room") char *room(void);
EXPORT("size") size_t room_size(void);
EXPORT("decode") size_t decode(size_t size);
EXPORT("lines") const char *lines_at(void);

static char bytes[65536];
static char lines[1 << 18];
static size_t length;

/* Adds the text and what stands behind it. What does not fit is left out. */
static void add(const char *text, size_t size, char behind)
{
    if (size >= sizeof lines - length)
        return;
    memcpy(lines + length, text, size);
    length += size;
    lines[length++] = behind;
}

static void add_word(const char *text, char behind)
{
    size_t size = 0;
    while (text[size] != '\0')
        size++;
    add(text, size, behind);
}

static void add_value(const struct dsmr_reading *reading)
{
    char number[DSMR_NUMBER_SIZE];
    char time[DSMR_TIME_SIZE];
    if (reading->type == DSMR_TYPE_NUMBER)
        add(number, dsmr_number_print(reading->number, number), '\t');
    else if (reading->type == DSMR_TYPE_TIME)
        add(time, dsmr_time_print(&reading->time, time), '\t');
    else
        add(reading->text.at, reading->text.size, '\t');
}

/* A line a reading: id, value, unit, description, a tab between. */
static void add_readings(const struct dsmr_telegram *telegram, struct dsmr_channels *channels)
{
    struct dsmr_decoder decoder;
    struct dsmr_reading reading;
    enum dsmr_status status;
    dsmr_decode(&decoder, telegram, channels, NULL);
    while ((status = dsmr_decode_next(&decoder, &reading)) != DSMR_END) {
        if (status != DSMR_OK || reading.superseded)
            continue;
        add_word(dsmr_item_id(reading.item), '\t');
        add_value(&reading);
        add_word(dsmr_unit_name(reading.unit), '\t');
        add_word(dsmr_item_info(reading.item)->description, '\n');
    }
}

char *room(void)
{
    return bytes;
}

size_t room_size(void)
{
    return sizeof bytes;
}

/* Decodes the first size bytes of the room. Returns how long the lines are. */
size_t decode(size_t size)
{
    static char buffer[DSMR_TELEGRAM_MAX];
    struct dsmr_framer framer;
    struct dsmr_telegram telegram;
    struct dsmr_channels channels;
    length = 0;
    dsmr_framer_init(&framer, buffer, sizeof buffer);
    dsmr_channels_init(&channels);
    dsmr_framer_push(&framer, bytes, size);
    for (int pass = 0; pass < 2; pass++) {
        while (dsmr_framer_next(&framer, &telegram) != DSMR_MORE) {
            if (telegram.status == DSMR_OK)
                add_readings(&telegram, &channels);
            else if (telegram.status != DSMR_ERR_GARBAGE)
                add_word(dsmr_strerror(telegram.status), '\n');
        }
        dsmr_framer_flush(&framer, true);
    }
    return length;
}

const char *lines_at(void)
{
    return lines;
}
