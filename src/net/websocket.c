/* SPDX-License-Identifier: MIT */
/*
 * The WebSocket client over libwebsockets. Its hooks for a foreign loop differ from version to
 * version, so it is left with its own poll(), which is told not to wait: while a connection is being
 * made it is asked some times a second, and when it is open, whenever the descriptor has something
 * to say. The descriptor is watched as a copy, since the library closes its own when it likes.
 *
 * The library is called only from the loop. What its callbacks find out about the end of a
 * connection is noted and told after it has returned; a message is handed on at once.
 */
#include "net/websocket.h"

#include "core/memory.h"
#include "net/websocket_library.h"
#include "net/websocket_state.h"

#include <fcntl.h>
#include <libwebsockets.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { CONNECTING_MS = 20 }; /* between two looks at a connection that is being made */

static void stop_watching(struct websocket *websocket)
{
    loop_watch_free(websocket->watch);
    websocket->watch = NULL;
    if (websocket->fd >= 0)
        close(websocket->fd);
    websocket->fd = -1;
}

/* Nothing is left of the connection. */
static void become_idle(struct websocket *websocket)
{
    websocket->stage = STAGE_IDLE;
    websocket->connection = NULL;
    stop_watching(websocket);
    loop_timer_stop(websocket->look);
    loop_timer_stop(websocket->deadline);
    outbox_clear(&websocket->outbox);
    buffer_clear(&websocket->received);
    websocket->skipping = false;
}

/* ------------------------------------------------------------------------------------------------
 * What the loop calls
 */

static void settle(struct websocket *websocket);

static bool is_reached(const struct websocket *websocket)
{
    struct sockaddr_storage peer;
    socklen_t size = sizeof peer;
    int fd = websocket->connection != NULL ? lws_get_socket_fd(websocket->connection) : -1;
    return fd >= 0 && getpeername(fd, (struct sockaddr *)&peer, &size) == 0;
}

static void serve(struct websocket *websocket)
{
    websocket->reached = websocket->reached || is_reached(websocket);
    websocket->inside = true;
    lws_service(websocket->library, -1);
    /* Once more: an answer to a ping is only lined up the first time. */
    if (websocket->stage == STAGE_OPEN && !websocket->ended)
        lws_service(websocket->library, -1);
    websocket->inside = false;
    settle(websocket);
}

static void on_look(void *context)
{
    serve(context);
}

static void on_descriptor(void *context, int events, int error)
{
    (void)events;
    (void)error; /* the library finds out by itself */
    serve(context);
}

static void kill_connection(struct websocket *websocket)
{
    if (websocket->connection == NULL)
        return;
    websocket->inside = true;
    lws_set_timeout(websocket->connection, PENDING_TIMEOUT_USER_REASON_BASE, LWS_TO_KILL_SYNC);
    websocket->inside = false;
    websocket->connection = NULL;
}

static void on_deadline(void *context)
{
    struct websocket *websocket = context;
    snprintf(websocket->why, sizeof websocket->why, "no %s within %g s",
             websocket->reached ? "answer" : "connection",
             (double)websocket->setup.connect_ms / 1000);
    lookup_drop(websocket->lookup);
    websocket->lookup = NULL;
    kill_connection(websocket);
    websocket->ended = true;
    settle(websocket);
}

static void try_next_address(struct websocket *websocket)
{
    const struct websocket_url *url = &websocket->url;
    websocket->ended = false;
    websocket->status = 0;
    websocket->why[0] = '\0';
    websocket->stage = STAGE_CONNECTING;
    struct lws_client_connect_info wanted = {
        .context = websocket->library,
        .address = websocket->addresses[websocket->next_address++],
        .port = url->port,
        .ssl_connection = (url->tls ? LCCSCF_USE_SSL : 0) | LCCSCF_HTTP_NO_FOLLOW_REDIRECT,
        .path = url->path,
        .host = url->authority,
        .local_protocol_name = websocket->protocols[0].name,
        .alpn = "http/1.1",
        .userdata = websocket,
        .pwsi = &websocket->connection,
    };
    loop_timer_start(websocket->look, CONNECTING_MS, CONNECTING_MS);
    loop_timer_start(websocket->deadline, websocket->setup.connect_ms, 0);
    websocket->inside = true;
    if (lws_client_connect_via_info(&wanted) == NULL)
        websocket_note_end(websocket, "", 0);
    websocket->inside = false;
}

static void tell_end(struct websocket *websocket)
{
    char why[sizeof websocket->why];
    bool opened = websocket->stage == STAGE_OPEN;
    bool dropped = websocket->dropped;
    snprintf(why, sizeof why, "%s",
             websocket->why[0] != '\0' ? websocket->why
             : opened                  ? "the connection was closed"
                                       : "no connection");
    become_idle(websocket);
    struct websocket_end end = {
        .opened = opened,
        .reached = websocket->reached,
        .status = websocket->status,
        .why = why,
    };
    if (!dropped)
        websocket->setup.closed(websocket->setup.context, &end);
}

