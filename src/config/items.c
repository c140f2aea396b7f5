/* SPDX-License-Identifier: MIT */
/*
 * Takes the items that are bound to a reading. What the old binding refused is refused here too,
 * and what it accepted although it could never work (an unknown id, an empty one) as well: all of
 * it is a mistake that costs this item and no other.
 */
#include "config/items.h"

#include "config/items_fit.h"
#include "config/items_parser.h"
#include "config/meters.h"
#include "config/text_file.h"
#include "core/memory.h"
#include "core/nearest.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static int shown_size(struct dsmr_text text)
{
    return text.size < 80 ? (int)text.size : 80;
}

static bool is(struct dsmr_text text, const char *word)
{
    return text.size == strlen(word) && memcmp(text.at, word, text.size) == 0;
}

/* Without blanks around, as the old binding did. */
static struct dsmr_text trim(struct dsmr_text text)
{
    static const char blanks[] = {' ', '\t', '\r', '\n'};
    while (text.size > 0 && memchr(blanks, text.at[0], sizeof blanks) != NULL) {
        text.at++;
        text.size--;
    }
    while (text.size > 0 && memchr(blanks, text.at[text.size - 1], sizeof blanks) != NULL)
        text.size--;
    return text;
}

/* What a string of the file means: \" is a quotation mark. */
static char *unescape(struct dsmr_text text)
{
    char *plain = memory_copy(text.at, text.size);
    char *to = plain;
    for (const char *from = plain; *from != '\0'; from++) {
        if (*from == '\\' && (from[1] == '"' || from[1] == '\'' || from[1] == '\\'))
            from++;
        *to++ = *from;
    }
    *to = '\0';
    return plain;
}

#define refuse(file, line, complaints, ...)                                                        \
    (complain(complaints, SEVERITY_MISTAKE, file, line, __VA_ARGS__), false)

static bool take_type(const struct item_draft *draft, enum item_type *type, const char *file,
                      struct complaints *complaints)
{
    bool dimension = draft->dimension.size > 0;
    if (is(draft->type, "Number")) {
        *type = ITEM_NUMBER;
        return true;
    }
    if (!dimension && (is(draft->type, "String") || is(draft->type, "DateTime"))) {
        *type = is(draft->type, "String") ? ITEM_STRING : ITEM_DATETIME;
        return true;
    }
    const char *known;
    struct nearest nearest;
    nearest_init(&nearest, draft->type.at, draft->type.size);
    for (size_t i = 0; (known = item_type_known(i)) != NULL; i++)
        nearest_offer(&nearest, known);
    const char *meant = nearest_word(&nearest);
    bool hint = meant != NULL && !is(draft->type, meant);
    return refuse(file, draft->line, complaints,
                  "item '%.*s': type '%.*s%s%.*s' cannot be bound; allowed: Number, String, "
                  "DateTime%s%s%s",
                  shown_size(draft->name), draft->name.at, shown_size(draft->type), draft->type.at,
                  dimension ? ":" : "", shown_size(draft->dimension),
                  dimension ? draft->dimension.at : "", hint ? "; did you mean '" : "",
                  hint ? meant : "", hint ? "'?" : "");
}

/* Leaves meter NULL where the binding names none, or main. */
static bool take_meter(const struct item_draft *draft, char **meter, const char *file,
                       struct complaints *complaints)
{
    struct item_binding binding = item_binding_split(trim(draft->binding));
    struct dsmr_text name = trim(binding.meter);
    *meter = NULL;
    if (!binding.has_meter || is(name, CONFIG_MAIN_METER))
        return true;
    if (!meters_name_is_right(name.at, name.size))
        return refuse(file, draft->binding_line, complaints,
                      "item '%.*s': '%.*s' can be no name of a meter; allowed: dsmr=\"<id>\" or "
                      "dsmr=\"<meter>:<id>\"",
                      shown_size(draft->name), draft->name.at, shown_size(name), name.at);
    *meter = memory_copy(name.at, name.size);
    return true;
}

