/* SPDX-License-Identifier: MIT */
#include "source/rhythm.h"

enum {
    /* The first gap may be short, where the last telegram is sent to whoever connects. */
    ENOUGH_GAPS = 3,
    MISSED = 4,       /* telegrams */
    MARGIN_MS = 1500, /* that a network may hold them up */
    SHORTEST_MS = 5000,
    UNKNOWN_MS = 60000,
    LONGEST_MS = 600000,
    DOUBLINGS = 10,
};

static bool is_known(const struct rhythm *rhythm)
{
    return rhythm->count >= ENOUGH_GAPS;
}

void rhythm_connected(struct rhythm *rhythm)
{
    rhythm->has_last = false;
}

void rhythm_bytes(struct rhythm *rhythm)
{
    if (is_known(rhythm))
        rhythm->fruitless = 0;
}

void rhythm_telegram(struct rhythm *rhythm, int64_t now_ms)
{
    if (rhythm->has_last) {
        rhythm->gaps[rhythm->count % RHYTHM_GAPS] = now_ms - rhythm->last_ms;
        rhythm->count++;
    }
    rhythm->has_last = true;
    rhythm->last_ms = now_ms;
}

void rhythm_gave_up(struct rhythm *rhythm)
{
    if (rhythm->fruitless < DOUBLINGS)
        rhythm->fruitless++;
}

int64_t rhythm_patience(const struct rhythm *rhythm)
{
    int64_t longest = 0;
    for (int i = 0; i < RHYTHM_GAPS; i++)
        if (rhythm->gaps[i] > longest)
            longest = rhythm->gaps[i];
    int64_t patience = is_known(rhythm) ? MISSED * longest + MARGIN_MS : UNKNOWN_MS;
    if (patience < SHORTEST_MS)
        patience = SHORTEST_MS;
    for (unsigned i = 0; i < rhythm->fruitless && patience < LONGEST_MS; i++)
        patience *= 2;
    return patience < LONGEST_MS ? patience : LONGEST_MS;
}
