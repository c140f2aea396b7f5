/* SPDX-License-Identifier: MIT */
#include "core/json_writer.h"

#include <string.h>

static void separate(struct json *json)
{
    if (json->comma)
        buffer_add(json->out, ",", 1);
    json->comma = true;
}

void json_open(struct json *json, char bracket)
{
    separate(json);
    buffer_add(json->out, &bracket, 1);
    json->comma = false;
}

void json_close(struct json *json, char bracket)
{
    buffer_add(json->out, &bracket, 1);
    json->comma = true;
}

void json_name(struct json *json, const char *name)
{
    separate(json);
    buffer_add(json->out, "\"", 1);
    buffer_add_text(json->out, name);
    buffer_add(json->out, "\":", 2);
    json->comma = false;
}

static void add_character(struct buffer *out, char c)
{
    unsigned char byte = (unsigned char)c;
    if (c == '"' || c == '\\') {
        char escaped[2] = {'\\', c};
        buffer_add(out, escaped, 2);
    } else if (byte < 0x20 || byte > 0x7E) {
        buffer_print(out, "\\u%04X", byte);
    } else {
        buffer_add(out, &c, 1);
    }
}

void json_wire_text(struct json *json, struct dsmr_text text)
{
    separate(json);
    buffer_add(json->out, "\"", 1);
    for (size_t i = 0; i < text.size; i++)
        if (text.at[i] != '\r' && text.at[i] != '\n')
            add_character(json->out, text.at[i]);
    buffer_add(json->out, "\"", 1);
}

void json_text(struct json *json, const char *text)
{
    separate(json);
    buffer_add(json->out, "\"", 1);
    for (; *text; text++)
        add_character(json->out, *text);
    buffer_add(json->out, "\"", 1);
}

void json_utf8(struct json *json, const char *text)
{
    separate(json);
    buffer_add(json->out, "\"", 1);
    for (; *text; text++) {
        if ((unsigned char)*text >= 0x80)
            buffer_add(json->out, text, 1);
        else
            add_character(json->out, *text);
    }
    buffer_add(json->out, "\"", 1);
}

void json_number(struct json *json, struct dsmr_number number)
{
    char printed[DSMR_NUMBER_SIZE];
    separate(json);
    buffer_add(json->out, printed, dsmr_number_print(number, printed));
}

void json_integer(struct json *json, long long value)
{
    separate(json);
    buffer_print(json->out, "%lld", value);
}

void json_true(struct json *json)
{
    separate(json);
    buffer_add_text(json->out, "true");
}

void json_false(struct json *json)
{
    separate(json);
    buffer_add_text(json->out, "false");
}

void json_null(struct json *json)
{
    separate(json);
    buffer_add_text(json->out, "null");
}

void json_time(struct json *json, const struct dsmr_time *time)
{
    char printed[DSMR_TIME_SIZE];
    dsmr_time_print(time, printed);
    json_text(json, printed);
}
