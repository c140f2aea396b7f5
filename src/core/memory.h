/* SPDX-License-Identifier: MIT */
/* Allocation for the program. Running out of memory ends it here, with one line, and nowhere else. */
#ifndef DSMR_CORE_MEMORY_H
#define DSMR_CORE_MEMORY_H

#include <stddef.h>

/* Zeroed memory for count things of size bytes. Never NULL. Freed with free(). */
void *memory_new(size_t count, size_t size) __attribute__((returns_nonnull));

/* Makes room for count things of size bytes; what is new is not zeroed. Never NULL. */
void *memory_grow(void *old, size_t count, size_t size) __attribute__((returns_nonnull));

/* A copy of the text, ended by a NUL. Never NULL. Freed with free(). */
char *memory_text(const char *text) __attribute__((returns_nonnull));

/* A copy of size bytes with a NUL behind them. Never NULL. Freed with free(). */
char *memory_copy(const char *bytes, size_t size) __attribute__((returns_nonnull));

/* printf into fresh memory. Never NULL. Freed with free(). */
char *memory_print(const char *format, ...) __attribute__((format(printf, 1, 2), returns_nonnull));

#endif
