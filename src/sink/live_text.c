/* SPDX-License-Identifier: MIT */
#include "sink/live_text.h"

#include <string.h>

void live_paint(struct buffer *out, bool coloured, const char *colour)
{
    if (coloured)
        buffer_add_text(out, colour);
}

void live_padded(struct buffer *out, const char *text, int width)
{
    static const char ellipsis[] = "…";
    bool cut = width > 0 && strlen(text) > (size_t)width;
    int room = cut ? width - 1 : width;
    int written = 0;
    for (; *text && written < room; text++, written++)
        buffer_add(out, *text >= ' ' && *text <= '~' ? text : "?", 1);
    if (cut)
        buffer_add_text(out, ellipsis);
    else
        buffer_print(out, "%*s", width - written, "");
}

/* Clears before it writes: erasing behind the last column would take the last character along. */
void live_end_line(struct buffer *out)
{
    buffer_add_text(out, "\r\n" LIVE_CLEAR_LINE);
}
