/* SPDX-License-Identifier: MIT */
/* What libwebsockets calls. The end of a connection is only noted here. */
#include "net/websocket_state.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void websocket_note_end(struct websocket *websocket, const char *why, size_t size)
{
    if (size > 0 && websocket->why[0] == '\0')
        snprintf(websocket->why, sizeof websocket->why, "%.*s", (int)size, why);
    websocket->connection = NULL;
    websocket->ended = true;
}

static void note_distrust(struct websocket *websocket)
{
    snprintf(websocket->why, sizeof websocket->why, "its certificate is not trusted");
}

static bool add_headers(struct websocket *websocket, char **at, size_t room)
{
    if (websocket->headers.size > room)
        return false;
    if (websocket->headers.size > 0)
        memcpy(*at, websocket->headers.at, websocket->headers.size);
    *at += websocket->headers.size;
    return true;
}

static void receive(struct websocket *websocket, const char *bytes, size_t size)
{
    struct lws *connection = websocket->connection;
    lws_validity_confirmed(connection);
    if (lws_is_first_fragment(connection)) {
        buffer_clear(&websocket->received);
        websocket->skipping = false;
    }
    if (websocket->skipping || size > websocket->setup.message_limit - websocket->received.size) {
        websocket->skipping = true;
        buffer_clear(&websocket->received);
        return;
    }
    buffer_add(&websocket->received, bytes, size);
    if (lws_is_final_fragment(connection)) {
        websocket->setup.received(websocket->setup.context, websocket->received.at,
                                  websocket->received.size);
        buffer_clear(&websocket->received);
    }
}

static bool send_one(struct websocket *websocket)
{
    struct outgoing *message = outbox_take(&websocket->outbox);
    if (message == NULL)
        return true;
    int sent = lws_write(websocket->connection, message->text, message->size, LWS_WRITE_TEXT);
    free(message);
    if (websocket->outbox.first != NULL)
        lws_callback_on_writable(websocket->connection);
    return sent >= 0;
}

/* Bytes 0 and 1 are the code of RFC 6455, then comes a reason. */
static void note_farewell(struct websocket *websocket, const unsigned char *bytes, size_t size)
{
    unsigned code = size >= 2 ? (unsigned)(bytes[0] << 8 | bytes[1]) : 0;
    snprintf(websocket->why, sizeof websocket->why, "the server closed it (%u%s%.*s)", code,
             size > 2 ? ", " : "", size > 2 ? (int)size - 2 : 0, size > 2 ? bytes + 2 : bytes);
}

static void open_up(struct websocket *websocket)
{
    websocket->stage = STAGE_OPEN;
    websocket->reached = true;
    loop_timer_stop(websocket->look);
    loop_timer_stop(websocket->deadline);
    websocket->setup.opened(websocket->setup.context);
}

/* What concerns an open connection. Returns false to have it closed. */
static bool converse(struct websocket *websocket, enum lws_callback_reasons reason,
                     const char *bytes, size_t size)
{
    if (websocket->dropped)
        return false;
    if (reason == LWS_CALLBACK_CLIENT_ESTABLISHED)
        open_up(websocket);
    else if (reason == LWS_CALLBACK_CLIENT_RECEIVE)
        receive(websocket, bytes, size);
    else if (!send_one(websocket))
        return false;
    return !websocket->dropped;
}

/* Returns non-zero to have the connection closed. user is ours only where we look at it. */
int websocket_on_library(struct lws *connection, enum lws_callback_reasons reason, void *user,
                         void *in, size_t size)
{
    struct websocket *websocket = user;
    switch ((int)reason) {
    case LWS_CALLBACK_CLIENT_APPEND_HANDSHAKE_HEADER:
        return add_headers(websocket, in, size) ? 0 : -1;
    case LWS_CALLBACK_OPENSSL_PERFORM_SERVER_CERT_VERIFICATION:
        if (size == 0) /* the library refuses it */
            note_distrust(lws_wsi_user(connection));
        break;
    case LWS_CALLBACK_CLIENT_CONNECTION_ERROR:
        websocket->status = (int)lws_http_client_http_response(connection);
        websocket_note_end(websocket, in, in != NULL ? size : 0);
        break;
    case LWS_CALLBACK_WS_PEER_INITIATED_CLOSE:
        note_farewell(websocket, in, size);
        break;
    case LWS_CALLBACK_CLIENT_CLOSED:
        websocket_note_end(websocket, "", 0);
        break;
    case LWS_CALLBACK_CLIENT_ESTABLISHED:
    case LWS_CALLBACK_CLIENT_RECEIVE:
    case LWS_CALLBACK_CLIENT_WRITEABLE:
        return converse(websocket, reason, in, size) ? 0 : -1;
    default:
        break;
    }
    return 0;
}
