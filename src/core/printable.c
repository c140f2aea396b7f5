/* SPDX-License-Identifier: MIT */
#include "core/printable.h"

#include "core/utf8.h"

#include <stdbool.h>
#include <string.h>

enum { CHARACTER_MAX = 4 }; /* bytes of UTF-8; as many as \xNN has */

static const char ellipsis[] = "…";

/* They end a line for whoever shows it. */
static bool is_separator(const char *text)
{
    return strncmp(text, "\u2028", 3) == 0 || strncmp(text, "\u2029", 3) == 0;
}

/* Bytes of the character at text, 0 when it is no printable one. The journal shows a line with
 * anything else as a blob. */
static size_t printable(const char *text)
{
    unsigned char first = (unsigned char)*text;
    if (first < 0x20 || first == 0x7F || is_separator(text))
        return 0;
    return utf8_character(text, strnlen(text, CHARACTER_MAX));
}

char *printable_write(char *out, const char *end, const char *text)
{
    static const char digits[] = "0123456789ABCDEF";
    while (*text != '\0') {
        size_t size = printable(text);
        unsigned char byte = (unsigned char)*text;
        if ((size_t)(end - out) < CHARACTER_MAX + sizeof ellipsis)
            return stpcpy(out, ellipsis);
        if (size == 0) {
            out = stpcpy(out, "\\x");
            *out++ = digits[byte >> 4];
            *out++ = digits[byte & 0xF];
            text++;
            continue;
        }
        memcpy(out, text, size);
        out += size;
        text += size;
    }
    *out = '\0';
    return out;
}
