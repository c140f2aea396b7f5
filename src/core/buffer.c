/* SPDX-License-Identifier: MIT */
#include "core/buffer.h"

#include "core/memory.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void buffer_grow(struct buffer *buffer, size_t size)
{
    size_t needed = buffer->size + size + 1;
    size_t capacity = buffer->capacity > 0 ? buffer->capacity : 256;
    while (capacity < needed)
        capacity *= 2;
    buffer->at = memory_grow(buffer->at, capacity, 1);
    buffer->capacity = capacity;
}

void buffer_add(struct buffer *buffer, const char *bytes, size_t size)
{
    buffer_room(buffer, size);
    if (size > 0)
        memcpy(buffer->at + buffer->size, bytes, size);
    buffer->size += size;
    buffer->at[buffer->size] = '\0';
}

void buffer_add_text(struct buffer *buffer, const char *text)
{
    buffer_add(buffer, text, strlen(text));
}

void buffer_print(struct buffer *buffer, const char *format, ...)
{
    va_list arguments;
    va_list again;
    buffer_room(buffer, 64);
    va_start(arguments, format);
    va_copy(again, arguments);
    size_t room = buffer->capacity - buffer->size;
    int length = vsnprintf(buffer->at + buffer->size, room, format, arguments);
    if (length > 0 && (size_t)length >= room) {
        buffer_room(buffer, (size_t)length);
        vsnprintf(buffer->at + buffer->size, (size_t)length + 1, format, again);
    }
    buffer->size += length > 0 ? (size_t)length : 0;
    va_end(again);
    va_end(arguments);
}

void buffer_clear(struct buffer *buffer)
{
    buffer->size = 0;
    if (buffer->at)
        buffer->at[0] = '\0';
}

void buffer_free(struct buffer *buffer)
{
    free(buffer->at);
    *buffer = (struct buffer){0};
}
