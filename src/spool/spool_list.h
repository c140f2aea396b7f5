/* SPDX-License-Identifier: MIT */
/*
 * The records of a spool that are in memory, in the order of their numbers. Those at the front are
 * read from disk or just written to it, those behind them wait to be written; between the two there
 * may be others that are only on disk: then the list has a hole.
 */
#ifndef DSMR_SPOOL_SPOOL_LIST_H
#define DSMR_SPOOL_SPOOL_LIST_H

#include "spool/spool_format.h"

struct spool_node {
    struct spool_record record; /* its bytes stand behind the node */
    struct spool_node *next;
    uint64_t covers; /* all behind it up to this number are done, or never were; at least its own */
    bool written;
    bool taken;
    bool done;
    bool aside; /* taken, and stays so until the next rewind; not counted in written_bytes */
};

/* Zeroed to begin with. */
struct spool_list {
    struct spool_node *first;
    struct spool_node *last;
    struct spool_node *last_written; /* NULL: none is */
    struct spool_node *cursor;       /* the first that was not taken; NULL: all were */
    size_t written_bytes;
    size_t fresh_bytes; /* of those that wait */
    size_t done_count;  /* that are done and still here */
    uint64_t covered;   /* numbers that nodes cover beside their own */
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

/* Notes that one is done; it is to be removed by spool_list_remove_done(). */
void spool_list_done(struct spool_list *list, struct spool_node *node);

/*
 * Removes those that are done, wherever they are, but for those that wait to be written while
 * keep_fresh says that others look at them. Returns the number up to which everything is done, as far
 * as those that were removed from the front tell; 0 when none was.
 */
uint64_t spool_list_remove_done(struct spool_list *list, bool keep_fresh);

/* All behind this node up to this number are done, or never were. */
void spool_list_cover(struct spool_list *list, struct spool_node *node, uint64_t number);

/* One that was taken is not to be taken again before the next rewind. */
void spool_list_set_aside(struct spool_list *list, struct spool_node *node);

/* What is done. done is the number up to which all before the first are; earlier is what was known of
 * those on disk that the list has not seen yet. */
void spool_list_marks(const struct spool_list *list, uint64_t done,
                      const struct spool_marks *earlier, struct spool_marks *marks);

/* Takes back what was taken and is not done. */
void spool_list_rewind(struct spool_list *list);

void spool_list_free(struct spool_list *list);

#endif
