/* SPDX-License-Identifier: MIT */
#include "meter/identity.h"

#include <string.h>

static bool is(const char *known, size_t size, struct dsmr_text id)
{
    return size == id.size && memcmp(known, id.at, size) == 0;
}

static void know(struct identity *identity, struct dsmr_text id)
{
    memcpy(identity->known, id.at, id.size);
    identity->known_size = id.size;
    identity->times = 0;
}

enum identity_verdict identity_judge(struct identity *identity, struct dsmr_text id, bool certain)
{
    if (id.size > IDENTITY_MAX)
        id.size = IDENTITY_MAX;
    if (id.size == 0)
        return IDENTITY_SAME;
    if (identity->known_size == 0 || is(identity->known, identity->known_size, id)) {
        know(identity, id);
        return IDENTITY_SAME;
    }
    if (identity->times == 0 || !is(identity->other, identity->other_size, id)) {
        memcpy(identity->other, id.at, id.size);
        identity->other_size = id.size;
        identity->times = 0;
    }
    identity->times++;
    if (!certain && identity->times < IDENTITY_TELEGRAMS)
        return IDENTITY_DOUBTED;
    know(identity, id);
    return IDENTITY_NEW;
}
