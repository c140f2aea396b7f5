/* SPDX-License-Identifier: MIT */
/*
 * Writes JSON into a buffer, commas and all. Numbers come from mantissa and decimals, so that they keep
 * the digits of the meter; bytes of 0x80 and above are written as \u00XX, whatever they meant.
 */
#ifndef DSMR_CORE_JSON_WRITER_H
#define DSMR_CORE_JSON_WRITER_H

#include "core/buffer.h"
#include "dsmr/dsmr.h"

#include <string.h>

struct json {
    struct buffer *out;
    bool comma; /* the next member or element needs one before it */
};

/* Begins and ends an object or an array. */
void json_open(struct json *json, char bracket);  /* '{' or '[' */
void json_close(struct json *json, char bracket); /* '}' or ']' */

/* Copies into room that was made; returns the end of it. */
static inline char *json_put(char *at, const char *bytes, size_t size)
{
    memcpy(at, bytes, size);
    return at + size;
}

/* The name of the member that follows. Names are ours: nothing in them needs escaping. */
static inline void json_name(struct json *json, const char *name)
{
    size_t size = strlen(name); /* which the compiler knows */
    char *at = buffer_room(json->out, size + 4);
    if (json->comma)
        *at++ = ',';
    *at++ = '"';
    at = json_put(at, name, size);
    at = json_put(at, "\":", 2);
    buffer_end(json->out, at);
    json->comma = false;
}

/* Text, escaped: control characters, and bytes of 0x80 and above, become \u00XX. */
void json_text(struct json *json, const char *text);

/* A word of ours, in which nothing needs escaping: the id of an item, a unit. */
void json_word(struct json *json, const char *word);

/* Text in UTF-8, which stays as it is: names of ours, "m³". */
void json_utf8(struct json *json, const char *text);

/* Text of a meter; line ends inside it are left out. */
void json_wire_text(struct json *json, struct dsmr_text text);
void json_number(struct json *json, struct dsmr_number number);
void json_obis(struct json *json, struct dsmr_obis obis);
void json_integer(struct json *json, long long value);
void json_true(struct json *json);
void json_false(struct json *json);
void json_null(struct json *json);
void json_time(struct json *json, const struct dsmr_time *time);

#endif
