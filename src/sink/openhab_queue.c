/* SPDX-License-Identifier: MIT */
/* The queue of the openHAB sink: a list of items in the order of their turns. */
#include "sink/openhab_queue.h"

#include "config/items_json.h"
#include "core/memory.h"

#include <stdlib.h>
#include <string.h>

enum {
    MISSING_REST_MS = 5 * 1000, /* doubled each time: openHAB may still be reading its items */
    LONGEST_REST_MS = 5 * 60 * 1000,
};

static int compare(const struct target *target, const char *meter, dsmr_item reading)
{
    int order = strcmp(item_meter(target->item), meter);
    if (order != 0)
        return order;
    return (target->item->reading > reading) - (target->item->reading < reading);
}

static int by_reading(const void *left, const void *right)
{
    const struct target *a = *(struct target *const *)left;
    const struct target *b = *(struct target *const *)right;
    int order = compare(a, item_meter(b->item), b->item->reading);
    return order != 0 ? order : (a > b) - (a < b); /* they lie in the order of the files */
}

void queue_init(struct openhab_queue *queue, const struct bound_items *items)
{
    *queue = (struct openhab_queue){0};
    queue->count = items->count;
    queue->targets = memory_new(items->count, sizeof *queue->targets);
    queue->bound = memory_new(items->count, sizeof *queue->bound);
    for (size_t i = 0; i < items->count; i++) {
        queue->targets[i].item = &items->at[i];
        queue->bound[i] = &queue->targets[i];
    }
    qsort(queue->bound, queue->count, sizeof *queue->bound, by_reading);
    for (size_t i = 1; i < queue->count; i++) {
        struct target *target = queue->bound[i];
        if (compare(queue->bound[i - 1], item_meter(target->item), target->item->reading) == 0)
            queue->bound[i - 1]->next_same = target;
    }
}

void queue_free(struct openhab_queue *queue)
{
    for (size_t i = 0; i < queue->count; i++) {
        buffer_free(&queue->targets[i].newest);
        buffer_free(&queue->targets[i].sent);
    }
    free(queue->targets);
    free(queue->bound);
    *queue = (struct openhab_queue){0};
}

void queue_inherit(struct openhab_queue *queue, const struct openhab_queue *old)
{
    size_t place = 0;
    for (size_t i = 0; i < old->count; i++) {
        const struct target *from = &old->targets[i];
        while (place < queue->count &&
               strcmp(queue->targets[place].item->name, from->item->name) < 0)
            place++;
        if (place == queue->count || strcmp(queue->targets[place].item->name, from->item->name) > 0)
            continue;
        struct target *to = &queue->targets[place];
        to->missing = from->missing;
        to->missing_told = from->missing_told;
        if (!items_are_alike(to->item, from->item))
            continue;
        to->refusal_told = from->refusal_told;
        to->refusal_ms = from->refusal_ms;
        to->misfit_told = from->misfit_told;
    }
}

struct target *queue_bound(const struct openhab_queue *queue, const char *meter, dsmr_item reading)
{
    size_t first = 0;
    size_t end = queue->count;
    while (first < end) {
        size_t middle = first + (end - first) / 2;
        if (compare(queue->bound[middle], meter, reading) < 0)
            first = middle + 1;
        else
            end = middle;
    }
    bool found = first < queue->count && compare(queue->bound[first], meter, reading) == 0;
    return found ? queue->bound[first] : NULL;
}

static bool same(const struct buffer *a, const struct buffer *b)
{
    return a->at != NULL && a->size == b->size && memcmp(a->at, b->at, a->size) == 0;
}

static void copy(struct buffer *to, const struct buffer *from)
{
    buffer_clear(to);
    buffer_add(to, from->at, from->size);
}

/* Almost always at the end; only what failed goes back to its place among the first. */
static void insert(struct openhab_queue *queue, struct target *target)
{
    struct target *before = queue->last;
    while (before != NULL && before->turn > target->turn)
        before = before->before;
    target->before = before;
    target->after = before != NULL ? before->after : queue->first;
    *(before != NULL ? &before->after : &queue->first) = target;
    *(target->after != NULL ? &target->after->before : &queue->last) = target;
    target->queued = true;
}

