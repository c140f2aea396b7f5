/* SPDX-License-Identifier: MIT */
#include "core/json_writer.h"

#include <stdint.h>

#define EACH_BYTE(value) (UINT64_C(0x0101010101010101) * (value))

enum { ESCAPED_MAX = 6 }; /* bytes that one can become: \u00XX */

/* Room for size bytes and the comma, which is written where one is needed. */
static char *begin(struct json *json, size_t size)
{
    char *at = buffer_room(json->out, size + 1);
    if (json->comma)
        *at++ = ',';
    json->comma = true;
    return at;
}

void json_open(struct json *json, char bracket)
{
    char *at = begin(json, 1);
    *at++ = bracket;
    buffer_end(json->out, at);
    json->comma = false;
}

void json_close(struct json *json, char bracket)
{
    buffer_add(json->out, &bracket, 1);
    json->comma = true;
}

/* ------------------------------------------------------------------------------------------------
 * Texts
 */

enum text_of { TEXT_OURS, TEXT_UTF8, TEXT_WIRE };

static char *put_escaped(char *at, char c, enum text_of whose)
{
    static const char digits[] = "0123456789ABCDEF";
    unsigned char byte = (unsigned char)c;
    if (whose == TEXT_WIRE && (c == '\r' || c == '\n'))
        return at;
    if (c == '"' || c == '\\')
        *at++ = '\\';
    else if (byte < 0x20 || (byte > 0x7E && (whose != TEXT_UTF8 || byte < 0x80))) {
        at = json_put(at, "\\u00", 4);
        *at++ = digits[byte >> 4];
        c = digits[byte & 15];
    }
    *at++ = c;
    return at;
}

/* True when none of eight bytes needs a second look. */
static bool are_plain(const char *text)
{
    uint64_t bytes;
    memcpy(&bytes, text, sizeof bytes);
    uint64_t quotes = bytes ^ EACH_BYTE('"');
    uint64_t backslashes = bytes ^ EACH_BYTE('\\');
    uint64_t odd = bytes | (bytes + EACH_BYTE(1)); /* above 0x7E */
    odd |= (bytes - EACH_BYTE(0x20)) & ~bytes;     /* below a blank */
    odd |= (quotes - EACH_BYTE(1)) & ~quotes;      /* 0 there */
    odd |= (backslashes - EACH_BYTE(1)) & ~backslashes;
    return (odd & EACH_BYTE(0x80)) == 0;
}

static void write_text(struct json *json, struct dsmr_text text, enum text_of whose)
{
    char *at = begin(json, ESCAPED_MAX * text.size + 2);
    size_t i = 0;
    *at++ = '"';
    while (i < text.size) {
        if (text.size - i >= 8 && are_plain(text.at + i)) {
            at = json_put(at, text.at + i, 8);
            i += 8;
            continue;
        }
        for (size_t end = text.size - i < 8 ? text.size : i + 8; i < end; i++)
            at = put_escaped(at, text.at[i], whose);
    }
    *at++ = '"';
    buffer_end(json->out, at);
}

void json_wire_text(struct json *json, struct dsmr_text text)
{
    write_text(json, text, TEXT_WIRE);
}

void json_text(struct json *json, const char *text)
{
    write_text(json, (struct dsmr_text){text, strlen(text)}, TEXT_OURS);
}

void json_utf8(struct json *json, const char *text)
{
    write_text(json, (struct dsmr_text){text, strlen(text)}, TEXT_UTF8);
}

void json_word(struct json *json, const char *word)
{
    size_t size = strlen(word);
    char *at = begin(json, size + 2);
    *at++ = '"';
    at = json_put(at, word, size);
    *at++ = '"';
    buffer_end(json->out, at);
}

/* ------------------------------------------------------------------------------------------------
 * Values
 */

void json_number(struct json *json, struct dsmr_number number)
{
    char *at = begin(json, DSMR_NUMBER_SIZE);
    at += dsmr_number_print(number, at);
    buffer_end(json->out, at);
}

void json_obis(struct json *json, struct dsmr_obis obis)
{
    char *at = begin(json, DSMR_OBIS_SIZE + 2);
    *at++ = '"';
    at += dsmr_obis_print(obis, at);
    *at++ = '"';
    buffer_end(json->out, at);
}

void json_integer(struct json *json, long long value)
{
    buffer_end(json->out, begin(json, 0));
    buffer_print(json->out, "%lld", value);
}

void json_true(struct json *json)
{
    buffer_end(json->out, json_put(begin(json, 4), "true", 4));
}

void json_false(struct json *json)
{
    buffer_end(json->out, json_put(begin(json, 5), "false", 5));
}

void json_null(struct json *json)
{
    buffer_end(json->out, json_put(begin(json, 4), "null", 4));
}

void json_time(struct json *json, const struct dsmr_time *time)
{
    char *at = begin(json, DSMR_TIME_SIZE + 2);
    *at++ = '"';
    at += dsmr_time_print(time, at);
    *at++ = '"';
    buffer_end(json->out, at);
}
