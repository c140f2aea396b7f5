/* SPDX-License-Identifier: MIT */
/*
 * The serial line between meter and reader, bit by bit: even parity in the eighth bit, and what a
 * receiver makes of a sender whose speed is not its own. That noise is not invented: the sender's
 * bits are sampled at the receiver's pace, as the hardware does it.
 */
#ifndef DSMR_SIMULATE_UART_H
#define DSMR_SIMULATE_UART_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The low seven bits of a byte with their even parity in the eighth, as 7E1 looks to 8N1. */
unsigned char uart_even_parity(unsigned char byte);

/* A receiver of eight bits without parity. */
struct uart {
    int64_t sent_baud;
    int64_t read_baud;
    int64_t next_sample; /* from the start of the sender's bit, in units of 1 / (both bauds) s */
    bool level;          /* of the line; true is idle */
    bool receiving;
    int samples; /* taken of this character */
    unsigned bits;
};

/* Idle; speeds in baud, of the sender and of this receiver. */
void uart_init(struct uart *uart, int sent_baud, int read_baud);

/* A character begins with a fall of the line, and the ten bits of one have at most five. */
enum { UART_MOST_PER_BYTE = 5 };

/*
 * Lets bytes pass over the line and writes what arrives to out, which must have room for
 * UART_MOST_PER_BYTE * size + 1 bytes. Returns how many arrived. The bytes may come in any pieces.
 */
size_t uart_receive(struct uart *uart, const unsigned char *bytes, size_t size, unsigned char *out);

#endif
