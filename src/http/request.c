/* SPDX-License-Identifier: MIT */
#include "http/request.h"

#include "core/memory.h"
#include "core/utf8.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { BAD_REQUEST = 400, TARGET_TOO_LONG = 414, FULL_WEIGHT = 1000 };

enum http_method http_method_parse(const char *name)
{
    if (strcmp(name, "GET") == 0)
        return HTTP_GET;
    if (strcmp(name, "HEAD") == 0)
        return HTTP_HEAD;
    return strcmp(name, "OPTIONS") == 0 ? HTTP_OPTIONS : HTTP_OTHER;
}

/* ------------------------------------------------------------------------------------------------
 * The target
 */

static int digit_of(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c = (char)(c | 0x20);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Printable UTF-8 and nothing else: what is told back to somebody may then stand in a line. */
static bool is_text(const char *text, size_t size)
{
    for (size_t i = 0; i < size;) {
        size_t length = utf8_character(text + i, size - i);
        if (length == 0 || (unsigned char)text[i] < 0x20 || text[i] == 0x7F)
            return false;
        i += length;
    }
    return true;
}

/* Decodes %XX in place, and + where it stands for a blank. False when it is not in good form. */
static bool decode(char *text, bool plus)
{
    char *out = text;
    for (const char *in = text; *in != '\0'; in++) {
        if (*in != '%') {
            *out++ = plus && *in == '+' ? ' ' : *in;
            continue;
        }
        int high = digit_of(in[1]);
        int low = high >= 0 ? digit_of(in[2]) : -1;
        if (low < 0 || high + low == 0)
            return false;
        *out++ = (char)(high * 16 + low);
        in += 2;
    }
    *out = '\0';
    return is_text(text, (size_t)(out - text));
}

static bool add_parameter(struct http_request *request, char *pair)
{
    char *value = strchr(pair, '=');
    if (value)
        *value++ = '\0';
    else
        value = pair + strlen(pair);
    if (request->parameter_count == HTTP_PARAMETERS || !decode(pair, true) || !decode(value, true))
        return false;
    request->parameters[request->parameter_count++] = (struct http_parameter){pair, value};
    return true;
}

int http_request_read(struct http_request *request, const char *target)
{
    if (strlen(target) > HTTP_TARGET_MAX)
        return TARGET_TOO_LONG;
    request->room = memory_text(target);
    request->path = request->room;
    if (*target != '/')
        return BAD_REQUEST;
    char *query = strchr(request->path, '?');
    if (query)
        *query++ = '\0';
    if (!decode(request->path, false))
        return BAD_REQUEST;
    while (query) {
        char *pair = query;
        query = strchr(pair, '&');
        if (query)
            *query++ = '\0';
        if (*pair != '\0' && !add_parameter(request, pair))
            return BAD_REQUEST;
    }
    return 0;
}

void http_request_free(struct http_request *request)
{
    free(request->room);
    request->room = NULL;
    request->path = NULL;
    request->parameter_count = 0;
}

const char *http_parameter(const struct http_request *request, const char *name)
{
    for (size_t i = 0; i < request->parameter_count; i++)
        if (strcmp(request->parameters[i].name, name) == 0)
            return request->parameters[i].value;
    return NULL;
}

static bool has_word(const char *words, const char *word)
{
    size_t size = strlen(word);
    for (const char *at = words; *at != '\0'; at += *at == ' ' ? 1 : 0) {
        size_t length = strcspn(at, " ");
        if (length == size && memcmp(at, word, size) == 0)
            return true;
        at += length;
    }
    return false;
}

const char *http_stray_parameter(const struct http_request *request, const char *names)
{
    for (size_t i = 0; i < request->parameter_count; i++) {
        const char *name = request->parameters[i].name;
        if (!has_word(names, name) || http_parameter(request, name) != request->parameters[i].value)
            return name;
    }
    return NULL;
}

/* ------------------------------------------------------------------------------------------------
 * Lines of the head
 */

static const char blanks[] = " \t";

/* Thousandths of a weight such as 1 or 0.5; 0 for what is none. */
static int number_of(const char *text, const char *end)
{
    int sum = 0, unit = FULL_WEIGHT;
    for (; text < end && unit > 0; text++) {
        if (*text >= '0' && *text <= '9') {
            sum += (*text - '0') * unit;
            unit /= 10;
        } else if (*text == '.' && unit >= FULL_WEIGHT / 10) {
            unit = FULL_WEIGHT / 10;
        } else {
            break;
        }
    }
    return sum < FULL_WEIGHT ? sum : FULL_WEIGHT;
}

/* Of the parameters of one in the list: "gzip;q=0" is a no. */
static int weight_of(const char *parameters, const char *end)
{
    for (const char *at = parameters; at < end; at++) {
        if (*at != ';')
            continue;
        const char *name = at + 1 + strspn(at + 1, blanks);
        if (name + 2 <= end && strncasecmp(name, "q=", 2) == 0)
            return number_of(name + 2, end);
    }
    return FULL_WEIGHT;
}

/* How exactly a name of so many bytes means the word: itself most, then all of its kind, with a star
 * behind the slash, then all there is; 0 when it does not. */
static int nearness(const char *name, size_t size, const char *word)
{
    const char *slash = strchr(word, '/');
    size_t kind = slash ? (size_t)(slash - word) + 1 : 0;
    if (size == strlen(word) && strncasecmp(name, word, size) == 0)
        return 3;
    if (kind > 0 && size == kind + 1 && name[kind] == '*' && strncasecmp(name, word, kind) == 0)
        return 2;
    return kind > 0 && size == 3 && memcmp(name, "*/*", 3) == 0 ? 1 : 0;
}

int http_weight(const char *list, const char *word)
{
    int nearest = 0, weight = 0;
    while (list && *list != '\0') {
        list += strspn(list, " \t,");
        size_t size = strcspn(list, ",");
        size_t name = strcspn(list, ",; \t");
        int near = nearness(list, name, word);
        if (near > nearest) {
            nearest = near;
            weight = weight_of(list + name, list + size);
        }
        list += size;
    }
    return weight;
}

bool http_accepts(const char *list, const char *word)
{
    return http_weight(list, word) > 0;
}

/* The tag without W/, so that it begins with its quotation mark. */
static const char *strong_of(const char *tag)
{
    return strncmp(tag, "W/", 2) == 0 ? tag + 2 : tag;
}

bool http_matches(const char *list, const char *etag)
{
    const char *wanted = strong_of(etag);
    while (list && *list != '\0') {
        list += strspn(list, " \t,");
        size_t size = strcspn(list, ",");
        const char *tag = strong_of(list);
        size_t length = strcspn(tag, ",");
        while (length > 0 && strchr(blanks, tag[length - 1]))
            length--;
        if ((length == 1 && *tag == '*') ||
            (length == strlen(wanted) && memcmp(tag, wanted, length) == 0))
            return true;
        list += size;
    }
    return false;
}
