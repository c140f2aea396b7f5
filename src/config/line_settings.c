/* SPDX-License-Identifier: MIT */
/* The value of portsettings: speed, blanks, data bits, parity, stop bits [reference 6, row 31]. */
#include "config/line_settings.h"

#include <stddef.h>
#include <string.h>

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

static bool is_speed(int baud)
{
    /* What serial ports can be set to; anything else is a slip of the pen. */
    static const int speeds[] = {300,   600,   1200,   2400,   4800,   9600,  19200,
                                 38400, 57600, 115200, 230400, 460800, 921600};
    for (size_t i = 0; i < sizeof speeds / sizeof *speeds; i++)
        if (speeds[i] == baud)
            return true;
    return false;
}

bool line_settings_parse(const char *text, struct line_settings *settings)
{
    while (is_blank(*text))
        text++;
    int baud = 0;
    for (; *text >= '0' && *text <= '9' && baud < 1000000; text++)
        baud = baud * 10 + (*text - '0');
    if (!is_speed(baud) || !is_blank(*text))
        return false;
    while (is_blank(*text))
        text++;

    if (*text != '7' && *text != '8')
        return false;
    int bits = *text++ - '0';
    static const char parities[] = "NEOneo";
    const char *parity = *text != '\0' ? strchr(parities, *text++) : NULL;
    if (parity == NULL || (*text != '1' && *text != '2'))
        return false;
    int stop = *text++ - '0';
    if (stop == 1 && strncmp(text, ".5", 2) == 0) {
        stop = 2;
        text += 2;
    }
    while (is_blank(*text))
        text++;
    if (*text != '\0')
        return false;
    *settings = (struct line_settings){
        .baud = baud, .bits = bits, .parity = parities[(parity - parities) % 3], .stop = stop};
    return true;
}
