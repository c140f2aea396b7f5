/* SPDX-License-Identifier: MIT */
/* What the JSON writer of dsmr needs of a C library, where there is none. Memory is given out and never
 * taken back: for every stream the module is made anew. */
#include "core/memory.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PAGE = 65536, ALIGNMENT = 16 };

extern unsigned char __heap_base;

size_t strlen(const char *text)
{
    size_t size = 0;
    while (text[size] != '\0')
        size++;
    return size;
}

static void *take(size_t size)
{
    static uintptr_t next;
    uintptr_t at = next > 0 ? next : (uintptr_t)&__heap_base;
    at = (at + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    next = at + size;
    uintptr_t room = (uintptr_t)__builtin_wasm_memory_size(0) * PAGE;
    if (next > room && __builtin_wasm_memory_grow(0, (next - room) / PAGE + 1) == SIZE_MAX)
        __builtin_trap();
    return (void *)at;
}

void *memory_new(size_t count, size_t size)
{
    return memset(take(count * size), 0, count * size);
}

/* It is not known how much there was: what is copied beyond it does not matter. */
void *memory_grow(void *old, size_t count, size_t size)
{
    void *new = take(count * size);
    return old == NULL ? new : memmove(new, old, count * size);
}

void free(void *memory)
{
    (void)memory;
}

/* Knows what the JSON writer asks for: %lld and %04X. */
int vsnprintf(char *out, size_t size, const char *format, va_list arguments)
{
    bool hexadecimal = format[strlen(format) - 1] == 'X';
    char digits[24];
    size_t count = 0;
    size_t length = 0;
    uint64_t rest =
        hexadecimal ? va_arg(arguments, unsigned) : (uint64_t)va_arg(arguments, long long);
    unsigned base = hexadecimal ? 16 : 10;
    for (; rest > 0 || count < (hexadecimal ? 4U : 1U); rest /= base)
        digits[count++] = "0123456789ABCDEF"[rest % base];
    for (const char *at = format; *at != '%' && length + 1 < size; at++)
        out[length++] = *at;
    while (count > 0 && length + 1 < size)
        out[length++] = digits[--count];
    out[length] = '\0';
    return (int)length;
}
