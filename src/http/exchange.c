/* SPDX-License-Identifier: MIT */
/* A request on its way through the library: from its first line to the last byte of its answer. */
#include "core/memory.h"
#include "http/server_parts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

enum { STREAM_PIECE = 8192 };

void *exchange_new(void *context, const char *target, struct MHD_Connection *connection)
{
    struct exchange *exchange = memory_new(1, sizeof *exchange);
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    exchange->listener = context;
    exchange->connection = connection;
    exchange->target = memory_text(target);
    exchange->guest = info->socket_context;
    exchange_free(exchange->guest->exchange);
    exchange->guest->exchange = exchange;
    http_answer_init(&exchange->answer);
    return exchange;
}

void exchange_resume(struct exchange *exchange)
{
    if (!exchange->suspended)
        return;
    exchange->suspended = false;
    MHD_resume_connection(exchange->connection);
    listener_run_soon(exchange->listener);
}

void exchange_suspend(struct exchange *exchange)
{
    exchange->suspended = true;
    MHD_suspend_connection(exchange->connection);
}

/* ------------------------------------------------------------------------------------------------
 * Streams
 */

void http_stream_wake(struct http_stream *stream)
{
    if (stream->exchange)
        exchange_resume(stream->exchange);
}

/* What the kernel still has for it would be kept for as long as it sleeps. */
void http_stream_end(struct http_stream *stream)
{
    struct linger at_once = {.l_onoff = 1};
    struct exchange *exchange = stream->exchange;
    if (!exchange || exchange->ended)
        return;
    exchange->ended = true;
    setsockopt(exchange->guest->fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    shutdown(exchange->guest->fd, SHUT_RDWR);
    exchange_resume(exchange);
}

static ssize_t read_stream(void *context, uint64_t place, char *out, size_t size)
{
    struct exchange *exchange = context;
    struct http_stream *stream = exchange->answer.stream;
    (void)place;
    if (exchange->ended)
        return MHD_CONTENT_READER_END_WITH_ERROR;
    size_t count = stream->kind->read(stream, out, size);
    if (count == 0)
        exchange_suspend(exchange);
    return (ssize_t)count;
}

/* ------------------------------------------------------------------------------------------------
 * The answer
 */

static void add_line(struct MHD_Response *response, const char *name, const char *text)
{
    if (text && *text != '\0')
        MHD_add_response_header(response, name, text);
}

static void add_head(struct MHD_Response *response, const struct http_answer *answer)
{
    add_line(response, "Content-Security-Policy",
             "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'");
    add_line(response, "X-Content-Type-Options", "nosniff");
    add_line(response, "Referrer-Policy", "no-referrer");
    add_line(response, "Cross-Origin-Resource-Policy", "same-origin");
    add_line(response, "Cache-Control", answer->cache);
    add_line(response, "ETag", answer->etag);
    add_line(response, "Vary", "Accept-Encoding, Accept, Authorization");
    if (answer->status != MHD_HTTP_NO_CONTENT && answer->status != MHD_HTTP_NOT_MODIFIED)
        add_line(response, "Content-Type", answer->type);
    if (answer->gzip)
        add_line(response, "Content-Encoding", "gzip");
    if (answer->stream) /* nginx in front is not to wait for more */
        add_line(response, "X-Accel-Buffering", "no");
    if (answer->challenge)
        add_line(response, "WWW-Authenticate", "Bearer realm=\"dsmr\"");
    if (answer->later_s > 0) {
        char seconds[16];
        snprintf(seconds, sizeof seconds, "%d", answer->later_s);
        add_line(response, "Retry-After", seconds);
    }
    if (answer->status == MHD_HTTP_METHOD_NOT_ALLOWED || answer->status == MHD_HTTP_NO_CONTENT)
        add_line(response, "Allow", "GET, HEAD, OPTIONS");
    if (answer->name) {
        char *line = memory_print("attachment; filename=\"%s\"", answer->name);
        add_line(response, "Content-Disposition", line);
        free(line);
    }
}

static ssize_t read_nothing(void *context, uint64_t place, char *out, size_t size)
{
    (void)context;
    (void)place;
    (void)out;
    (void)size;
    return MHD_CONTENT_READER_END_OF_STREAM;
}

static enum MHD_Result send_answer(struct exchange *exchange)
{
    struct http_answer *answer = &exchange->answer;
    struct MHD_Response *response;
    if (answer->stream) {
        answer->stream->exchange = exchange;
        response = MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, STREAM_PIECE, read_stream,
                                                     exchange, NULL);
    } else if (answer->endless) {
        response = MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, 1, read_nothing, NULL, NULL);
    } else {
        response = MHD_create_response_from_buffer(answer->body.size, answer->body.at,
                                                   MHD_RESPMEM_MUST_FREE);
        if (response) {
            exchange->held = answer->body.capacity;
            exchange->listener->server->held += exchange->held;
            answer->body = (struct buffer){0};
        }
    }
    if (!response)
        return MHD_NO;
    add_head(response, answer);
    if (exchange->refused)
        add_line(response, "Connection", "close");
    if (answer->endless) /* version 0.9.75 would end chunks that it has not begun */
        MHD_set_response_options(response, MHD_RF_HTTP_1_0_COMPATIBLE_STRICT, MHD_RO_END);
    enum MHD_Result queued =
        MHD_queue_response(exchange->connection, (unsigned)answer->status, response);
    MHD_destroy_response(response);
    return queued;
}

