/* SPDX-License-Identifier: MIT */
#include "spool/spool_list.h"

#include "core/memory.h"

#include <stdlib.h>
#include <string.h>

static struct spool_node *make(const struct spool_record *record, bool written)
{
    struct spool_node *node = memory_new(1, sizeof *node + record->size + 1);
    char *bytes = (char *)(node + 1);
    memcpy(bytes, record->bytes, record->size);
    node->record = *record;
    node->record.bytes = bytes;
    node->covers = record->number;
    node->written = written;
    return node;
}

static void add_written(struct spool_list *list, const struct spool_node *node)
{
    if (!node->aside)
        list->written_bytes += node->record.size;
}

static void subtract(struct spool_list *list, const struct spool_node *node)
{
    if (!node->written)
        list->fresh_bytes -= node->record.size;
    else if (!node->aside)
        list->written_bytes -= node->record.size;
}

/* Links it in behind another, or at the front. */
static void link_behind(struct spool_list *list, struct spool_node *before, struct spool_node *node)
{
    struct spool_node **place = before != NULL ? &before->next : &list->first;
    node->next = *place;
    *place = node;
    if (node->next == NULL)
        list->last = node;
    /* All before it may have been taken, but not it. */
    if (list->cursor == node->next)
        list->cursor = node;
}

void spool_list_add(struct spool_list *list, const struct spool_record *record)
{
    link_behind(list, list->last, make(record, false));
    list->fresh_bytes += record->size;
}

void spool_list_insert(struct spool_list *list, const struct spool_record *record)
{
    struct spool_node *node = make(record, true);
    link_behind(list, list->last_written, node);
    if (list->last_written != NULL)
        spool_list_cover(list, list->last_written, record->number - 1);
    list->last_written = node;
    add_written(list, node);
}

struct spool_node *spool_list_fresh(const struct spool_list *list)
{
    return list->last_written != NULL ? list->last_written->next : list->first;
}

/* Takes out the one behind before, or the first. */
static void unlink_behind(struct spool_list *list, struct spool_node *before)
{
    struct spool_node **place = before != NULL ? &before->next : &list->first;
    struct spool_node *node = *place;
    *place = node->next;
    if (list->last == node)
        list->last = before;
    if (list->last_written == node)
        list->last_written = before;
    if (list->cursor == node)
        list->cursor = node->next;
    list->done_count -= node->done ? 1 : 0;
    list->covered -= node->covers - node->record.number;
    free(node);
}

void spool_list_written(struct spool_list *list, size_t limit)
{
    struct spool_node *node = spool_list_fresh(list);
    bool fits = list->written_bytes + node->record.size <= limit;
    subtract(list, node);
    /* One that was taken straight from memory is needed until it is done. */
    if (!list->hole && (node->taken || fits)) {
        node->written = true;
        add_written(list, node);
        list->last_written = node;
        return;
    }
    list->hole = true;
    unlink_behind(list, list->last_written);
}

void spool_list_remove_first(struct spool_list *list)
{
    subtract(list, list->first);
    unlink_behind(list, NULL);
}

void spool_list_cover(struct spool_list *list, struct spool_node *node, uint64_t number)
{
    if (number <= node->covers)
        return;
    list->covered += number - node->covers;
    node->covers = number;
}

void spool_list_done(struct spool_list *list, struct spool_node *node)
{
    if (node->done)
        return;
    node->done = true;
    list->done_count++;
}

uint64_t spool_list_remove_done(struct spool_list *list, bool keep_fresh)
{
    uint64_t front = 0;
    struct spool_node *before = NULL;
    size_t left = list->done_count;
    while (left > 0) {
        struct spool_node *node = before != NULL ? before->next : list->first;
        left -= node->done ? 1 : 0;
        if (!node->done || (keep_fresh && !node->written)) {
            before = node;
            continue;
        }
        if (before == NULL)
            front = node->covers;
        else
            spool_list_cover(list, before, node->covers);
        subtract(list, node);
        unlink_behind(list, before);
    }
    return front;
}

void spool_list_set_aside(struct spool_list *list, struct spool_node *node)
{
    if (node->aside)
        return;
    subtract(list, node);
    if (!node->written)
        list->fresh_bytes += node->record.size;
    node->aside = true;
}

/* Up to there, all that is on disk and not done is in the list. */
static uint64_t place_of(const struct spool_list *list, uint64_t done)
{
    return list->last_written != NULL ? list->last_written->covers : done;
}

/* The numbers of the first ones, and what the last of those that has any covers. */
void spool_list_marks(const struct spool_list *list, uint64_t done,
                      const struct spool_marks *earlier, struct spool_marks *marks)
{
    uint64_t place = place_of(list, done);
    bool unseen = earlier->beyond > place;
    size_t count = 0;
    *marks = (struct spool_marks){.done = done};
    for (const struct spool_node *node = list->first; node != NULL && count < SPOOL_UNDONE;
         node = node->next) {
        if (unseen && !node->written)
            break;
        marks->undone[count++] = node->record.number;
        if (node->covers == node->record.number)
            continue;
        marks->beyond = node->covers;
        marks->count = count;
    }
    if (!unseen || count == SPOOL_UNDONE)
        return;
    for (size_t i = 0; i < earlier->count && count < SPOOL_UNDONE; i++)
        if (earlier->undone[i] > place)
            marks->undone[count++] = earlier->undone[i];
    if (count == SPOOL_UNDONE)
        return;
    marks->beyond = earlier->beyond;
    marks->count = count;
}

struct spool_node *spool_list_take(struct spool_list *list)
{
    struct spool_node *node = list->cursor;
    if (node == NULL)
        return NULL;
    node->taken = true;
    do {
        list->cursor = list->cursor->next;
    } while (list->cursor != NULL && list->cursor->done);
    return node;
}

struct spool_node *spool_list_find(const struct spool_list *list, uint64_t number)
{
    for (struct spool_node *node = list->first; node != NULL && node != list->cursor;
         node = node->next)
        if (node->record.number == number)
            return node;
    return NULL;
}

void spool_list_rewind(struct spool_list *list)
{
    for (struct spool_node *node = list->first; node != NULL && node != list->cursor;
         node = node->next) {
        node->taken = node->done;
        if (!node->aside)
            continue;
        node->aside = false;
        if (node->written)
            list->written_bytes += node->record.size;
    }
    struct spool_node *node = list->first;
    while (node != NULL && node->done)
        node = node->next;
    list->cursor = node;
}

void spool_list_free(struct spool_list *list)
{
    while (list->first != NULL)
        spool_list_remove_first(list);
    *list = (struct spool_list){0};
}
