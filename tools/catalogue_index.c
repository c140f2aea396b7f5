/* SPDX-License-Identifier: MIT */
/*
 * Prints lib/catalogue_index.h: a perfect hash over the OBIS codes of objects.def. Codes are hashed
 * into buckets; for each bucket, the fullest first, a displacement is searched that puts its codes into
 * free slots.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BUCKET_BITS = 7, SLOT_BITS = 9, BUCKETS = 1 << BUCKET_BITS, SLOTS = 1 << SLOT_BITS };
enum { ROW_NONE = 0xFFFF };

#define MULTIPLIER 0x9E3779B97F4A7C15U

static const uint8_t codes[][5] = {
#define n 0xFF
#define ITEM(...)
#define OBJECT(a, b, c, d, e, ...) {a, b, c, d, e},
#include "../lib/objects.def"
#undef n
};

enum { ROWS = sizeof codes / sizeof codes[0] };

struct index {
    uint16_t next[ROWS];
    uint16_t slots[SLOTS];
    uint8_t displacements[BUCKETS];
};

static uint64_t hash_of(const uint8_t code[5])
{
    uint64_t packed = 0;
    for (int i = 0; i < 5; i++)
        packed = packed << 8 | code[i];
    return packed * MULTIPLIER;
}

static unsigned bucket_of(uint64_t hash)
{
    return (unsigned)(hash >> (64 - BUCKET_BITS));
}

static unsigned slot_of(uint64_t hash, unsigned displacement)
{
    return (unsigned)((hash >> 40) + displacement * ((hash >> 24 & 0xFFFF) | 1)) & (SLOTS - 1);
}

/* Chains the rows of one code; first[row] is 1 for the first of a chain. */
static void chain(struct index *index, uint8_t first[ROWS])
{
    for (unsigned row = 0; row < ROWS; row++) {
        first[row] = 1;
        index->next[row] = ROW_NONE;
        for (unsigned before = row; before-- > 0;) {
            if (memcmp(codes[before], codes[row], 5) == 0) {
                index->next[before] = (uint16_t)row;
                first[row] = 0;
                break;
            }
        }
    }
}

static int place_bucket(struct index *index, const uint8_t first[ROWS], unsigned bucket,
                        unsigned displacement)
{
    uint16_t placed[SLOTS];
    memcpy(placed, index->slots, sizeof placed);
    for (unsigned row = 0; row < ROWS; row++) {
        uint64_t hash = hash_of(codes[row]);
        if (!first[row] || bucket_of(hash) != bucket)
            continue;
        unsigned slot = slot_of(hash, displacement);
        if (placed[slot] != ROW_NONE)
            return 0;
        placed[slot] = (uint16_t)row;
    }
    memcpy(index->slots, placed, sizeof placed);
    index->displacements[bucket] = (uint8_t)displacement;
    return 1;
}

static unsigned bucket_size(const uint8_t first[ROWS], unsigned bucket)
{
    unsigned size = 0;
    for (unsigned row = 0; row < ROWS; row++)
        size += first[row] && bucket_of(hash_of(codes[row])) == bucket;
    return size;
}

static int build(struct index *index)
{
    uint8_t first[ROWS];
    chain(index, first);
    memset(index->slots, 0xFF, sizeof index->slots);
    for (unsigned size = ROWS; size > 0; size--) {
        for (unsigned bucket = 0; bucket < BUCKETS; bucket++) {
            if (bucket_size(first, bucket) != size)
                continue;
            unsigned displacement = 0;
            while (displacement < 256 && !place_bucket(index, first, bucket, displacement))
                displacement++;
            if (displacement == 256)
                return 0;
        }
    }
    return 1;
}

static void print_table(const char *type, const char *name, const void *table, size_t count,
                        int wide)
{
    printf("\nstatic const %s %s[%zu] = {", type, name, count);
    for (size_t i = 0; i < count; i++) {
        unsigned value = wide ? ((const uint16_t *)table)[i] : ((const uint8_t *)table)[i];
        printf("%s%u,", i % 12 == 0 ? "\n    " : " ", value);
    }
    printf("\n};\n");
}

int main(void)
{
    struct index *index = calloc(1, sizeof *index);
    if (!index || !build(index)) {
        fprintf(stderr, "catalogue_index: no displacement found; use more slots\n");
        free(index);
        return 1;
    }
    printf("/* SPDX-License-Identifier: MIT */\n"
           "/* Made by tools/catalogue_index.c from objects.def; not to be edited. */\n"
           "/* clang-format off */\n\n"
           "enum { INDEX_ROWS = %u };\n\n",
           (unsigned)ROWS);
    printf("#define INDEX_HASH(a, b, c, d, e)"
           "                                                                  \\\n"
           "    (((uint64_t)(a) << 32 | (uint64_t)(b) << 24 | (uint64_t)(c) << 16 | "
           "(uint64_t)(d) << 8 | (e)) *   \\\n     0x%llXU)\n",
           (unsigned long long)MULTIPLIER);
    printf("#define INDEX_BUCKET(hash) ((unsigned)((hash) >> %d))\n", 64 - BUCKET_BITS);
    printf(
        "#define INDEX_SLOT(hash, displacement)"
        "                                                             \\\n"
        "    ((unsigned)(((hash) >> 40) + (displacement) * (((hash) >> 24 & 0xFFFF) | 1)) & %dU)\n",
        SLOTS - 1);
    print_table("uint8_t", "index_displacements", index->displacements, BUCKETS, 0);
    print_table("uint16_t", "index_slots", index->slots, SLOTS, 1);
    print_table("uint16_t", "index_next", index->next, ROWS, 1);
    free(index);
    return 0;
}
