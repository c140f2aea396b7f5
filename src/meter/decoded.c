/* SPDX-License-Identifier: MIT */
#include "meter/decoded.h"

#include "core/memory.h"

#include <stdlib.h>
#include <string.h>

/* Where the next reading goes. */
static struct dsmr_reading *room_for_one(struct decoded *decoded)
{
    if (decoded->count == decoded->capacity) {
        decoded->capacity = decoded->capacity > 0 ? decoded->capacity * 2 : 64;
        decoded->readings =
            memory_grow(decoded->readings, decoded->capacity, sizeof *decoded->readings);
    }
    return &decoded->readings[decoded->count];
}

static void keep_leftover(struct decoded *decoded, enum dsmr_status status,
                          const struct dsmr_reading *reading)
{
    if (decoded->leftover_count == decoded->leftover_capacity) {
        decoded->leftover_capacity =
            decoded->leftover_capacity > 0 ? decoded->leftover_capacity * 2 : 16;
        decoded->leftovers =
            memory_grow(decoded->leftovers, decoded->leftover_capacity, sizeof *decoded->leftovers);
    }
    decoded->leftovers[decoded->leftover_count++] = (struct leftover){
        .status = status,
        .object = reading->object,
        .culprit = reading->text,
        .item = reading->item,
        .channel = reading->channel,
        .place = decoded->count,
    };
}

/* Of two readings of one item the one that does not count is marked. */
static void settle(struct decoded *decoded, size_t place)
{
    struct dsmr_reading *reading = &decoded->readings[place];
    size_t *newest = &decoded->newest[reading->item];
    if (*newest > 0) {
        struct dsmr_reading *before = &decoded->readings[*newest - 1];
        if (!dsmr_reading_supersedes(reading, before)) {
            reading->superseded = true;
            return;
        }
        before->superseded = true;
    }
    *newest = place + 1;
}

static void find_telegram_time(struct decoded *decoded)
{
    size_t place = decoded->clock == DSMR_ITEM_NONE ? 0 : decoded->newest[decoded->clock];
    decoded->has_time = place > 0 && !decoded->readings[place - 1].superseded;
    if (decoded->has_time)
        decoded->time = decoded->readings[place - 1].time;
}

/* Forgets the telegram before. */
static void begin(struct decoded *decoded)
{
    if (!decoded->newest) {
        decoded->newest = memory_new(dsmr_item_count(), sizeof *decoded->newest);
        decoded->clock = dsmr_item_find((struct dsmr_text){"P1Timestamp", strlen("P1Timestamp")});
    }
    for (size_t i = 0; i < decoded->count; i++)
        decoded->newest[decoded->readings[i].item] = 0;
    decoded->count = 0;
    decoded->leftover_count = 0;
}

void decoded_read(struct decoded *decoded, const struct dsmr_telegram *telegram,
                  struct dsmr_channels *channels, const struct dsmr_zone *zone)
{
    struct dsmr_decoder decoder;
    struct dsmr_reading *reading;
    enum dsmr_status status;
    begin(decoded);
    dsmr_decode(&decoder, telegram, channels, zone);
    while (reading = room_for_one(decoded),
           (status = dsmr_decode_next(&decoder, reading)) != DSMR_END) {
        if (status == DSMR_OK)
            decoded->count++;
        else
            keep_leftover(decoded, status, reading);
    }
    for (size_t i = 0; i < decoded->count; i++)
        settle(decoded, i);
    find_telegram_time(decoded);
}

const char *why_not_used(const struct dsmr_reading *reading)
{
    bool timed = reading->has_time || reading->type == DSMR_TYPE_TIME;
    bool never_set =
        timed &&
        (reading->time.year < 2000 ||
         (reading->time.year == 2000 && reading->time.month == 1 && reading->time.day == 1));
    return never_set ? "its clock was never set" : "another value counts, or its kind is unknown";
}

void decoded_free(struct decoded *decoded)
{
    free(decoded->readings);
    free(decoded->leftovers);
    free(decoded->newest);
    *decoded = (struct decoded){0};
}
