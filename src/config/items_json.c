/* SPDX-License-Identifier: MIT */
/* What openHAB answers is judged with the same words as an items file; only the syntax differs. */
#include "config/items_json.h"

#include "config/items_parser.h"
#include "core/memory.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

enum { COMPLAINTS_MAX = 100 }; /* finding out what was meant takes time */

static const char binding_word[] = "dsmr";

/* The text of a member, which lives as long as the object; at is NULL where there is none. */
static struct dsmr_text text_of(const json_t *object, const char *member)
{
    const json_t *value = json_object_get(object, member);
    return (struct dsmr_text){json_string_value(value), json_string_length(value)};
}

/* Number:Energy is a type and its dimension. */
static void split_type(struct dsmr_text text, struct item_draft *draft)
{
    const char *colon = text.size > 0 ? memchr(text.at, ':', text.size) : NULL;
    draft->type = text;
    if (colon == NULL)
        return;
    draft->type.size = (size_t)(colon - text.at);
    draft->dimension = (struct dsmr_text){colon + 1, text.size - draft->type.size - 1};
}

static void take(struct bound_items *items, const json_t *entry, struct complaints *complaints)
{
    static const struct dsmr_text nothing = {"", 0};
    const json_t *binding = json_object_get(json_object_get(entry, "metadata"), binding_word);
    if (binding == NULL)
        return;
    struct item_draft draft = {.bindings = 1};
    draft.name = text_of(entry, "name");
    draft.binding = text_of(binding, "value");
    if (draft.binding.at == NULL)
        draft.binding = nothing;
    struct dsmr_text type = text_of(entry, "type");
    split_type(type.at != NULL ? type : nothing, &draft);
    struct bound_item item;
    if (item_take(&item, &draft, ITEMS_OF_OPENHAB, complaints))
        items_add(items, &item);
}

static int by_name(const void *left, const void *right)
{
    const struct bound_item *a = left;
    const struct bound_item *b = right;
    return strcmp(a->name, b->name);
}

/* openHAB never has two items of one name; what is not openHAB may tell anything. */
static void drop_doubles(struct bound_items *items)
{
    size_t kept = 0;
    for (size_t i = 0; i < items->count; i++) {
        if (kept > 0 && strcmp(items->at[kept - 1].name, items->at[i].name) == 0)
            item_free(&items->at[i]);
        else
            items->at[kept++] = items->at[i];
    }
    items->count = kept;
}

static bool too_many(const struct bound_items *items, const struct complaints *complaints)
{
    return items->count >= ITEMS_MAX || complaints->count >= COMPLAINTS_MAX;
}

static bool take_all(struct bound_items *items, const json_t *list, struct complaints *complaints)
{
    size_t named = 0;
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *entry = json_array_get(list, i);
        if (too_many(items, complaints)) {
            complain(complaints, SEVERITY_MISTAKE, ITEMS_OF_OPENHAB, 0,
                     "too many items or mistakes: the rest was not read");
            break;
        }
        if (text_of(entry, "name").size == 0)
            continue;
        named++;
        take(items, entry, complaints);
    }
    return named > 0 || json_array_size(list) == 0;
}

bool items_read_json(struct bound_items *items, const char *text, size_t size,
                     struct complaints *complaints, char **reason)
{
    json_error_t error;
    json_t *list = json_loadb(text, size, JSON_ALLOW_NUL, &error);
    bool good = json_is_array(list) && take_all(items, list, complaints);
    if (list == NULL)
        *reason = memory_print("no JSON: %s (line %d)", error.text, error.line);
    else if (!good)
        *reason = memory_text("JSON, but no list of items");
    json_decref(list);
    if (items->count > 1)
        qsort(items->at, items->count, sizeof *items->at, by_name);
    drop_doubles(items);
    return good;
}

static bool same_text(const char *a, const char *b)
{
    return a != NULL && b != NULL ? strcmp(a, b) == 0 : a == b;
}

bool items_are_alike(const struct bound_item *a, const struct bound_item *b)
{
    return a->type == b->type && a->reading == b->reading && a->part == b->part &&
           same_text(a->dimension, b->dimension) && strcmp(item_meter(a), item_meter(b)) == 0;
}
