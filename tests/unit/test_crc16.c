/* SPDX-License-Identifier: MIT */
/* The checksum against its published check value and against a second, slow one. */
#include "lib/internal.h"
#include "tap.h"

/* Bit by bit, as the polynomial is written. */
static uint16_t slow_crc16(uint16_t crc, const char *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        crc ^= (uint8_t)bytes[i];
        for (int bit = 0; bit < 8; bit++)
            crc = (uint16_t)(crc & 1 ? crc >> 1 ^ 0xA001 : crc >> 1);
    }
    return crc;
}

static void the_check_value_is_right(void)
{
    SAME(dsmr_crc16(0, "123456789", 9), 0xBB3D);
}

static void the_check_value_of_x25_is_right(void)
{
    SAME(crc16_x25("123456789", 9), 0x906E);
    SAME(crc16_x25("", 0), 0);
}

static void nothing_changes_nothing(void)
{
    SAME(dsmr_crc16(0, "", 0), 0);
    SAME(dsmr_crc16(0x1234, "", 0), 0x1234);
}

static void every_byte_agrees_with_the_polynomial(void)
{
    for (int byte = 0; byte < 256; byte++) {
        char c = (char)byte;
        SAME(dsmr_crc16(0, &c, 1), slow_crc16(0, &c, 1));
        SAME(dsmr_crc16(0xFFFF, &c, 1), slow_crc16(0xFFFF, &c, 1));
    }
}

/* The pieces of a sum may be cut anywhere. */
static void it_goes_on_where_it_stopped(void)
{
    static const char text[] = "/KFM5KAIFA-METER\r\n\r\n1-3:0.2.8(42)\r\n!";
    size_t size = sizeof text - 1;
    uint16_t whole = dsmr_crc16(0, text, size);
    SAME(whole, slow_crc16(0, text, size));
    for (size_t cut = 0; cut <= size; cut++)
        SAME(dsmr_crc16(dsmr_crc16(0, text, cut), text + cut, size - cut), whole);
}

static void a_byte_can_be_taken_back(void)
{
    for (unsigned sum = 0; sum < 0x10000; sum += 7) {
        for (unsigned byte = 0; byte < 256; byte += 5) {
            char c = (char)byte;
            uint16_t with = dsmr_crc16((uint16_t)sum, &c, 1);
            CHECK(crc16_undo(with, (uint8_t)byte) == sum);
        }
    }
}

/* The example of a whole telegram whose CRC is known for certain. */
static void a_telegram_agrees_with_its_crc(void)
{
    static const char text[] = "/Lux5\\123456789_D\r\n\r\n1-3:0.2.8(42)\r\n"
                               "0-0:1.0.0(240115093000W)\r\n1-0:1.7.0(00.123*kW)\r\n!";
    SAME(dsmr_crc16(0, text, sizeof text - 1), 0x133C);
}

int main(void)
{
    RUN(the_check_value_is_right);
    RUN(the_check_value_of_x25_is_right);
    RUN(nothing_changes_nothing);
    RUN(every_byte_agrees_with_the_polynomial);
    RUN(it_goes_on_where_it_stopped);
    RUN(a_byte_can_be_taken_back);
    RUN(a_telegram_agrees_with_its_crc);
    return tap_end();
}
