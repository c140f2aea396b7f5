/* SPDX-License-Identifier: MIT */
/* A hash table with open addressing, at most half full. */
#include "core/names.h"

#include "core/memory.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { FIRST_SLOTS = 16 };

/* FNV-1a */
static uint32_t hash(const char *name)
{
    uint32_t hash = 2166136261u;
    for (; *name != '\0'; name++)
        hash = (hash ^ (unsigned char)*name) * 16777619u;
    return hash;
}

/* Where the name is, or where it has to go. */
static size_t *find(const struct names *names, const char *name)
{
    size_t slot = hash(name) & (names->slot_count - 1);
    while (names->slots[slot] != 0 && strcmp(names->at[names->slots[slot] - 1], name) != 0)
        slot = (slot + 1) & (names->slot_count - 1);
    return &names->slots[slot];
}

static void grow(struct names *names)
{
    size_t count = names->slot_count > 0 ? names->slot_count * 2 : FIRST_SLOTS;
    free(names->slots);
    names->slots = memory_new(count, sizeof *names->slots);
    names->slot_count = count;
    names->at = memory_grow(names->at, count / 2, sizeof *names->at);
    for (size_t i = 0; i < names->count; i++)
        *find(names, names->at[i]) = i + 1;
}

size_t names_number(struct names *names, const char *name)
{
    if (names->count * 2 == names->slot_count)
        grow(names);
    size_t *slot = find(names, name);
    if (*slot == 0) {
        names->at[names->count++] = memory_text(name);
        *slot = names->count;
    }
    return *slot - 1;
}

void names_free(struct names *names)
{
    for (size_t i = 0; i < names->count; i++)
        free(names->at[i]);
    free(names->at);
    free(names->slots);
    *names = (struct names){0};
}