static void take_out(struct openhab_queue *queue, struct target *target)
{
    *(target->before != NULL ? &target->before->after : &queue->first) = target->after;
    *(target->after != NULL ? &target->after->before : &queue->last) = target->before;
    target->before = target->after = NULL;
    target->queued = false;
}

static void line_up(struct openhab_queue *queue, struct target *target)
{
    if (target->wanted && !target->queued && !target->flying && target->rest == REST_NONE)
        insert(queue, target);
}

static void want(struct openhab_queue *queue, struct target *target)
{
    if (!target->wanted) {
        target->wanted = true;
        target->turn = ++queue->turns;
    }
    line_up(queue, target);
}

void queue_offer(struct openhab_queue *queue, struct target *target, const struct buffer *state,
                 bool only_changes)
{
    bool changed = !same(&target->newest, state);
    if (!changed && (only_changes || target->rest != REST_NONE))
        return;
    if (target->wanted)
        queue->dropped++;
    if (changed)
        copy(&target->newest, state);
    if (target->rest == REST_REFUSED)
        target->rest = REST_NONE;
    want(queue, target);
}

struct target *queue_take(struct openhab_queue *queue, uint64_t behind)
{
    struct target *target = queue->first;
    while (target != NULL && target->turn <= behind)
        target = target->after;
    if (target == NULL)
        target = queue->first;
    if (target == NULL)
        return NULL;
    take_out(queue, target);
    target->wanted = false;
    target->flying = true;
    target->flight_turn = target->turn;
    copy(&target->sent, &target->newest);
    return target;
}

void queue_accepted(struct openhab_queue *queue, struct target *target)
{
    target->flying = false;
    target->rest_ms = 0;
    line_up(queue, target);
}

/* The item keeps the turn of the state that failed: it has waited longest. */
static void want_again(struct target *target)
{
    target->wanted = true;
    target->flying = false;
    target->turn = target->flight_turn;
}

void queue_failed(struct openhab_queue *queue, struct target *target)
{
    if (target->wanted)
        queue->dropped++;
    want_again(target);
    line_up(queue, target);
}

void queue_rest(struct openhab_queue *queue, struct target *target, enum rest_reason reason,
                int64_t now)
{
    want_again(target);
    bool other_state = !same(&target->sent, &target->newest);
    if (reason == REST_REFUSED && other_state) {
        line_up(queue, target);
        return;
    }
    int64_t length = reason == REST_REFUSED ? LONGEST_REST_MS
                     : target->rest_ms > 0  ? 2 * target->rest_ms
                                            : MISSING_REST_MS;
    target->rest_ms = length < LONGEST_REST_MS ? length : LONGEST_REST_MS;
    target->rest_until = now + target->rest_ms;
    target->rest = reason;
}

int64_t queue_wake(struct openhab_queue *queue, int64_t now)
{
    int64_t next = INT64_MAX;
    for (size_t i = 0; i < queue->count; i++) {
        struct target *target = &queue->targets[i];
        if (target->rest == REST_NONE)
            continue;
        if (target->rest_until <= now) {
            target->rest = REST_NONE;
            line_up(queue, target);
        } else if (target->rest_until < next) {
            next = target->rest_until;
        }
    }
    return next;
}

void queue_wake_all(struct openhab_queue *queue, bool again)
{
    for (size_t i = 0; i < queue->count; i++) {
        struct target *target = &queue->targets[i];
        target->rest = REST_NONE;
        target->rest_ms = 0;
        if (again && target->newest.at != NULL && !target->flying)
            want(queue, target);
        line_up(queue, target);
    }
}

size_t queue_waiting(const struct openhab_queue *queue)
{
    size_t waiting = 0;
    for (size_t i = 0; i < queue->count; i++)
        waiting += queue->targets[i].wanted || queue->targets[i].flying ? 1 : 0;
    return waiting;
}
