/* SPDX-License-Identifier: MIT */
/* A hash table by topic, with two lists through it: of all messages, and of those that wait. */
#include "sink/mqtt_queue.h"

#include "core/memory.h"
#include "sink/mqtt_topic.h"

#include <stdlib.h>
#include <string.h>

enum { FIRST_TABLE = 64 };

static struct mqtt_message **slot_of(const struct mqtt_queue *queue, uint32_t hash)
{
    return &queue->table[hash & (queue->table_size - 1)];
}

static struct mqtt_message *find(const struct mqtt_queue *queue, const char *topic, uint32_t hash)
{
    if (queue->table_size == 0)
        return NULL;
    struct mqtt_message *message = *slot_of(queue, hash);
    while (message != NULL && (message->hash != hash || strcmp(message->topic, topic) != 0))
        message = message->same_hash;
    return message;
}

static void put_in_table(struct mqtt_queue *queue, struct mqtt_message *message)
{
    struct mqtt_message **slot = slot_of(queue, message->hash);
    message->same_hash = *slot;
    *slot = message;
}

static void grow_table(struct mqtt_queue *queue)
{
    free(queue->table);
    queue->table_size = queue->table_size > 0 ? 2 * queue->table_size : FIRST_TABLE;
    queue->table = memory_new(queue->table_size, sizeof *queue->table);
    for (struct mqtt_message *message = queue->oldest; message != NULL; message = message->newer)
        put_in_table(queue, message);
}

static struct mqtt_message *add(struct mqtt_queue *queue, const char *topic, uint32_t hash)
{
    struct mqtt_message *message = memory_new(1, sizeof *message);
    message->topic = memory_text(topic);
    message->hash = hash;
    message->older = queue->newest;
    *(queue->newest != NULL ? &queue->newest->newer : &queue->oldest) = message;
    queue->newest = message;
    queue->bytes += sizeof *message + strlen(topic);
    if (++queue->count > queue->table_size)
        grow_table(queue);
    else
        put_in_table(queue, message);
    return message;
}

static void forget(struct mqtt_queue *queue, struct mqtt_message *message)
{
    struct mqtt_message **link = slot_of(queue, message->hash);
    while (*link != message)
        link = &(*link)->same_hash;
    *link = message->same_hash;
    *(message->older != NULL ? &message->older->newer : &queue->oldest) = message->newer;
    *(message->newer != NULL ? &message->newer->older : &queue->newest) = message->older;
    queue->count--;
    queue->bytes -= sizeof *message + strlen(message->topic) + message->size;
    free(message->payload);
    free(message->topic);
    free(message);
}

/* Almost always at the end; only what was given back goes to its place among the first. */
static void line_up(struct mqtt_queue *queue, struct mqtt_message *message)
{
    if (!message->wanted || message->queued || message->flying)
        return;
    struct mqtt_message *before = queue->last;
    while (before != NULL && before->turn > message->turn)
        before = before->before;
    message->before = before;
    message->after = before != NULL ? before->after : queue->first;
    *(before != NULL ? &before->after : &queue->first) = message;
    *(message->after != NULL ? &message->after->before : &queue->last) = message;
    message->queued = true;
    queue->waiting++;
}

static void want(struct mqtt_queue *queue, struct mqtt_message *message)
{
    if (!message->wanted) {
        message->wanted = true;
        message->turn = ++queue->turns;
    }
    line_up(queue, message);
}

static bool says_the_same(const struct mqtt_message *message, const char *payload, size_t size,
                          int qos, bool retain)
{
    return message->qos == qos && message->retain == retain && message->size == size &&
           (size == 0 || memcmp(message->payload, payload, size) == 0);
}

static void set(struct mqtt_queue *queue, struct mqtt_message *message, const char *payload,
                size_t size)
{
    if (size > message->capacity) {
        message->payload = memory_grow(message->payload, size, 1);
        message->capacity = size;
    }
    if (size > 0)
        memcpy(message->payload, payload, size);
    queue->bytes += size - message->size;
    message->size = size;
}

