/* SPDX-License-Identifier: MIT */
#include "core/spool_list.h"

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
    node->written = written;
    return node;
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
    list->last_written = node;
    list->written_bytes += record->size;
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
    free(node);
}

void spool_list_written(struct spool_list *list, size_t limit)
{
    struct spool_node *node = spool_list_fresh(list);
    list->fresh_bytes -= node->record.size;
    /* One that was taken straight from memory is needed until it is done. */
    if (node->taken || (!list->hole && list->written_bytes + node->record.size <= limit)) {
        node->written = true;
        list->written_bytes += node->record.size;
        list->last_written = node;
        return;
    }
    list->hole = true;
    unlink_behind(list, list->last_written);
}

void spool_list_remove_first(struct spool_list *list)
{
    if (list->first->written)
        list->written_bytes -= list->first->record.size;
    else
        list->fresh_bytes -= list->first->record.size;
    unlink_behind(list, NULL);
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
         node = node->next)
        node->taken = node->done;
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