static void watch_connection(struct websocket *websocket)
{
    int wanted = LOOP_READ;
    if (websocket->outbox.first != NULL || lws_partial_buffered(websocket->connection))
        wanted |= LOOP_WRITE;
    if (websocket->fd < 0) {
        websocket->fd = fcntl(lws_get_socket_fd(websocket->connection), F_DUPFD_CLOEXEC, 0);
        websocket->watch =
            loop_watch_new(websocket->setup.loop, websocket->fd, wanted, on_descriptor, websocket);
    } else if (websocket->watch != NULL) {
        loop_watch_set(websocket->watch, wanted);
    }
    /* TLS may hold bytes that the descriptor knows nothing of. Without a watch, look often. */
    bool more = lws_service_adjust_timeout(websocket->library, 1000, 0) == 0;
    if (more || websocket->watch == NULL)
        loop_timer_start(websocket->look, more ? 1 : CONNECTING_MS, 0);
}

/* Acts on what the library said while it was called. */
static void settle(struct websocket *websocket)
{
    while (websocket->ended) {
        if (websocket->stage != STAGE_CONNECTING || websocket->reached || websocket->dropped ||
            websocket->next_address >= websocket->address_count) {
            tell_end(websocket);
            return;
        }
        try_next_address(websocket);
    }
    if (websocket->stage == STAGE_OPEN)
        watch_connection(websocket);
}

static void on_addresses(void *context, char (*addresses)[LOOKUP_SIZE], size_t count,
                         const char *error)
{
    struct websocket *websocket = context;
    websocket->lookup = NULL;
    loop_timer_stop(websocket->deadline);
    if (error != NULL)
        snprintf(websocket->why, sizeof websocket->why, "%s: %s", websocket->url.host, error);
    memcpy(websocket->addresses, addresses, count * sizeof *addresses);
    websocket->address_count = count;
    if (count > 0)
        try_next_address(websocket);
    else
        websocket->ended = true;
    settle(websocket);
}

/* ------------------------------------------------------------------------------------------------
 * What others call
 */

void websocket_connect(struct websocket *websocket)
{
    if (websocket->stage != STAGE_IDLE)
        return;
    websocket->stage = STAGE_LOOKUP;
    websocket->ended = websocket->dropped = websocket->reached = false;
    websocket->status = 0;
    websocket->why[0] = '\0';
    websocket->address_count = websocket->next_address = 0;
    loop_timer_start(websocket->deadline, websocket->setup.connect_ms, 0);
    websocket->lookup =
        lookup_start(websocket->setup.loop, websocket->url.host, on_addresses, websocket);
}

bool websocket_is_open(const struct websocket *websocket)
{
    return websocket->stage == STAGE_OPEN && !websocket->ended && !websocket->dropped;
}

bool websocket_send(struct websocket *websocket, const char *text, size_t size)
{
    if (!websocket_is_open(websocket) ||
        size > websocket->setup.unsent_limit - websocket->outbox.size)
        return false;
    outbox_add(&websocket->outbox, text, size);
    lws_callback_on_writable(websocket->connection);
    if (!websocket->inside)
        watch_connection(websocket);
    return true;
}

void websocket_close(struct websocket *websocket)
{
    websocket->dropped = true;
    if (websocket->inside)
        return; /* the callback's return value closes it */
    lookup_drop(websocket->lookup);
    websocket->lookup = NULL;
    kill_connection(websocket);
    become_idle(websocket);
}

static void set_headers(struct websocket *websocket, const char *const *headers)
{
    for (size_t i = 0; headers != NULL && headers[i] != NULL; i++)
        buffer_print(&websocket->headers, "%s\r\n", headers[i]);
    if (websocket->headers.size == 0 && websocket->url.authorization != NULL)
        buffer_print(&websocket->headers, "%s\r\n", websocket->url.authorization);
}

struct websocket *websocket_new(const struct websocket_setup *setup)
{
    struct websocket *websocket = memory_new(1, sizeof *websocket);
    websocket->setup = *setup;
    websocket->fd = -1;
    websocket->protocols[0] =
        (struct lws_protocols){.name = "dsmr", .callback = websocket_on_library};
    websocket->look = loop_timer_new(setup->loop, on_look, websocket);
    websocket->deadline = loop_timer_new(setup->loop, on_deadline, websocket);
    if (websocket_url_read(&websocket->url, setup->url))
        websocket->library = websocket_library_new(websocket->protocols, websocket->url.tls);
    if (websocket->library == NULL) {
        websocket_free(websocket);
        return NULL;
    }
    set_headers(websocket, setup->headers);
    return websocket;
}

void websocket_free(struct websocket *websocket)
{
    if (websocket == NULL)
        return;
    websocket_close(websocket);
    if (websocket->library != NULL)
        lws_context_destroy(websocket->library);
    loop_timer_free(websocket->look);
    loop_timer_free(websocket->deadline);
    buffer_free(&websocket->headers);
    buffer_free(&websocket->received);
    websocket_url_free(&websocket->url);
    free(websocket);
}
