/* SPDX-License-Identifier: MIT */
/* All of the C library that libdsmr may use: with this the tests compile it for bare chips. */
#ifndef DSMR_TESTS_ARCH_STRING_H
#define DSMR_TESTS_ARCH_STRING_H

#include <stddef.h>

void *memcpy(void *restrict to, const void *restrict from, size_t size);
void *memmove(void *to, const void *from, size_t size);
void *memset(void *to, int byte, size_t size);
int memcmp(const void *left, const void *right, size_t size);

#endif
