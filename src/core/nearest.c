/* SPDX-License-Identifier: MIT */
/*
 * Edit distance with swapped neighbours, without regard to case, over three rows of a table. Words
 * of more than 63 bytes are compared with nothing: no known word is so long, and the time stays
 * bounded.
 */
#include "core/nearest.h"

#include <stdint.h>
#include <string.h>

enum { WORD_MAX = 63 };

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* Of ASCII, whatever the locale. */
static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

/* How many letters have to be left out, added, changed or swapped. */
static size_t distance(const char *a, size_t a_size, const char *b, size_t b_size)
{
    size_t rows[3][WORD_MAX + 1];
    for (size_t j = 0; j <= b_size; j++)
        rows[0][j] = j;
    for (size_t i = 1; i <= a_size; i++) {
        size_t *row = rows[i % 3];
        const size_t *above = rows[(i + 2) % 3];
        const size_t *above_that = rows[(i + 1) % 3];
        row[0] = i;
        for (size_t j = 1; j <= b_size; j++) {
            size_t change = lower(a[i - 1]) != lower(b[j - 1]);
            row[j] = least(above[j - 1] + change, least(above[j], row[j - 1]) + 1);
            if (i > 1 && j > 1 && lower(a[i - 1]) == lower(b[j - 2]) &&
                lower(a[i - 2]) == lower(b[j - 1]))
                row[j] = least(row[j], above_that[j - 2] + 1);
        }
    }
    return rows[a_size % 3][b_size];
}

void nearest_init(struct nearest *nearest, const char *wanted, size_t size)
{
    *nearest = (struct nearest){.wanted = wanted, .size = size, .distance = SIZE_MAX};
}

void nearest_offer(struct nearest *nearest, const char *word)
{
    size_t size = strlen(word);
    if (nearest->size == 0 || nearest->size > WORD_MAX || size > WORD_MAX)
        return;
    size_t found = distance(nearest->wanted, nearest->size, word, size);
    /* A third of the letters may be wrong, and never more than three: further off it is a guess. */
    if (found < nearest->distance && found <= least(3, (size + 2) / 3)) {
        nearest->word = word;
        nearest->distance = found;
    }
}

const char *nearest_word(const struct nearest *nearest)
{
    return nearest->word;
}
