/* SPDX-License-Identifier: MIT */
/* Allocation that cannot fail: the one place where running out of memory is dealt with. */
#include "core/memory.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static _Noreturn void out_of_memory(void)
{
    fputs("dsmr: out of memory\n", stderr);
    abort();
}

void *memory_new(size_t count, size_t size)
{
    void *new = calloc(count > 0 ? count : 1, size > 0 ? size : 1);
    if (new == NULL)
        out_of_memory();
    return new;
}

void *memory_grow(void *old, size_t count, size_t size)
{
    if (size > 0 && count > SIZE_MAX / size)
        out_of_memory();
    size_t bytes = count * size;
    void *new = realloc(old, bytes > 0 ? bytes : 1);
    if (new == NULL)
        out_of_memory();
    return new;
}

char *memory_text(const char *text)
{
    return memory_copy(text, strlen(text));
}

char *memory_copy(const char *bytes, size_t size)
{
    char *copy = memory_new(size + 1, 1);
    if (size > 0)
        memcpy(copy, bytes, size);
    return copy;
}

char *memory_print(const char *format, ...)
{
    char *text = NULL;
    va_list arguments;
    va_start(arguments, format);
    int size = vasprintf(&text, format, arguments);
    va_end(arguments);
    if (size < 0)
        out_of_memory();
    return text;
}