static const char *line_of(const struct exchange *exchange, const char *name)
{
    return MHD_lookup_connection_value(exchange->connection, MHD_HEADER_KIND, name);
}

static int read_request(struct exchange *exchange, const char *method, struct http_request *request)
{
    *request = (struct http_request){
        .method = http_method_parse(method),
        .loopback = exchange->listener->place.loopback,
        .host = line_of(exchange, "Host"),
        .authorization = line_of(exchange, "Authorization"),
        .accept = line_of(exchange, "Accept"),
        .accept_encoding = line_of(exchange, "Accept-Encoding"),
        .if_none_match = line_of(exchange, "If-None-Match"),
        .last_event_id = line_of(exchange, "Last-Event-ID"),
    };
    return http_request_read(request, exchange->target);
}

static void refuse(struct http_answer *answer, const char *why)
{
    if (answer->job)
        answer->job->free(answer->job);
    answer->job = NULL;
    buffer_free(&answer->body);
    answer->later_s = HTTP_RETRY_AFTER_S;
    http_problem(answer, MHD_HTTP_SERVICE_UNAVAILABLE, "%s; ask again in %d seconds", why,
                 HTTP_RETRY_AFTER_S);
}

/* Hundreds may ask for much and read nothing: what is kept for them has an end. */
static bool is_too_much(const struct http_server *server, const struct http_answer *answer)
{
    size_t size = answer->body.capacity;
    return size > HTTP_SMALL && server->held + size > HTTP_HELD;
}

/* Asks for the answer; a job may have to work it out, and then this is called again. */
static void compose(struct exchange *exchange, const char *method)
{
    const struct http_server *server = exchange->listener->server;
    struct http_answer *answer = &exchange->answer;
    struct http_request request;
    int status = read_request(exchange, method, &request);
    if (status != 0)
        http_problem(answer, status,
                     "the address that was asked for is not in good form, or too long");
    else if (exchange->refused)
        http_problem(answer, MHD_HTTP_CONTENT_TOO_LARGE, "nothing here takes a body");
    else if (!exchange->asked)
        server->setup.answer(server->setup.context, &request, answer);
    exchange->asked = true;
    if (answer->job && server->jobs_waiting < HTTP_JOBS_WAITING)
        exchange_wait_for_job(exchange);
    else if (answer->job)
        refuse(answer, "too many questions at once");
    if (!answer->job)
        http_answer_finish(answer, &request);
    if (is_too_much(server, answer))
        refuse(answer, "too many answers wait for being read");
    http_request_free(&request);
}

static bool has_body(const struct exchange *exchange)
{
    const char *length = line_of(exchange, "Content-Length");
    return (length && strspn(length, "0") < strlen(length)) ||
           line_of(exchange, "Transfer-Encoding");
}

static void begin(struct exchange *exchange)
{
    exchange->begun = true;
    exchange->guest->since = loop_now(exchange->listener->server->setup.loop);
    exchange->refused = has_body(exchange);
}

enum MHD_Result exchange_step(void *context, struct MHD_Connection *connection, const char *url,
                              const char *method, const char *version, const char *upload,
                              size_t *upload_size, void **state)
{
    struct exchange *exchange = *state;
    (void)context;
    (void)connection;
    (void)url;
    (void)version;
    (void)upload;
    if (!exchange)
        return MHD_NO;
    *upload_size = 0;
    if (!exchange->begun) {
        begin(exchange);
        if (!exchange->refused)
            return MHD_YES; /* it is called again */
    }
    if (exchange->job)
        return MHD_YES;
    compose(exchange, method);
    return exchange->answer.job ? MHD_YES : send_answer(exchange);
}

void exchange_free(struct exchange *exchange)
{
    if (!exchange)
        return;
    exchange->guest->exchange = NULL;
    exchange->listener->server->held -= exchange->held;
    if (exchange->job)
        exchange_leave_job(exchange->job);
    if (exchange->answer.stream)
        exchange->answer.stream->kind->free(exchange->answer.stream);
    http_answer_free(&exchange->answer);
    free(exchange->target);
    free(exchange);
}

void exchange_over(void *context, struct MHD_Connection *connection, void **state,
                   enum MHD_RequestTerminationCode why)
{
    struct exchange *exchange = *state;
    (void)context;
    (void)connection;
    (void)why;
    if (!exchange)
        return;
    if (exchange->begun)
        exchange->guest->since = loop_now(exchange->listener->server->setup.loop);
    exchange_free(exchange);
    *state = NULL;
}
