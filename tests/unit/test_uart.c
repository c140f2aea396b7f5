/* SPDX-License-Identifier: MIT */
/* The serial line: parity, and what arrives at a receiver with another speed. */
#include "simulate/uart.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

enum { SIZE = 2000 };

/* Text as it stands in telegrams. */
static void fill(unsigned char *bytes)
{
    static const char line[] = "1-0:1.8.1(001581.123*kWh)\r\n";
    for (size_t i = 0; i < SIZE; i++)
        bytes[i] = (unsigned char)line[i % (sizeof line - 1)];
}

static void test_even_parity(void **state)
{
    (void)state;
    assert_int_equal(uart_even_parity('A'), 0x41); /* two bits */
    assert_int_equal(uart_even_parity('C'), 0xC3); /* three bits */
    assert_int_equal(uart_even_parity('/'), 0xAF);
    assert_int_equal(uart_even_parity(0), 0);
    for (int byte = 0; byte < 256; byte++) {
        unsigned char sent = uart_even_parity((unsigned char)byte);
        int bits = 0;
        for (int bit = 0; bit < 8; bit++)
            bits += sent >> bit & 1;
        assert_int_equal(bits % 2, 0);
        assert_int_equal(sent & 0x7F, byte & 0x7F);
    }
}

static void test_the_right_speed_lets_every_byte_through(void **state)
{
    unsigned char sent[256], read[256 * UART_MOST_PER_BYTE + 1];
    struct uart uart;
    (void)state;
    for (int i = 0; i < 256; i++)
        sent[i] = (unsigned char)i;
    uart_init(&uart, 9600, 9600);
    for (int round = 0; round < 3; round++) {
        assert_int_equal(uart_receive(&uart, sent, sizeof sent, read), sizeof sent);
        assert_memory_equal(read, sent, sizeof sent);
    }
}

/* On the line, 'U' is a square wave: 0 1 0 1 0 1 0 1 0 1. */
static void test_known_patterns(void **state)
{
    static const unsigned char square[] = "UUUUUUUUUUUUUUUUUUUU";
    static const unsigned char nul[1] = {0};
    unsigned char read[sizeof square * UART_MOST_PER_BYTE + 1];
    struct uart uart;
    (void)state;
    /* Start bit and eight zeros are one long break. */
    uart_init(&uart, 9600, 115200);
    assert_int_equal(uart_receive(&uart, nul, 1, read), 1);
    assert_int_equal(read[0], 0);
    /* Five falls a character, and each of them begins one. */
    uart_init(&uart, 9600, 115200);
    assert_int_equal(uart_receive(&uart, square, 20, read), 100);
    /* Each bit twice: start, 0 11 00 11 0, and 0 where the stop should be; the next fall of the line
     * is six bits behind the first. */
    uart_init(&uart, 9600, 19200);
    size_t size = uart_receive(&uart, square, 20, read);
    assert_int_equal(size, 200 / 6);
    for (size_t i = 0; i < size; i++)
        assert_int_equal(read[i], 0x66);
}

static void test_a_wrong_speed_makes_noise_of_the_right_amount(void **state)
{
    static const struct {
        int sent, read;
        size_t least, most;
    } cases[] = {
        {115200, 9600, SIZE / 14, SIZE / 10},
        {115200, 57600, SIZE / 3, SIZE * 3 / 4},
        {9600, 115200, SIZE * 2, SIZE * 5},
        {9600, 2400, SIZE / 5, SIZE / 3},
    };
    unsigned char sent[SIZE], read[SIZE * UART_MOST_PER_BYTE + 1];
    (void)state;
    fill(sent);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct uart uart;
        uart_init(&uart, cases[i].sent, cases[i].read);
        size_t size = uart_receive(&uart, sent, SIZE, read);
        assert_in_range(size, cases[i].least, cases[i].most);
        assert_null(memmem(read, size, "1-0:1.8.1", 9));
    }
}

static void test_pieces_do_not_matter(void **state)
{
    unsigned char sent[SIZE];
    unsigned char whole[SIZE * UART_MOST_PER_BYTE + 1], pieces[SIZE * UART_MOST_PER_BYTE + 1];
    struct uart uart;
    (void)state;
    fill(sent);
    uart_init(&uart, 115200, 9600);
    size_t size = uart_receive(&uart, sent, SIZE, whole);
    for (size_t step = 1; step < 40; step++) {
        size_t got = 0;
        uart_init(&uart, 115200, 9600);
        for (size_t at = 0; at < SIZE; at += step)
            got +=
                uart_receive(&uart, sent + at, SIZE - at < step ? SIZE - at : step, pieces + got);
        assert_int_equal(got, size);
        assert_memory_equal(pieces, whole, size);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_even_parity),
        cmocka_unit_test(test_the_right_speed_lets_every_byte_through),
        cmocka_unit_test(test_known_patterns),
        cmocka_unit_test(test_a_wrong_speed_makes_noise_of_the_right_amount),
        cmocka_unit_test(test_pieces_do_not_matter),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
