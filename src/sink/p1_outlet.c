/* SPDX-License-Identifier: MIT */
#include "sink/p1_outlet.h"

#include "core/memory.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct p1_message *p1_message_new(struct dsmr_text text, const char *end)
{
    size_t end_size = strlen(end);
    struct p1_message *message = memory_new(1, sizeof *message + text.size + end_size);
    message->references = 1;
    message->size = text.size + end_size;
    memcpy(message->bytes, text.at, text.size);
    memcpy(message->bytes + text.size, end, end_size);
    return message;
}

void p1_message_release(struct p1_message *message)
{
    if (message && --message->references == 0)
        free(message);
}

enum p1_outcome p1_outlet_flush(struct p1_outlet *outlet)
{
    while (outlet->pending && outlet->sent < outlet->pending->size) {
        ssize_t count = write(outlet->fd, outlet->pending->bytes + outlet->sent,
                              outlet->pending->size - outlet->sent);
        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0)
            return errno == EAGAIN ? P1_WAITING : P1_BROKEN;
        outlet->sent += (size_t)count;
    }
    p1_outlet_clear(outlet);
    return P1_SENT;
}

enum p1_outcome p1_outlet_offer(struct p1_outlet *outlet, struct p1_message *message)
{
    enum p1_outcome before = p1_outlet_flush(outlet);
    if (before != P1_SENT)
        return before == P1_WAITING ? P1_FULL : before;
    message->references++;
    outlet->pending = message;
    outlet->sent = 0;
    return p1_outlet_flush(outlet);
}

void p1_outlet_clear(struct p1_outlet *outlet)
{
    p1_message_release(outlet->pending);
    outlet->pending = NULL;
    outlet->sent = 0;
}
