/* SPDX-License-Identifier: MIT */
/*
 * Meters up to DSMR 3.0 send seven bits and even parity. A port that is read as eight bits gets the
 * parity as bit 7; it is recognised here and dropped, so that any adapter can read any meter
 * [reference 1.4]. Bit 7 stays where it is text: some meters send bytes of 0xFF.
 */
#ifndef DSMR_SOURCE_PARITY_H
#define DSMR_SOURCE_PARITY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What the bytes have shown so far. */
struct parity {
    bool stripping;     /* even parity was recognised */
    bool plain;         /* a byte of odd parity was seen */
    uint16_t even_run;  /* bytes of even parity in a row */
    uint16_t bit_set;   /* of them, those with bit 7 */
    uint16_t bit_clear; /* and those without */
    uint16_t doubt;     /* grows with each odd byte while stripping */
};

/* Nothing is known: the port was opened or its speed changed. */
void parity_init(struct parity *parity);

/* True when an even number of the byte's bits is set. */
bool parity_is_even(unsigned char byte);

/* Drops the parity bits in place, where there are any. */
void parity_strip(struct parity *parity, char *bytes, size_t size);

#endif
