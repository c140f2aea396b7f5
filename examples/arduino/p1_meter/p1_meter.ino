// SPDX-License-Identifier: MIT
// Reads a smart meter on an ESP32 and prints its readings. The meter's data line is inverted, which the
// ESP32 undoes by itself; the request line goes to 5 V. Copy include/ and lib/ of dsmr into the sketch's
// folder src/ and build with -DDSMR_SMALL.
#include "dsmr/dsmr.h"

#include <Arduino.h>

static const int METER_PIN = 16;

static char buffer[4096];
static dsmr_framer framer;
static dsmr_channels channels;

static void print_reading(const dsmr_reading &reading)
{
    char number[DSMR_NUMBER_SIZE];
    if (reading.superseded || reading.type != DSMR_TYPE_NUMBER)
        return;
    dsmr_number_print(reading.number, number);
    Serial.print(dsmr_item_id(reading.item));
    Serial.print(' ');
    Serial.print(number);
    Serial.print(' ');
    Serial.println(dsmr_unit_name(reading.unit));
}

static void print_telegram(const dsmr_telegram &telegram)
{
    dsmr_decoder decoder;
    dsmr_reading reading;
    dsmr_status status;
    if (telegram.status != DSMR_OK) {
        Serial.println(dsmr_strerror(telegram.status));
        return;
    }
    dsmr_decode(&decoder, &telegram, &channels, nullptr);
    while ((status = dsmr_decode_next(&decoder, &reading)) != DSMR_END)
        if (status == DSMR_OK)
            print_reading(reading);
}

void setup()
{
    Serial.begin(115200);
    Serial1.begin(115200, SERIAL_8N1, METER_PIN, -1, true);
    dsmr_framer_init(&framer, buffer, sizeof buffer);
    dsmr_channels_init(&channels);
}

void loop()
{
    uint8_t bytes[64];
    dsmr_telegram telegram;
    size_t count = 0;
    while (count < sizeof bytes && Serial1.available() > 0)
        bytes[count++] = static_cast<uint8_t>(Serial1.read());
    dsmr_framer_push(&framer, bytes, count);
    while (dsmr_framer_next(&framer, &telegram) != DSMR_MORE)
        print_telegram(telegram);
}
