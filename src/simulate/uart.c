/* SPDX-License-Identifier: MIT */
/*
 * Time is counted in units of which a sender's bit lasts read_baud and a receiver's bit sent_baud,
 * so that everything stays whole. A receiver waits for the line to fall, samples the start bit,
 * eight data bits and the stop bit in their middle, and hands the character on whether or not the
 * stop bit was right: a pseudo-terminal has no way to tell of framing errors. It then waits for the
 * next fall.
 */
#include "simulate/uart.h"

enum { DATA_BITS = 8, SAMPLES = DATA_BITS + 2, SENT_BITS = DATA_BITS + 2 };

unsigned char uart_even_parity(unsigned char byte)
{
    unsigned bits = byte & 0x7Fu;
    return (unsigned char)(__builtin_parity(bits) ? bits | 0x80u : bits);
}

void uart_init(struct uart *uart, int sent_baud, int read_baud)
{
    *uart = (struct uart){.sent_baud = sent_baud, .read_baud = read_baud, .level = true};
}

/* Takes the samples that fall into the present bit; true when a character is complete. */
static bool sample(struct uart *uart)
{
    while (uart->receiving && uart->next_sample < uart->read_baud) {
        if (uart->samples > 0 && uart->samples <= DATA_BITS && uart->level)
            uart->bits |= 1u << (uart->samples - 1);
        uart->samples++;
        uart->next_sample += uart->sent_baud;
        uart->receiving = uart->samples < SAMPLES;
        if (!uart->receiving)
            return true;
    }
    return false;
}

static bool receive_bit(struct uart *uart, bool level)
{
    bool fell = uart->level && !level;
    uart->level = level;
    if (fell && !uart->receiving) {
        uart->receiving = true;
        uart->samples = 0;
        uart->bits = 0;
        uart->next_sample = uart->sent_baud / 2;
    }
    bool complete = sample(uart);
    uart->next_sample -= uart->read_baud;
    return complete;
}

size_t uart_receive(struct uart *uart, const unsigned char *bytes, size_t size, unsigned char *out)
{
    size_t received = 0;
    for (size_t i = 0; i < size; i++) {
        unsigned frame = 1u << (SENT_BITS - 1) | (unsigned)bytes[i] << 1; /* stop, data, start */
        for (int bit = 0; bit < SENT_BITS; bit++)
            if (receive_bit(uart, frame >> bit & 1u))
                out[received++] = (unsigned char)uart->bits;
    }
    return received;
}