/* Only what goes up and down has a least and a greatest. */
static bool take_part(const struct item_draft *draft, struct bound_item *item, const char *file,
                      struct complaints *complaints)
{
    item->part = item_binding_split(trim(draft->binding)).part;
    if (item->part == PACE_MEAN || pace_fluctuates(item->reading))
        return true;
    const char *id = dsmr_item_id(item->reading);
    return refuse(file, draft->binding_line, complaints,
                  "item '%.*s': '%s' has no %s, only power, voltage and current have; did you mean "
                  "'%s'?",
                  shown_size(draft->name), draft->name.at, id, pace_part_word(item->part), id);
}

/* eActualDelivery where a meter belongs: of eActualDelivery:most. */
static bool is_id(struct dsmr_text text)
{
    text = trim(text);
    return text.size > 0 && dsmr_item_find(text) != DSMR_ITEM_NONE;
}

static bool take_reading(const struct item_draft *draft, struct bound_item *item, const char *file,
                         struct complaints *complaints)
{
    int line = draft->binding_line;
    struct dsmr_text id = trim(item_binding_split(trim(draft->binding)).id);
    item->reading = dsmr_item_find(id);
    if (draft->bindings > 1)
        return refuse(file, line, complaints, "item '%.*s': bound twice; allowed: one dsmr=\"…\"",
                      shown_size(draft->name), draft->name.at);
    if (id.size == 0)
        return refuse(file, line, complaints,
                      "item '%.*s': dsmr=\"\" names no id; allowed: an id such as eActualDelivery",
                      shown_size(draft->name), draft->name.at);
    if (item->reading != DSMR_ITEM_NONE)
        return take_part(draft, item, file, complaints);

    if (is_id(item_binding_split(trim(draft->binding)).meter))
        return refuse(file, line, complaints,
                      "item '%.*s': id '%.*s' is unknown; allowed behind a power, voltage or "
                      "current: :least, :greatest",
                      shown_size(draft->name), draft->name.at, shown_size(id), id.at);
    struct nearest nearest;
    nearest_init(&nearest, id.at, id.size);
    for (size_t i = 0; i < dsmr_item_count(); i++)
        nearest_offer(&nearest, dsmr_item_id((dsmr_item)i));
    const char *meant = nearest_word(&nearest);
    return refuse(file, line, complaints, "item '%.*s': id '%.*s' is unknown%s%s%s",
                  shown_size(draft->name), draft->name.at, shown_size(id), id.at,
                  meant != NULL ? "; did you mean '" : "", meant != NULL ? meant : "",
                  meant != NULL ? "'?" : "");
}

static bool is_item_name(struct dsmr_text name)
{
    for (size_t i = 0; i < name.size; i++) {
        char c = name.at[i];
        if (!(c >= 'a' && c <= 'z') && !(c >= 'A' && c <= 'Z') && !(c >= '0' && c <= '9') &&
            c != '_')
            return false;
    }
    return true;
}

static bool take_name(const struct item_draft *draft, const char *file,
                      struct complaints *complaints)
{
    if (is_item_name(draft->name))
        return true;
    return refuse(file, draft->line, complaints,
                  "item '%.*s': openHAB does not take this name; allowed: letters, digits and _",
                  shown_size(draft->name), draft->name.at);
}

/* Is there room for it, and no other of this name? */
static bool can_add(const struct bound_items *items, const struct item_draft *draft,
                    const char *file, struct complaints *complaints)
{
    if (items->count >= ITEMS_MAX)
        return refuse(file, draft->line, complaints, "more than %d items are bound", ITEMS_MAX);
    for (size_t i = 0; i < items->count; i++) {
        const struct bound_item *other = &items->at[i];
        if (is(draft->name, other->name))
            return refuse(file, draft->line, complaints,
                          "item '%.*s': the name stands in %s:%d already; the first one counts",
                          shown_size(draft->name), draft->name.at, other->file, other->line);
    }
    return true;
}

