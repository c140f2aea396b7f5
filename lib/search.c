/* SPDX-License-Identifier: MIT */
#include "search.h"

#include "characters.h"

#include <string.h>

/* As find(), for two bytes at once. */
size_t find_start(const char *at, size_t from, size_t size)
{
    const size_t ones = SIZE_MAX / 0xFF;
    const size_t slashes = ones * '/';
    const size_t frames = ones * FRAME_START;
    for (size_t word; from + sizeof word <= size; from += sizeof word) {
        memcpy(&word, at + from, sizeof word);
        size_t a = word ^ slashes;
        size_t b = word ^ frames;
        if ((((a - ones) & ~a) | ((b - ones) & ~b)) & (ones << 7))
            break;
    }
    while (from < size && at[from] != '/' && (uint8_t)at[from] != FRAME_START)
        from++;
    return from < size ? from : size;
}

size_t find_frame(const char *at, size_t from, size_t size)
{
    struct frame frame;
    if (!HAS_CIPHER)
        return size;
    while ((from = find(at, from, size, (char)FRAME_START)) < size &&
           frame_look(at + from, size - from, &frame) == FRAME_NONE)
        from++;
    return from;
}

bool three_letters(const char *at)
{
    return is_letter(at[0]) && is_letter(at[1]) && (is_letter(at[2]) || at[2] == '_');
}

size_t find_identification(const char *at, size_t from, size_t size)
{
    size_t slash = from;
    while ((slash = find(at, slash, size, '/')) + 4 < size) {
        if (three_letters(at + slash + 1) && is_digit(at[slash + 4]))
            return slash;
        slash++;
    }
    return size;
}

bool starts_line(const char *at, size_t position)
{
    while (position > 0 && at[position - 1] == ' ')
        position--;
    return position > 0 && is_line_end(at[position - 1]);
}

/* Behind an identification line comes an empty line or an object: A-B:… */
static bool body_follows(const char *at, size_t from, size_t size)
{
    size_t line = from;
    int line_ends = 0;
    while (line < size && is_line_end(at[line]))
        line_ends += at[line++] == '\n';
    return line_ends > 1 ||
           (line + 3 < size && is_digit(at[line]) && at[line + 1] == '-' && is_digit(at[line + 2]));
}

bool is_identification(const char *at, size_t slash, size_t size)
{
    if (slash + 4 >= size || !three_letters(at + slash + 1) || !is_digit(at[slash + 4]))
        return false;
    size_t limit = slash + DSMR_IDENTIFICATION_MAX + 1;
    if (limit > size)
        limit = size;
    size_t end = slash;
    while (end < limit && !is_line_end(at[end]) && at[end] != '(' && at[end] != ')')
        end++;
    return end < limit && is_line_end(at[end]) && body_follows(at, end, size);
}

size_t find_other(const char *at, size_t size)
{
    size_t slash = 0;
    do
        slash = find(at, slash + 1, size, '/');
    while (slash < size && !is_identification(at, slash, size));
    return find_frame(at, 1, slash);
}

size_t find_hidden(const char *at, size_t size, const struct dsmr_telegram *failed)
{
    bool summed = failed->crc == DSMR_CRC_WRONG;
    uint16_t sum = failed->crc_sent;
    for (size_t slash = size; slash-- > 1;) {
        if (summed)
            sum = crc16_undo(sum, (uint8_t)at[slash]);
        if (at[slash] == '/' && (!summed || sum == 0) && is_identification(at, slash, size))
            return slash;
    }
    return 0;
}

bool is_only_text(struct dsmr_text text, size_t size)
{
    for (size_t i = 0; i < text.size; i++) {
        uint8_t c = (uint8_t)text.at[i];
        bool blank = is_line_end(text.at[i]) || (c == 0 && i >= size);
        if (!blank && (c < ' ' || c >= 0x7F || i >= size))
            return false;
    }
    return true;
}
