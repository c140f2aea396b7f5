/* SPDX-License-Identifier: MIT */
#include "bus/paced_values.h"

#include "core/buffer.h"
#include "core/fixed_point.h"
#include "core/memory.h"

#include <stdlib.h>
#include <string.h>

/* What fluctuating values came to, in billionths; nothing while count is 0. */
struct tally {
    int64_t sum;
    int64_t least;
    int64_t greatest;
    int64_t count;
    uint8_t decimals; /* the most that any of them had */
};

struct paced_value {
    bool fluctuates;
    bool fresh; /* it came since the last output */
    struct dsmr_reading reading;
    struct buffer text; /* of the reading */
    struct tally tally;
    bool sent;
    struct dsmr_reading sent_reading;
    struct buffer sent_text;
};

/* ------------------------------------------------------------------------------------------------
 * Places
 */

static struct paced_value *place_for(struct paced_values *values, dsmr_item item)
{
    if (!values->places)
        values->places = memory_new(dsmr_item_count(), sizeof *values->places);
    if (values->places[item] > 0)
        return &values->at[values->places[item] - 1];
    if (values->count == values->capacity) {
        values->capacity = values->capacity > 0 ? values->capacity * 2 : 32;
        values->at = memory_grow(values->at, values->capacity, sizeof *values->at);
    }
    struct paced_value *value = &values->at[values->count++];
    *value = (struct paced_value){.fluctuates = pace_fluctuates(item)};
    values->places[item] = (uint16_t)values->count;
    return value;
}

void paced_values_free(struct paced_values *values)
{
    for (size_t i = 0; i < values->count; i++) {
        buffer_free(&values->at[i].text);
        buffer_free(&values->at[i].sent_text);
    }
    free(values->at);
    free(values->places);
    *values = (struct paced_values){0};
}

static void room_for(struct pace_room *room, size_t count)
{
    if (count <= room->capacity)
        return;
    room->readings = memory_grow(room->readings, count, sizeof *room->readings);
    room->spreads = memory_grow(room->spreads, count, sizeof *room->spreads);
    room->same = memory_grow(room->same, count, sizeof *room->same);
    room->capacity = count;
}

void pace_room_free(struct pace_room *room)
{
    free(room->readings);
    free(room->spreads);
    free(room->same);
    *room = (struct pace_room){0};
}

static bool is_used(const struct dsmr_reading *reading)
{
    return !reading->superseded && reading->item < dsmr_item_count();
}

/* ------------------------------------------------------------------------------------------------
 * Between two outputs
 */

/* A value of its own time is no momentary one. Where the sum would not fit, the mean stays that of the
 * values before. */
static void add_to_tally(struct tally *tally, const struct dsmr_reading *reading)
{
    int64_t value;
    int64_t sum;
    if (reading->type != DSMR_TYPE_NUMBER || reading->has_time ||
        !fixed_from_number(reading->number, &value))
        return;
    if (tally->count == 0 || value < tally->least)
        tally->least = value;
    if (tally->count == 0 || value > tally->greatest)
        tally->greatest = value;
    if (!__builtin_add_overflow(tally->sum, value, &sum)) {
        tally->sum = sum;
        tally->count++;
    }
    uint8_t decimals =
        reading->number.decimals < FIXED_DECIMALS ? reading->number.decimals : FIXED_DECIMALS;
    if (decimals > tally->decimals)
        tally->decimals = decimals;
}

/* The reading without what points into the telegram; what it says in text goes into text. */
static void keep_reading(struct dsmr_reading *kept, struct buffer *text,
                         const struct dsmr_reading *reading)
{
    static const struct dsmr_text nothing = {"", 0};
    *kept = *reading;
    kept->object.line = nothing;
    kept->object.groups = nothing;
    kept->text = nothing;
    if (reading->type != DSMR_TYPE_TEXT)
        return;
    buffer_clear(text);
    buffer_add(text, reading->text.at, reading->text.size);
    kept->text = (struct dsmr_text){text->at, text->size};
}

void paced_values_take(struct paced_values *values, const struct readings *readings)
{
    for (size_t i = 0; i < readings->count; i++) {
        const struct dsmr_reading *reading = &readings->at[i];
        if (!is_used(reading))
            continue;
        struct paced_value *value = place_for(values, reading->item);
        keep_reading(&value->reading, &value->text, reading);
        value->fresh = true;
        if (value->fluctuates)
            add_to_tally(&value->tally, reading);
    }
}

