/* SPDX-License-Identifier: MIT */
#include "core/utf8.h"

#include <stdbool.h>
#include <stdint.h>

size_t utf8_character(const char *text, size_t size)
{
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    const unsigned char *at = (const unsigned char *)text;
    if (size == 0 || at[0] < 0x80)
        return size > 0 ? 1 : 0;
    size_t length = at[0] >= 0xF0 ? 4 : at[0] >= 0xE0 ? 3 : 2;
    if (at[0] < 0xC2 || at[0] > 0xF4 || length > size)
        return 0;
    uint32_t code = at[0] & (0x7Fu >> length);
    for (size_t i = 1; i < length; i++) {
        if ((at[i] & 0xC0) != 0x80)
            return 0;
        code = code << 6 | (at[i] & 0x3F);
    }
    bool control = code < 0xA0;
    bool surrogate = code >= 0xD800 && code < 0xE000;
    bool none = code > 0x10FFFF || (code & 0xFFFE) == 0xFFFE || (code >= 0xFDD0 && code < 0xFDF0);
    return code < least[length] || control || surrogate || none ? 0 : length;
}
