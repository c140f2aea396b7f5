/* SPDX-License-Identifier: MIT */
#include "sink/push_store.h"

#include "core/memory.h"
#include "spool/spool_list.h"

#include <stdlib.h>

struct push_store {
    struct spool *spool; /* NULL: in memory */
    struct loop *loop;
    struct spool_list list; /* in memory: all of it waits, in its order */
    size_t count;
    uint64_t last;
    uint64_t dropped;
};

struct push_store *push_store_new(const struct push_store_setup *setup, char **error)
{
    struct push_store *store = memory_new(1, sizeof *store);
    struct spool_setup spool = {
        .loop = setup->loop,
        .log = setup->log,
        .topic = setup->topic,
        .folder = setup->folder,
        .limit = setup->limit,
        .ready = setup->ready,
        .context = setup->context,
    };
    store->loop = setup->loop;
    if (setup->folder == NULL)
        return store;
    store->spool = spool_open(&spool, error);
    if (store->spool != NULL)
        return store;
    free(store);
    return NULL;
}

void push_store_free(struct push_store *store)
{
    if (store == NULL)
        return;
    spool_close(store->spool);
    spool_list_free(&store->list);
    free(store);
}

bool push_store_lasts(const struct push_store *store)
{
    return store->spool != NULL;
}

uint64_t push_store_number(const struct push_store *store)
{
    return store->spool != NULL ? spool_next_number(store->spool) : store->last + 1;
}

static void remove_first(struct push_store *store)
{
    spool_list_remove_first(&store->list);
    store->count--;
}

static void keep(struct push_store *store, const char *bytes, size_t size)
{
    struct spool_record record = {
        .number = ++store->last,
        .added_ms = loop_wall(store->loop),
        .bytes = bytes,
        .size = size,
    };
    spool_list_add(&store->list, &record);
    store->count++;
    while (store->count > PUSH_KEPT || store->list.fresh_bytes > PUSH_KEPT_BYTES) {
        store->dropped++;
        remove_first(store);
    }
}

void push_store_add(struct push_store *store, const char *bytes, size_t size)
{
    if (store->spool != NULL)
        spool_add(store->spool, bytes, size);
    else
        keep(store, bytes, size);
}

const struct spool_record *push_store_take(struct push_store *store)
{
    if (store->spool != NULL)
        return spool_take(store->spool);
    const struct spool_node *node = spool_list_take(&store->list);
    return node != NULL ? &node->record : NULL;
}

void push_store_rewind(struct push_store *store)
{
    if (store->spool != NULL)
        spool_rewind(store->spool);
    else
        spool_list_rewind(&store->list);
}

void push_store_done(struct push_store *store, uint64_t number)
{
    if (store->spool != NULL) {
        spool_done(store->spool, number);
        return;
    }
    struct spool_node *node = spool_list_find(&store->list, number);
    if (node == NULL)
        return; /* dropped while it was on its way */
    spool_list_done(&store->list, node);
    spool_list_remove_done(&store->list, false);
    store->count--;
}

uint64_t push_store_waiting(const struct push_store *store)
{
    struct spool_stats stats;
    if (store->spool == NULL)
        return store->count;
    spool_stats(store->spool, &stats);
    return stats.waiting;
}

uint64_t push_store_dropped(const struct push_store *store)
{
    struct spool_stats stats;
    if (store->spool == NULL)
        return store->dropped;
    spool_stats(store->spool, &stats);
    return stats.dropped;
}