/* Halves away from zero. */
static int64_t mean_of(const struct tally *tally)
{
    int64_t mean = tally->sum / tally->count;
    int64_t rest = tally->sum % tally->count;
    int64_t size = rest < 0 ? -rest : rest;
    if (size >= tally->count - size && size > 0)
        mean += rest < 0 ? -1 : 1;
    return mean;
}

static struct spread spread_of(const struct tally *tally, dsmr_item item, size_t place)
{
    uint8_t shown = dsmr_item_info(item)->decimals;
    uint8_t decimals = shown > tally->decimals ? shown : tally->decimals;
    return (struct spread){
        .reading = place,
        .least = fixed_to_number(tally->least, tally->decimals),
        .mean = fixed_to_number(mean_of(tally), decimals),
        .greatest = fixed_to_number(tally->greatest, tally->decimals),
    };
}

void paced_values_release(struct paced_values *values, struct pace_room *room,
                          struct readings *readings)
{
    size_t count = 0;
    size_t spreads = 0;
    room_for(room, values->count);
    for (size_t i = 0; i < values->count; i++) {
        struct paced_value *value = &values->at[i];
        if (!value->fresh)
            continue;
        room->readings[count] = value->reading;
        if (value->tally.count > 0) {
            struct spread spread = spread_of(&value->tally, value->reading.item, count);
            room->readings[count].number = spread.mean;
            room->spreads[spreads++] = spread;
        }
        value->tally = (struct tally){0};
        value->fresh = false;
        count++;
    }
    readings->at = room->readings;
    readings->count = count;
    readings->spreads = room->spreads;
    readings->spread_count = spreads;
}

/* ------------------------------------------------------------------------------------------------
 * What was sent last
 */

static bool same_number(struct dsmr_number a, struct dsmr_number b)
{
    int64_t first;
    int64_t second;
    if (fixed_from_number(a, &first) && fixed_from_number(b, &second))
        return first == second;
    return a.mantissa == b.mantissa && a.decimals == b.decimals;
}

static bool same_value(const struct dsmr_reading *a, const struct dsmr_reading *b)
{
    if (a->type != b->type || a->unit != b->unit)
        return false;
    switch (a->type) {
    case DSMR_TYPE_NUMBER:
        return same_number(a->number, b->number);
    case DSMR_TYPE_TIME:
        return a->time.unix_s == b->time.unix_s && a->time.offset == b->time.offset;
    case DSMR_TYPE_TEXT:
        break;
    }
    return a->text.size == b->text.size &&
           (a->text.size == 0 || memcmp(a->text.at, b->text.at, a->text.size) == 0);
}

static bool within(const struct deadband *deadband, const struct dsmr_reading *sent,
                   struct dsmr_number number)
{
    int64_t from;
    int64_t to;
    return fixed_from_number(sent->number, &from) && fixed_from_number(number, &to) &&
           deadband_holds(deadband, sent->unit, from, to);
}

/* Where there is a spread, all of it must be within: no peak is lost. */
static bool all_within(const struct deadband *deadband, const struct dsmr_reading *sent,
                       const struct dsmr_reading *reading, const struct spread *spread)
{
    return deadband->given && reading->type == DSMR_TYPE_NUMBER && sent->unit == reading->unit &&
           within(deadband, sent, reading->number) &&
           (!spread ||
            (within(deadband, sent, spread->least) && within(deadband, sent, spread->greatest)));
}

static const struct spread *next_spread(const struct readings *readings, size_t place, size_t *next)
{
    if (*next < readings->spread_count && readings->spreads[*next].reading == place)
        return &readings->spreads[(*next)++];
    return NULL;
}

void paced_values_compare(struct paced_values *values, const struct deadband *deadband,
                          bool unchanged, struct pace_room *room, struct readings *readings)
{
    size_t next = 0;
    room_for(room, readings->count);
    for (size_t i = 0; i < readings->count; i++) {
        const struct dsmr_reading *reading = &readings->at[i];
        const struct spread *spread = next_spread(readings, i, &next);
        room->same[i] = false;
        if (!is_used(reading))
            continue;
        struct paced_value *value = place_for(values, reading->item);
        const struct dsmr_reading *sent = &value->sent_reading;
        room->same[i] =
            value->sent && ((unchanged && same_value(sent, reading)) ||
                            (value->fluctuates && all_within(deadband, sent, reading, spread)));
        if (room->same[i])
            continue;
        keep_reading(&value->sent_reading, &value->sent_text, reading);
        value->sent = true;
    }
    readings->same = room->same;
}
