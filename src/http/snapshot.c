/* SPDX-License-Identifier: MIT */
#include "http/snapshot.h"

#include "core/memory.h"

#include <stdlib.h>
#include <string.h>

/* The same text in the copy; none when it does not stand in the telegram. */
static struct dsmr_text moved(const struct snapshot *snapshot, struct dsmr_text whole,
                              struct dsmr_text text)
{
    uintptr_t start = (uintptr_t)whole.at, at = (uintptr_t)text.at;
    if (text.size == 0 || at < start || at - start > whole.size ||
        text.size > whole.size - (at - start))
        return (struct dsmr_text){snapshot->bytes + whole.size, 0};
    return (struct dsmr_text){snapshot->bytes + (at - start), text.size};
}

static void copy_telegram(struct snapshot *snapshot, const struct dsmr_telegram *telegram)
{
    struct dsmr_text whole = telegram->whole;
    if (whole.size + 1 > snapshot->room) {
        snapshot->room = whole.size + 1;
        snapshot->bytes = memory_grow(snapshot->bytes, snapshot->room, 1);
    }
    if (whole.size > 0)
        memcpy(snapshot->bytes, whole.at, whole.size);
    snapshot->bytes[whole.size] = '\0';
    snapshot->size = whole.size;
    snapshot->telegram = (struct dsmr_telegram){
        .status = telegram->status,
        .crc = telegram->crc,
        .protection = telegram->protection,
        .text = moved(snapshot, whole, telegram->text),
        .whole = {snapshot->bytes, whole.size},
        .identification = moved(snapshot, whole, telegram->identification),
    };
}

void snapshot_take(struct snapshot *snapshot, const struct readings *readings)
{
    if (!readings->telegram)
        return;
    struct dsmr_text whole = readings->telegram->whole;
    copy_telegram(snapshot, readings->telegram);
    if (readings->count > snapshot->capacity) {
        snapshot->capacity = readings->count;
        snapshot->at = memory_grow(snapshot->at, snapshot->capacity, sizeof *snapshot->at);
    }
    for (size_t i = 0; i < readings->count; i++) {
        struct dsmr_reading *reading = &snapshot->at[i];
        *reading = readings->at[i];
        reading->text = moved(snapshot, whole, reading->text);
        reading->object.line = moved(snapshot, whole, reading->object.line);
        reading->object.groups = moved(snapshot, whole, reading->object.groups);
    }
    snapshot->count = readings->count;
    snapshot->has_time = readings->has_time;
    snapshot->time = readings->time;
    snapshot->received_ms = readings->received_ms;
    snapshot->series = readings->series;
    snapshot->present = true;
}

const struct dsmr_reading *snapshot_find(const struct snapshot *snapshot, dsmr_item item)
{
    for (size_t i = 0; snapshot->present && i < snapshot->count; i++)
        if (snapshot->at[i].item == item && !snapshot->at[i].superseded)
            return &snapshot->at[i];
    return NULL;
}

const struct dsmr_reading *snapshot_named(const struct snapshot *snapshot, const char *id)
{
    return snapshot_find(snapshot, dsmr_item_find((struct dsmr_text){id, strlen(id)}));
}

void snapshot_free(struct snapshot *snapshot)
{
    free(snapshot->bytes);
    free(snapshot->at);
    *snapshot = (struct snapshot){0};
}