bool mqtt_queue_offer(struct mqtt_queue *queue, enum emit_class class, const char *topic,
                      const char *payload, size_t size, int qos, bool retain)
{
    uint32_t hash = mqtt_topic_hash(topic, strlen(topic));
    struct mqtt_message *message = find(queue, topic, hash);
    bool is_new = message == NULL;
    size_t needed = size + (is_new ? sizeof *message + strlen(topic) : 0);
    size_t freed = is_new ? 0 : message->size;
    if (queue->bytes - freed + needed > queue->bytes_max ||
        (is_new && queue->count >= queue->topics_max)) {
        queue->dropped++;
        return false;
    }
    if (is_new)
        message = add(queue, topic, hash);
    else if (class == EMIT_STANDING && says_the_same(message, payload, size, qos, retain))
        return true;
    if (message->wanted)
        queue->superseded++;
    message->class = class;
    message->qos = qos;
    message->retain = retain;
    set(queue, message, payload, size);
    want(queue, message);
    return true;
}

static void take_out(struct mqtt_queue *queue, struct mqtt_message *message)
{
    *(message->before != NULL ? &message->before->after : &queue->first) = message->after;
    *(message->after != NULL ? &message->after->before : &queue->last) = message->before;
    message->before = message->after = NULL;
    message->queued = false;
    queue->waiting--;
}

struct mqtt_message *mqtt_queue_take(struct mqtt_queue *queue)
{
    struct mqtt_message *message = queue->first;
    if (message == NULL)
        return NULL;
    take_out(queue, message);
    message->wanted = false;
    message->flying = true;
    message->flight_turn = message->turn;
    return message;
}

void mqtt_queue_landed(struct mqtt_queue *queue, struct mqtt_message *message, bool delivered)
{
    message->flying = false;
    if (!delivered && !message->wanted) {
        message->wanted = true;
        message->turn = message->flight_turn;
    }
    line_up(queue, message);
    /* What was removed from the broker need not be remembered. */
    if (!message->wanted && message->retain && message->size == 0)
        forget(queue, message);
}

void mqtt_queue_renew(struct mqtt_queue *queue)
{
    static const enum emit_class order[] = {EMIT_STANDING, EMIT_VALUE};
    for (size_t i = 0; i < sizeof order / sizeof *order; i++)
        for (struct mqtt_message *message = queue->oldest; message != NULL;
             message = message->newer)
            if (message->class == order[i] && (message->retain || order[i] == EMIT_STANDING))
                want(queue, message);
}

void mqtt_queue_renew_topic(struct mqtt_queue *queue, const char *topic)
{
    struct mqtt_message *message = find(queue, topic, mqtt_topic_hash(topic, strlen(topic)));
    if (message != NULL)
        want(queue, message);
}

void mqtt_queue_mend(struct mqtt_queue *queue, const char *topic, const char *payload, size_t size)
{
    struct mqtt_message *message = find(queue, topic, mqtt_topic_hash(topic, strlen(topic)));
    if (message == NULL || message->class != EMIT_STANDING || message->wanted || message->flying ||
        says_the_same(message, payload, size, message->qos, message->retain))
        return;
    want(queue, message);
}

void mqtt_queue_each_retained(const struct mqtt_queue *queue,
                              void (*use)(void *context, const char *topic, const char *payload,
                                          size_t size),
                              void *context)
{
    for (const struct mqtt_message *message = queue->oldest; message != NULL;
         message = message->newer)
        if (message->retain)
            use(context, message->topic, message->payload != NULL ? message->payload : "",
                message->size);
}

void mqtt_queue_free(struct mqtt_queue *queue)
{
    struct mqtt_message *next;
    for (struct mqtt_message *message = queue->oldest; message != NULL; message = next) {
        next = message->newer;
        free(message->payload);
        free(message->topic);
        free(message);
    }
    free(queue->table);
    *queue = (struct mqtt_queue){0};
}
