/* SPDX-License-Identifier: MIT */
#include "history/batch.h"

#include "core/memory.h"

#include <stdlib.h>

void batch_add(struct batch *batch, const struct change *change, const char *text, size_t size)
{
    if (batch->count == batch->capacity) {
        batch->capacity = batch->capacity * 2 + 64;
        batch->at = memory_grow(batch->at, batch->capacity, sizeof *batch->at);
    }
    struct change *added = &batch->at[batch->count++];
    *added = *change;
    added->text = batch->texts.size;
    added->text_size = size;
    buffer_add(&batch->texts, text, size);
}

void batch_append(struct batch *batch, struct batch *from)
{
    for (size_t i = 0; i < from->count; i++) {
        const struct change *change = &from->at[i];
        batch_add(batch, change, from->texts.at + change->text, change->text_size);
    }
    batch_clear(from);
}

size_t batch_drop_rows(struct batch *batch, int64_t length)
{
    struct batch kept = {0};
    size_t before = batch->count;
    for (size_t i = 0; i < batch->count; i++) {
        const struct change *change = &batch->at[i];
        if (change->kind != CHANGE_ROW || change->numbers[1] != length)
            batch_add(&kept, change, batch->texts.at + change->text, change->text_size);
    }
    batch_free(batch);
    *batch = kept;
    return before - kept.count;
}

void batch_clear(struct batch *batch)
{
    batch->count = 0;
    buffer_clear(&batch->texts);
}

void batch_free(struct batch *batch)
{
    free(batch->at);
    buffer_free(&batch->texts);
    *batch = (struct batch){0};
}

size_t batch_bytes(const struct batch *batch)
{
    return batch->count * sizeof *batch->at + batch->texts.size;
}
