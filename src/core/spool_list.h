/* SPDX-License-Identifier: MIT */
/*
 * The records of a spool that are in memory, in the order of their numbers. Those at the front are
 * read from disk or just written to it, those behind them wait to be written; between the two there
 * may be others that are only on disk: then the list has a hole.
 */
#ifndef DSMR_CORE_SPOOL_LIST_H
#define DSMR_CORE_SPOOL_LIST_H

#include "core/spool.h"

struct spool_node {
    struct spool_record record; /* its bytes stand behind the node */
    struct spool_node *next;
    bool written;
    bool taken;
    bool done;
};

/* Zeroed to begin with. */
struct spool_list {
    struct spool_node *first;
    struct spool_node *last;
    struct spool_node *last_written; /* NULL: none is */
    struct spool_node *cursor;       /* the first that was not taken; NULL: all were */
    size_t written_bytes;
    size_t fresh_bytes; /* of those that wait */
    bool hole;
};

/* Adds one that waits to be written. */
void spool_list_add(struct spool_list *list, const struct spool_record *record);

/* Adds one that was read from disk, behind those that are written. */
void spool_list_insert(struct spool_list *list, const struct spool_record *record);

/* The first that waits to be written; NULL if none does. */
struct spool_node *spool_list_fresh(const struct spool_list *list);

/*
 * The first that waits is on disk now. It is kept while the written ones are less than limit bytes
 * and there is no hole, and otherwise it makes or widens the hole.
 */
void spool_list_written(struct spool_list *list, size_t limit);

/* Removes the first, which must be there. */
void spool_list_remove_first(struct spool_list *list);

/* Takes the first that was not taken; NULL when all were. */
struct spool_node *spool_list_take(struct spool_list *list);

/* Finds a record that was taken; NULL when there is none of this number. */
struct spool_node *spool_list_find(const struct spool_list *list, uint64_t number);

/* Takes back what was taken and is not done. */
void spool_list_rewind(struct spool_list *list);

void spool_list_free(struct spool_list *list);

#endif
