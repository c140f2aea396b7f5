/* SPDX-License-Identifier: MIT */
#include "http/answer.h"

#include "core/gzip.h"
#include "core/json_writer.h"
#include "core/utf8.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { OK = 200, NOT_MODIFIED = 304, WORTH_PACKING = 1000, PROBLEM_MAX = 1024 };

const char http_type_json[] = "application/json";
const char http_cache_ask[] = "no-cache";
const char http_cache_never[] = "no-store";

void http_answer_init(struct http_answer *answer)
{
    *answer = (struct http_answer){.status = OK, .type = http_type_json, .cache = http_cache_never};
}

void http_answer_free(struct http_answer *answer)
{
    buffer_free(&answer->body);
}

static const char *title_of(int status)
{
    static const struct {
        int status;
        const char *title;
    } titles[] = {
        {400, "Bad Request"},         {401, "Unauthorized"},          {404, "Not Found"},
        {405, "Method Not Allowed"},  {413, "Content Too Large"},     {414, "URI Too Long"},
        {421, "Misdirected Request"}, {500, "Internal Server Error"}, {503, "Service Unavailable"},
    };
    for (size_t i = 0; i < sizeof titles / sizeof *titles; i++)
        if (titles[i].status == status)
            return titles[i].title;
    return "Error";
}

/* A text that was cut may end in half a character. */
static void end_whole(char *text)
{
    size_t size = strlen(text), at = 0, length = 1;
    while (at < size && (length = utf8_character(text + at, size - at)) > 0)
        at += length;
    text[at] = '\0';
}

void http_problem(struct http_answer *answer, int status, const char *format, ...)
{
    char detail[PROBLEM_MAX];
    struct json json = {.out = &answer->body};
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(detail, sizeof detail, format, arguments);
    va_end(arguments);
    end_whole(detail);
    buffer_clear(&answer->body);
    answer->status = status;
    answer->type = "application/problem+json";
    answer->cache = http_cache_never;
    answer->packed = NULL;
    answer->etag[0] = '\0';
    answer->name = NULL;
    answer->gzip = false;
    json_open(&json, '{');
    json_name(&json, "type");
    json_word(&json, "about:blank");
    json_name(&json, "title");
    json_word(&json, title_of(status));
    json_name(&json, "status");
    json_integer(&json, status);
    json_name(&json, "detail");
    json_utf8(&json, detail);
    json_close(&json, '}');
}

/* FNV-1a: two bodies of one resource that are not the same have another tag, but for one chance in
 * 2^64. Weak, since the same tag stands for the compressed form. */
static void make_tag(struct http_answer *answer)
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    for (size_t i = 0; i < answer->body.size; i++)
        hash = (hash ^ (unsigned char)answer->body.at[i]) * UINT64_C(0x100000001b3);
    snprintf(answer->etag, sizeof answer->etag, "W/\"%016llx\"", (unsigned long long)hash);
}

static void compress(struct http_answer *answer)
{
    struct buffer packed = {0};
    gzip_pack(&packed, answer->body.at, answer->body.size);
    buffer_free(&answer->body);
    answer->body = packed;
    answer->gzip = true;
}

static void use_packed(struct http_answer *answer, bool gzip)
{
    if (gzip)
        buffer_add(&answer->body, answer->packed, answer->packed_size);
    else
        gzip_unpack(&answer->body, answer->packed, answer->packed_size);
    answer->gzip = gzip;
    answer->packed = NULL;
}

void http_answer_pack(struct http_answer *answer, bool gzip)
{
    if (answer->status == OK && answer->etag[0] == '\0' && answer->cache != http_cache_never)
        make_tag(answer);
    if (answer->packed)
        use_packed(answer, gzip);
    else if (gzip && answer->body.size >= WORTH_PACKING)
        compress(answer);
    answer->ready = true;
}

void http_answer_finish(struct http_answer *answer, const struct http_request *request)
{
    if (answer->stream || answer->job)
        return;
    if (!answer->ready)
        http_answer_pack(answer, http_accepts(request->accept_encoding, "gzip"));
    if (answer->etag[0] == '\0' || !http_matches(request->if_none_match, answer->etag))
        return;
    answer->status = NOT_MODIFIED;
    answer->gzip = false;
    buffer_clear(&answer->body);
}
