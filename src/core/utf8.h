/* SPDX-License-Identifier: MIT */
/* UTF-8, one character at a time. */
#ifndef DSMR_CORE_UTF8_H
#define DSMR_CORE_UTF8_H

#include <stddef.h>

/*
 * Bytes of the character at the start of size bytes. 0 when it is none that can be shown: no UTF-8, an
 * overlong form, a surrogate, a control character beyond ASCII, or none of Unicode at all.
 */
size_t utf8_character(const char *text, size_t size);

#endif
