/* SPDX-License-Identifier: MIT */
#include "net/websocket_outbox.h"

#include "core/memory.h"

#include <libwebsockets.h>
#include <stdlib.h>
#include <string.h>

void outbox_add(struct websocket_outbox *outbox, const char *text, size_t size)
{
    struct outgoing *message = memory_new(1, sizeof *message + LWS_PRE + size);
    message->text = message->bytes + LWS_PRE;
    message->size = size;
    memcpy(message->text, text, size);
    *(outbox->last != NULL ? &outbox->last->next : &outbox->first) = message;
    outbox->last = message;
    outbox->size += size;
}

struct outgoing *outbox_take(struct websocket_outbox *outbox)
{
    struct outgoing *message = outbox->first;
    if (message == NULL)
        return NULL;
    outbox->first = message->next;
    if (outbox->first == NULL)
        outbox->last = NULL;
    outbox->size -= message->size;
    return message;
}

void outbox_clear(struct websocket_outbox *outbox)
{
    while (outbox->first != NULL)
        free(outbox_take(outbox));
}
