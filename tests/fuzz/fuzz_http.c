/* SPDX-License-Identifier: MIT */
/*
 * Any request to the web server, behind the library that reads it from the socket: the target of the first
 * line, then lines of the head. Whatever is asked, the answer has a status of HTTP, and JSON is whole. A
 * good telegram was read before, so that there is something to tell.
 */
#include "config/config.h"
#include "core/gzip.h"
#include "core/memory.h"
#include "http/web.h"
#include "meter/decoded.h"

#include <jansson.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static const char telegram_text[] =
    "/KFM5KAIFA-METER\r\n\r\n1-3:0.2.8(42)\r\n0-0:1.0.0(161113205757W)\r\n"
    "0-0:96.1.1(3960221976967177082151037881335713)\r\n1-0:1.8.1(001581.123*kWh)\r\n"
    "1-0:1.8.2(001435.706*kWh)\r\n1-0:2.8.1(000000.000*kWh)\r\n1-0:2.8.2(000000.000*kWh)\r\n"
    "0-0:96.14.0(0002)\r\n1-0:1.7.0(02.027*kW)\r\n1-0:2.7.0(00.000*kW)\r\n0-0:96.7.21(00015)\r\n"
    "0-0:96.7.9(00007)\r\n1-0:99.97.0(1)(0-0:96.7.19)(000104180320W)(0000237126*s)\r\n"
    "1-0:32.32.0(00000)\r\n1-0:31.7.0(006*A)\r\n1-0:21.7.0(01.170*kW)\r\n1-0:1.4.0(00.512*kW)\r\n"
    "1-0:1.6.0(161101123000W)(03.123*kW)\r\n0-1:24.1.0(003)\r\n"
    "0-1:96.1.0(4730303139333430323231313938343135)\r\n0-1:24.2.1(161113205000W)(00981.443*m3)\r\n!"
    "\r\n";

static void must(bool condition)
{
    if (!condition)
        abort();
}

static void publish(struct sink *sink)
{
    static char buffer[DSMR_TELEGRAM_MAX];
    struct dsmr_framer framer;
    struct dsmr_telegram telegram;
    struct dsmr_channels channels;
    struct decoded decoded = {0};
    dsmr_framer_init(&framer, buffer, sizeof buffer);
    dsmr_channels_init(&channels);
    dsmr_framer_push(&framer, telegram_text, sizeof telegram_text - 1);
    must(dsmr_framer_next(&framer, &telegram) == DSMR_OK);
    decoded_read(&decoded, &telegram, &channels, NULL);
    sink->kind->line(sink, &(struct line_status){.meter = "main",
                                                 .port = "/dev/p1",
                                                 .settings = "115200 8N1",
                                                 .state = "reading",
                                                 .connected = true,
                                                 .good = 1});
    sink->kind->publish(sink, &(struct readings){.meter = "main",
                                                 .identification = telegram.identification,
                                                 .at = decoded.readings,
                                                 .count = decoded.count,
                                                 .has_time = decoded.has_time,
                                                 .time = decoded.time,
                                                 .received_ms = INT64_C(1479067077000),
                                                 .telegram = &telegram,
                                                 .decoded = &decoded});
    decoded_free(&decoded);
}

/* Made once: with a history that is not there, so that its jobs are made as well. */
static struct web *world(void)
{
    static struct web *web;
    static struct config config;
    static struct log log;
    if (web)
        return web;
    config_init(&config);
    config_set_port(&config, "/dev/p1");
    struct sink *sink = web_sink_new(&(struct web_setup){.config = &config,
                                                         .token = NULL,
                                                         .history = "/nowhere/history.db",
                                                         .loop = loop_new(),
                                                         .log = &log});
    publish(sink);
    web = (struct web *)sink;
    return web;
}

static void take_line(struct http_request *request, const char *line)
{
    static const struct {
        const char *name;
        size_t place;
    } lines[] = {
        {"Host: ", offsetof(struct http_request, host)},
        {"Authorization: ", offsetof(struct http_request, authorization)},
        {"Accept: ", offsetof(struct http_request, accept)},
        {"Accept-Encoding: ", offsetof(struct http_request, accept_encoding)},
        {"If-None-Match: ", offsetof(struct http_request, if_none_match)},
        {"Last-Event-ID: ", offsetof(struct http_request, last_event_id)},
    };
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        size_t size = strlen(lines[i].name);
        if (strncasecmp(line, lines[i].name, size) == 0)
            *(const char **)((char *)request + lines[i].place) = line + size;
    }
}

static void must_be_whole(const struct http_answer *answer)
{
    struct buffer plain = {0};
    if (answer->gzip)
        gzip_unpack(&plain, answer->body.at, answer->body.size);
    else
        buffer_add(&plain, answer->body.size > 0 ? answer->body.at : "", answer->body.size);
    if (strstr(answer->type, "json") && answer->status != 304 && answer->status != 204) {
        json_t *value = json_loadb(plain.at, plain.size, JSON_REJECT_DUPLICATES, NULL);
        must(value != NULL);
        json_decref(value);
    }
    buffer_free(&plain);
}

static void read_stream(struct http_stream *stream)
{
    char piece[4096];
    for (int i = 0; i < 4; i++)
        must(stream->kind->read(stream, piece, sizeof piece) <= sizeof piece);
    stream->kind->free(stream);
}

static void ask(const struct http_request *request)
{
    struct http_answer answer;
    http_answer_init(&answer);
    web_answer(world(), request, &answer);
    struct http_job *job = answer.job;
    if (job) {
        answer.job = NULL;
        job->work(job);
        job->finish(job, &answer);
        job->free(job);
    }
    struct http_stream *stream = answer.stream;
    http_answer_finish(&answer, request);
    must(answer.status >= 200 && answer.status < 600);
    if (stream)
        read_stream(stream);
    else
        must_be_whole(&answer);
    http_answer_free(&answer);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    char *text = memory_copy((const char *)bytes, size);
    struct http_request request = {.method = HTTP_GET, .loopback = true};
    char *rest = strchr(text, '\n');
    if (rest)
        *rest++ = '\0';
    for (char *line = rest; line; line = rest) {
        rest = strchr(line, '\n');
        if (rest)
            *rest++ = '\0';
        take_line(&request, line);
    }
    char *target = strchr(text, ' '); /* a method may stand in front */
    if (target) {
        *target++ = '\0';
        request.method = http_method_parse(text);
    }
    if (http_request_read(&request, target ? target : text) == 0)
        ask(&request);
    http_request_free(&request);
    free(text);
    return 0;
}