bool item_take(struct bound_item *item, const struct item_draft *draft, const char *file,
               struct complaints *complaints)
{
    *item = (struct bound_item){.line = draft->line, .binding_line = draft->binding_line};
    bool right = take_type(draft, &item->type, file, complaints);
    right = take_meter(draft, &item->meter, file, complaints) && right;
    right = take_reading(draft, item, file, complaints) && right;
    right = take_name(draft, file, complaints) && right;
    if (right) {
        item->name = memory_copy(draft->name.at, draft->name.size);
        item->file = memory_text(file);
        if (draft->dimension.size > 0)
            item->dimension = memory_copy(draft->dimension.at, draft->dimension.size);
        if (draft->label.at != NULL)
            item->label = unescape(draft->label);
        right = item_fits(item, draft->binding_line, complaints);
    }
    if (!right)
        item_free(item);
    return right;
}

void items_add(struct bound_items *items, const struct bound_item *item)
{
    items->at = memory_grow(items->at, items->count + 1, sizeof *items->at);
    items->at[items->count++] = *item;
}

static void take_item(struct bound_items *items, const struct item_draft *draft, const char *file,
                      struct complaints *complaints)
{
    struct bound_item item;
    if (can_add(items, draft, file, complaints) && item_take(&item, draft, file, complaints))
        items_add(items, &item);
}

void items_read_text(struct bound_items *items, const char *file, const char *text, size_t size,
                     struct complaints *complaints)
{
    size_t start;
    if (!text_start(text, size, &start, file, SEVERITY_MISTAKE, complaints))
        return;
    struct items_parser parser;
    struct item_draft draft;
    items_parser_init(&parser, file, text + start, size - start, complaints);
    while (items_parser_next(&parser, &draft))
        if (draft.bindings > 0)
            take_item(items, &draft, file, complaints);
}

static bool read_file(struct bound_items *items, const char *path, enum severity severity,
                      struct complaints *complaints)
{
    struct text_file file;
    if (!text_file_read(&file, path, severity, complaints))
        return false;
    items_read_text(items, path, file.text, file.size, complaints);
    text_file_free(&file);
    return true;
}

/* *.items, and none that an editor hides. */
static int is_items_file(const struct dirent *entry)
{
    static const char ending[] = ".items";
    size_t size = strlen(entry->d_name);
    return entry->d_name[0] != '.' && size >= sizeof ending &&
           strcmp(entry->d_name + size - (sizeof ending - 1), ending) == 0;
}

/* By bytes, so that the order is the same in every locale. */
static int by_name(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

/* The files of the folder itself; folders in it are left alone, as openHAB does. */
static bool read_folder(struct bound_items *items, const char *path, struct complaints *complaints)
{
    struct dirent **entries;
    int count = scandir(path, &entries, is_items_file, by_name);
    if (count < 0) {
        complain(complaints, SEVERITY_ERROR, path, 0, "the folder cannot be read: %s",
                 strerror(errno));
        return false;
    }
    if (count == 0)
        complain(complaints, SEVERITY_WARNING, path, 0, "no *.items file in this folder");
    size_t size = strlen(path);
    for (int i = 0; i < count; i++) {
        char *file =
            memory_print("%s%s%s", path, path[size - 1] == '/' ? "" : "/", entries[i]->d_name);
        read_file(items, file, SEVERITY_MISTAKE, complaints);
        free(file);
        free(entries[i]);
    }
    free(entries);
    return true;
}

bool items_read(struct bound_items *items, const char *path, struct complaints *complaints)
{
    struct stat facts;
    if (stat(path, &facts) == 0 && S_ISDIR(facts.st_mode))
        return read_folder(items, path, complaints);
    return read_file(items, path, SEVERITY_ERROR, complaints);
}

void items_free(struct bound_items *items)
{
    for (size_t i = 0; i < items->count; i++)
        item_free(&items->at[i]);
    free(items->at);
    *items = (struct bound_items){0};
}
