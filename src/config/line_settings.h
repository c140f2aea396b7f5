/* SPDX-License-Identifier: MIT */
/* Serial settings, as portsettings gives them. */
#ifndef DSMR_CONFIG_LINE_SETTINGS_H
#define DSMR_CONFIG_LINE_SETTINGS_H

#include <stdbool.h>

struct line_settings {
    int baud;
    int bits;    /* 7 or 8 */
    char parity; /* 'N', 'E', 'O' */
    int stop;    /* 1 or 2; "1.5" is taken as 2, which every receiver can read */
};

/* Reads "115200 8N1", "9600 7e1"; false when it is nothing of the kind. */
bool line_settings_parse(const char *text, struct line_settings *settings);

#endif
