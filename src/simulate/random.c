/* SPDX-License-Identifier: MIT */
#include "simulate/random.h"

uint64_t random_next(struct random *random)
{
    uint64_t z = random->state += 0x9E3779B97F4A7C15u;
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9u;
    z = (z ^ z >> 27) * 0x94D049BB133111EBu;
    return z ^ z >> 31;
}

int64_t random_between(struct random *random, int64_t least, int64_t greatest)
{
    uint64_t choices = (uint64_t)(greatest - least) + 1;
    return least + (int64_t)(random_next(random) % choices);
}

bool random_chance(struct random *random, int64_t per_million)
{
    return random_between(random, 0, 999999) < per_million;
}
