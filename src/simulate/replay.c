/* SPDX-License-Identifier: MIT */
#include "simulate/replay.h"
#include "core/memory.h"
#include "dsmr/dsmr.h"

#include <stdlib.h>

static void add_end(struct replay *replay, size_t end)
{
    size_t start = replay->count > 0 ? replay->ends[replay->count - 1] : 0;
    if (end <= start)
        return;
    replay->ends = memory_grow(replay->ends, replay->count + 1, sizeof *replay->ends);
    replay->ends[replay->count++] = end;
}

bool replay_init(struct replay *replay, const char *bytes, size_t size)
{
    char buffer[DSMR_TELEGRAM_MAX];
    struct dsmr_framer framer;
    struct dsmr_telegram telegram;
    enum dsmr_status status;
    bool found = false;

    *replay = (struct replay){.bytes = bytes};
    dsmr_framer_init(&framer, buffer, sizeof buffer);
    dsmr_framer_push(&framer, bytes, size);
    for (int round = 0; round < 2; round++) {
        while ((status = dsmr_framer_next(&framer, &telegram)) != DSMR_MORE) {
            if (status == DSMR_ERR_GARBAGE)
                continue;
            if (found)
                add_end(replay, (size_t)telegram.offset);
            found = true;
        }
        dsmr_framer_flush(&framer, true);
    }
    if (found)
        add_end(replay, size);
    return found;
}

const char *replay_next(struct replay *replay, size_t *size)
{
    size_t start = replay->next == 0 ? 0 : replay->ends[replay->next - 1];
    *size = replay->ends[replay->next] - start;
    replay->next = (replay->next + 1) % replay->count;
    return replay->bytes + start;
}

void replay_free(struct replay *replay)
{
    free(replay->ends);
}
