/* SPDX-License-Identifier: MIT */
#include "sink/readings_json.h"

#include "core/json_writer.h"
#include "meter/telegram_json.h"

#include <stdio.h>
#include <time.h>

/* 2026-01-02T03:04:05.678Z */
static void write_moment(struct json *json, int64_t ms)
{
    struct tm parts;
    time_t s = (time_t)(ms / 1000);
    char day[40] = "";
    char text[64];
    if (gmtime_r(&s, &parts) != NULL)
        strftime(day, sizeof day, "%Y-%m-%dT%H:%M:%S", &parts);
    snprintf(text, sizeof text, "%s.%03dZ", day, (int)(ms % 1000));
    json_text(json, text);
}

void readings_json(struct buffer *out, const struct readings *readings, uint64_t number)
{
    struct json json = {.out = out};
    char crc[8];
    json_open(&json, '{');
    json_name(&json, "meter");
    json_utf8(&json, readings->meter);
    json_name(&json, "seq");
    json_integer(&json, (long long)number);
    json_name(&json, "received");
    write_moment(&json, readings->received_ms);
    if (readings->telegram != NULL) {
        snprintf(crc, sizeof crc, "%04X", readings->telegram->crc_computed);
        json_name(&json, "crc16");
        json_text(&json, crc);
    }
    telegram_json_readings(&json, readings);
    json_close(&json, '}');
}
