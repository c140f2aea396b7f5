/* SPDX-License-Identifier: MIT */
/* The first serial port of the board: ARM's CMSDK UART. On another chip these two change. */
#ifndef UART_H
#define UART_H

#include <stdint.h>

struct uart {
    volatile uint32_t bytes;
    volatile uint32_t state;
    volatile uint32_t control;
    volatile uint32_t interrupts;
    volatile uint32_t divider;
};

enum { UART_OUT_FULL = 1, UART_IN_FULL = 2, UART_ON = 3 };

#define UART ((struct uart *)0x40004000)

static inline void uart_open(void)
{
    UART->divider = 217; /* 25 MHz / 115200 */
    UART->control = UART_ON;
}

static inline char uart_read(void)
{
    while ((UART->state & UART_IN_FULL) == 0)
        ;
    return (char)UART->bytes;
}

static inline void uart_write(const char *text, unsigned size)
{
    for (unsigned i = 0; i < size; i++) {
        while ((UART->state & UART_OUT_FULL) != 0)
            ;
        UART->bytes = (uint8_t)text[i];
    }
}

static inline void uart_print(const char *text)
{
    unsigned size = 0;
    while (text[size] != '\0')
        size++;
    uart_write(text, size);
}

#endif
