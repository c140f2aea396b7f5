/* SPDX-License-Identifier: MIT */
/* Text that grows. Zeroed to begin with; always ended by a NUL once something was added. */
#ifndef DSMR_CORE_BUFFER_H
#define DSMR_CORE_BUFFER_H

#include <stdbool.h>
#include <stddef.h>

struct buffer {
    char *at; /* NULL until something was added */
    size_t size;
    size_t capacity;
};

/* Each adds behind what is there, and copies: bytes, which may be any; text; what printf() would print. */
void buffer_add(struct buffer *buffer, const char *bytes, size_t size);
void buffer_add_text(struct buffer *buffer, const char *text);
void buffer_print(struct buffer *buffer, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Makes room for size bytes more, whether there is or not. */
void buffer_grow(struct buffer *buffer, size_t size);

/* Room for size bytes behind what is there, for the caller to fill; void with the next call. */
static inline char *buffer_room(struct buffer *buffer, size_t size)
{
    if (buffer->size + size >= buffer->capacity)
        buffer_grow(buffer, size);
    return buffer->at + buffer->size;
}

/* It was filled up to end. */
static inline void buffer_end(struct buffer *buffer, char *end)
{
    buffer->size = (size_t)(end - buffer->at);
    *end = '\0';
}

/* Empties it and keeps the memory. */
void buffer_clear(struct buffer *buffer);
void buffer_free(struct buffer *buffer);

#endif
