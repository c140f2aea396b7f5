/* SPDX-License-Identifier: MIT */
#include "sink/openhab_list.h"

#include "config/items_json.h"
#include "core/memory.h"

#include <stdlib.h>
#include <string.h>

enum { NAMES = 3 }; /* so many are named, the others counted */

/* ------------------------------------------------------------------------------------------------
 * Reading
 */

static char *describe_status(const struct http_answer *answer)
{
    return answer->error != NULL ? memory_text(answer->error)
                                 : memory_print("it answers %d", answer->status);
}

static enum list_trouble read_body(struct bound_items *items, const struct http_answer *answer,
                                   struct complaints *complaints, char **reason)
{
    char *why = NULL;
    if (items_read_json(items, answer->body, answer->body_size, complaints, &why))
        return LIST_FINE;
    items_free(items);
    *reason = memory_print("its answer is %s", why);
    free(why);
    return LIST_STRANGE;
}

enum list_trouble openhab_list_read(struct bound_items *items, enum query_outcome outcome,
                                    const struct http_answer *answer, struct complaints *complaints,
                                    char **reason)
{
    switch (outcome) {
    case QUERY_FOUND:
        return read_body(items, answer, complaints, reason);
    case QUERY_TOO_LARGE:
        *reason = memory_print("its answer is longer than %d MB", QUERY_ANSWER_MAX / 1000000);
        return LIST_STRANGE;
    case QUERY_ABSENT:
        *reason = describe_status(answer);
        return LIST_ABSENT;
    case QUERY_DENIED:
        *reason = describe_status(answer);
        return LIST_DENIED;
    case QUERY_UNKNOWN:
        break;
    }
    *reason = describe_status(answer);
    return LIST_STRANGE;
}

/* ------------------------------------------------------------------------------------------------
 * Comparing
 */

enum difference { LOST, GAINED, ALTERED, NONE, DIFFERENCES };

/* A walk through two lists in the order of their names. */
struct walk {
    const struct bound_items *old, *fresh;
    size_t old_place, fresh_place; /* of what was seen last, plus 1 where the list has it */
};

/* The next item that stands in either list; NULL at the end. */
static const struct bound_item *walk_on(struct walk *walk, enum difference *difference)
{
    const struct bound_items *old = walk->old, *fresh = walk->fresh;
    bool old_left = walk->old_place < old->count;
    bool fresh_left = walk->fresh_place < fresh->count;
    if (!old_left && !fresh_left)
        return NULL;
    const struct bound_item *before = old_left ? &old->at[walk->old_place] : NULL;
    const struct bound_item *after = fresh_left ? &fresh->at[walk->fresh_place] : NULL;
    int order = !old_left ? 1 : !fresh_left ? -1 : strcmp(before->name, after->name);
    walk->old_place += order <= 0 ? 1 : 0;
    walk->fresh_place += order >= 0 ? 1 : 0;
    if (order < 0)
        *difference = LOST;
    else if (order > 0)
        *difference = GAINED;
    else
        *difference = items_are_alike(before, after) ? NONE : ALTERED;
    return order < 0 ? before : after;
}

static void count_all(const struct bound_items *old, const struct bound_items *fresh,
                      size_t counts[DIFFERENCES])
{
    struct walk walk = {.old = old, .fresh = fresh};
    enum difference difference;
    memset(counts, 0, DIFFERENCES * sizeof *counts);
    while (walk_on(&walk, &difference) != NULL)
        counts[difference]++;
}

struct list_change openhab_list_compare(const struct bound_items *old,
                                        const struct bound_items *fresh)
{
    size_t counts[DIFFERENCES];
    count_all(old, fresh, counts);
    return (struct list_change){counts[GAINED], counts[LOST], counts[ALTERED]};
}

/* The items that differ in this way: "2 more are bound (A, B)". */
static void describe(const struct bound_items *old, const struct bound_items *fresh,
                     enum difference wanted, size_t count, struct buffer *words)
{
    static const char *const forms[DIFFERENCES][2] = {
        [LOST] = {"is bound no longer", "are bound no longer"},
        [GAINED] = {"more is bound", "more are bound"},
        [ALTERED] = {"is bound otherwise", "are bound otherwise"},
    };
    struct walk walk = {.old = old, .fresh = fresh};
    const struct bound_item *item;
    enum difference difference;
    size_t named = 0;
    if (count == 0)
        return;
    buffer_print(words, "%s%zu %s (", words->size > 0 ? ", " : "", count, forms[wanted][count > 1]);
    while (named < NAMES && (item = walk_on(&walk, &difference)) != NULL)
        if (difference == wanted)
            buffer_print(words, "%s%s", named++ > 0 ? ", " : "", item->name);
    if (count > named)
        buffer_print(words, " and %zu more", count - named);
    buffer_add_text(words, ")");
}

void openhab_list_describe(const struct bound_items *old, const struct bound_items *fresh,
                           bool with_lost, struct buffer *words)
{
    size_t counts[DIFFERENCES];
    count_all(old, fresh, counts);
    describe(old, fresh, GAINED, counts[GAINED], words);
    describe(old, fresh, ALTERED, counts[ALTERED], words);
    describe(old, fresh, LOST, with_lost ? counts[LOST] : 0, words);
}

void openhab_list_keep_lost(struct bound_items *fresh, const struct bound_items *old)
{
    struct bound_items all = {0};
    struct walk walk = {.old = old, .fresh = fresh};
    const struct bound_item *item;
    enum difference difference;
    while ((item = walk_on(&walk, &difference)) != NULL) {
        struct bound_item copy = *item;
        if (difference == LOST)
            item_copy(&copy, item);
        items_add(&all, &copy);
    }
    free(fresh->at);
    *fresh = all;
}
