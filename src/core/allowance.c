/* SPDX-License-Identifier: MIT */
#include "core/allowance.h"

static void add(struct allowance *allowance, int64_t thousandths)
{
    int64_t most = allowance->rate * 1000;
    allowance->tokens += thousandths;
    if (allowance->tokens > most)
        allowance->tokens = most;
}

void allowance_start(struct allowance *allowance, int64_t rate, int64_t now)
{
    *allowance = (struct allowance){.rate = rate, .filled = now};
}

void allowance_came(struct allowance *allowance)
{
    add(allowance, 1000);
}

bool allowance_has(struct allowance *allowance, int64_t now)
{
    add(allowance, (now - allowance->filled) * allowance->rate);
    allowance->filled = now;
    return allowance->tokens >= 1000;
}

void allowance_spend(struct allowance *allowance, size_t count)
{
    allowance->tokens -= (int64_t)count * 1000;
}
