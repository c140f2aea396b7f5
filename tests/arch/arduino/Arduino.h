/* SPDX-License-Identifier: MIT */
/* What the sketch in examples/arduino uses of the ESP32's Arduino core, so that it can be run here: the
 * meter is standard input, the console standard output. */
#ifndef DSMR_TESTS_ARDUINO_H
#define DSMR_TESTS_ARDUINO_H

#include <cstdint>
#include <cstdio>

enum { SERIAL_8N1 = 0x800001C };

class HardwareSerial
{
  public:
    void begin(unsigned long, uint32_t = SERIAL_8N1, int8_t = -1, int8_t = -1, bool = false)
    {
    }
    int available()
    {
        int next = std::getchar();
        if (next != EOF)
            std::ungetc(next, stdin);
        return next != EOF;
    }
    int read()
    {
        return std::getchar();
    }
    void print(const char *text)
    {
        std::fputs(text, stdout);
    }
    void print(char c)
    {
        std::putchar(c);
    }
    void println(const char *text)
    {
        std::puts(text);
    }
};

static HardwareSerial Serial, Serial1;

#endif
