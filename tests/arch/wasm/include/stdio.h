/* SPDX-License-Identifier: MIT */
#ifndef DSMR_TESTS_WASM_STDIO_H
#define DSMR_TESTS_WASM_STDIO_H

#include <stdarg.h>
#include <stddef.h>

int vsnprintf(char *out, size_t size, const char *format, va_list arguments);

#endif
