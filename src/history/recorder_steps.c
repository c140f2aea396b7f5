/* SPDX-License-Identifier: MIT */
/* Steps: values go into the finest, a step that is over goes into the batch and into the next longer one. */
#include "history/calendar.h"
#include "history/recorder.h"

#include <string.h>

/* ------------------------------------------------------------------------------------------------
 * Steps that are over
 */

static void pack(struct recorder *recorder, const struct recorder_meter *meter,
                 const struct open_step *step)
{
    buffer_clear(&recorder->row);
    for (size_t i = 0; i < meter->slot_count; i++)
        if (step->filled[i])
            row_put(&recorder->row, &step->entries[i]);
}

void recorder_write_step(struct recorder *recorder, const struct recorder_meter *meter, size_t tier)
{
    const struct open_step *step = &meter->steps[tier];
    struct change change = {.kind = CHANGE_ROW};
    change.numbers[0] = meter->key;
    change.numbers[1] = recorder->rules.tiers[tier].length;
    change.numbers[2] = step->start;
    pack(recorder, meter, step);
    if (recorder->row.size > 0)
        batch_add(&recorder->batch, &change, recorder->row.at, recorder->row.size);
}

/* What is old enough goes, once a day; a meter whose clock is ahead takes nothing along. */
static void prune(struct recorder *recorder, struct recorder_meter *meter, int64_t now)
{
    if (recorder->wall_s > 0 && recorder->wall_s < now)
        now = recorder->wall_s;
    for (size_t tier = 0; tier < TIERS; tier++) {
        const struct tier_rule *rule = &recorder->rules.tiers[tier];
        if (rule->keep_s == 0)
            continue;
        struct change change = {.kind = CHANGE_PRUNE};
        change.numbers[0] = meter->key;
        change.numbers[1] = rule->length;
        change.numbers[2] = now - rule->keep_s;
        batch_add(&recorder->batch, &change, "", 0);
    }
    int64_t before = now - recorder->rules.tiers[1].keep_s;
    for (size_t i = 0; i < meter->slot_count && recorder->rules.tiers[1].keep_s > 0; i++) {
        if (!meter->slots[i].own_time)
            continue;
        struct change change = {.kind = CHANGE_THIN};
        change.numbers[0] = meter->slots[i].key;
        change.numbers[1] = meter->thinned;
        change.numbers[2] = before;
        batch_add(&recorder->batch, &change, "", 0);
    }
    meter->thinned = before - 2 * STEP_DAY;
}

static bool more_than(int64_t a, uint8_t a_decimals, int64_t b, uint8_t b_decimals)
{
    uint8_t decimals = a_decimals > b_decimals ? a_decimals : b_decimals;
    return row_scale(&a, a_decimals, decimals) && row_scale(&b, b_decimals, decimals) && a > b;
}

/* The month's quarter hour with the most, which is what is billed in Belgium. */
static void look_for_peak(struct recorder *recorder, struct recorder_meter *meter)
{
    const struct open_step *quarter = &meter->steps[TIER_QUARTER];
    if (meter->sums[0].slot == 0 || !quarter->filled[meter->sums[0].slot - 1])
        return;
    const struct row_entry *entry = &quarter->entries[meter->sums[0].slot - 1];
    /* After a gap across the edge, what was used in front of it would count as this quarter hour's. */
    bool to_the_end = quarter->end - meter->quarter_read <= EDGE_NEAR_S;
    bool follows = to_the_end && meter->quarter_end == quarter->start &&
                   meter->quarter_decimals == entry->decimals;
    int64_t used = entry->total - meter->quarter_total;
    meter->quarter_end = to_the_end ? quarter->end : 0;
    meter->quarter_total = entry->total;
    meter->quarter_decimals = entry->decimals;
    if (!follows)
        return;
    int64_t month =
        calendar_floor(meter->zone, (struct history_step){HISTORY_MONTH, 1}, quarter->start);
    if (month == meter->peak_month &&
        !more_than(used, entry->decimals, meter->peak_used, meter->peak_decimals))
        return;
    meter->peak_month = month;
    meter->peak_used = used;
    meter->peak_decimals = entry->decimals;
    batch_add(
        &recorder->batch,
        &(struct change){.kind = CHANGE_PEAK,
                         .numbers = {meter->key, month, quarter->start, used, entry->decimals}},
        "", 0);
}

static void close_step(struct recorder *recorder, struct recorder_meter *meter, size_t tier)
{
    struct open_step *step = &meter->steps[tier];
    step->open = false;
    recorder_write_step(recorder, meter, tier);
    if (recorder->rules.tiers[tier].length == STEP_QUARTER)
        look_for_peak(recorder, meter);
    if (tier + 1 < TIERS)
        recorder_feed(recorder, meter, tier + 1, step->start, step->end, step->entries,
                      step->filled, meter->slot_count);
    else
        prune(recorder, meter, step->end);
}

void recorder_open_step(struct recorder_meter *meter, const struct recorder_rules *rules,
                        size_t tier, int64_t at)
{
    struct open_step *step = &meter->steps[tier];
    int64_t length = rules->tiers[tier].length;
    step->start = calendar_row_start(meter->zone, length, at);
    step->end = calendar_row_end(meter->zone, length, step->start);
    step->open = true;
    if (step->filled)
        memset(step->filled, 0, meter->slot_capacity * sizeof *step->filled);
}

void recorder_feed(struct recorder *recorder, struct recorder_meter *meter, size_t tier,
                   int64_t start, int64_t end, const struct row_entry *entries, const bool *filled,
                   size_t count)
{
    struct open_step *step = &meter->steps[tier];
    size_t sum = meter->sums[0].slot;
    if (step->open && start >= step->end)
        close_step(recorder, meter, tier);
    if (tier == TIER_QUARTER && sum > 0 && sum <= count && filled[sum - 1] &&
        entries[sum - 1].fresh)
        meter->quarter_read = start;
    if (!step->open)
        recorder_open_step(meter, &recorder->rules, tier, start);
    for (size_t i = 0; i < count; i++) {
        if (!filled[i])
            continue;
        if (!step->filled[i] || !row_merge(&step->entries[i], &entries[i]))
            step->entries[i] = entries[i];
        step->filled[i] = true;
    }
    if (end >= step->end)
        close_step(recorder, meter, tier);
}

void recorder_flush(struct recorder *recorder)
{
    for (size_t i = 0; i < recorder->meter_count; i++)
        if (recorder->meters[i]->steps[recorder->rules.finest].open)
            recorder_write_step(recorder, recorder->meters[i], recorder->rules.finest);
}

void recorder_finish(struct recorder *recorder)
{
    for (size_t i = 0; i < recorder->meter_count; i++)
        for (size_t tier = 0; tier < TIERS; tier++)
            if (recorder->meters[i]->steps[tier].open)
                close_step(recorder, recorder->meters[i], tier);
}

/* ------------------------------------------------------------------------------------------------
 * The open step
 */

void recorder_put_counters(struct recorder_meter *meter)
{
    struct open_step *step = &meter->steps[meter->finest];
    for (size_t i = 0; i < meter->slot_count; i++) {
        const struct slot *slot = &meter->slots[i];
        if (!slot->counter || slot->own_time || !slot->known)
            continue;
        bool fresh = slot->seen || (step->filled[i] && step->entries[i].fresh);
        step->entries[i] = (struct row_entry){
            .item = slot->key,
            .decimals = slot->decimals,
            .counter = true,
            .fresh = fresh,
            .total = slot->total,
        };
        step->filled[i] = true;
    }
}

void recorder_put_range(struct recorder_meter *meter, size_t place, const struct row_entry *value)
{
    struct open_step *step = &meter->steps[meter->finest];
    struct row_entry entry = *value;
    entry.item = meter->slots[place].key;
    if (!step->filled[place])
        step->entries[place] = entry;
    else
        row_merge(&step->entries[place], &entry);
    step->filled[place] = true;
}

void recorder_put_value(struct recorder_meter *meter, size_t place, struct dsmr_number number)
{
    recorder_put_range(meter, place,
                       &(struct row_entry){
                           .decimals = number.decimals,
                           .count = 1,
                           .sum = number.mantissa,
                           .least = number.mantissa,
                           .greatest = number.mantissa,
                       });
}

/* Of an import that quarter hours are made of at once. */
static void note_reading(struct recorder_meter *meter, int64_t at)
{
    size_t sum = meter->sums[0].slot;
    if (meter->finest == TIER_QUARTER && sum > 0 && meter->slots[sum - 1].seen)
        meter->quarter_read = at;
}

/* What is read on the edge of a step is the last of that step, though nothing else was read in it. */
static void end_on_edge(struct recorder *recorder, struct recorder_meter *meter, int64_t at)
{
    struct open_step *step = &meter->steps[meter->finest];
    if (!step->open)
        recorder_open_step(meter, &recorder->rules, meter->finest, at - 1);
    if (at == step->end) {
        recorder_put_counters(meter);
        note_reading(meter, at);
        for (size_t i = 0; i < meter->slot_count; i++)
            meter->slots[i].seen = false;
        close_step(recorder, meter, meter->finest);
    } else {
        step->open = false;
    }
}

void recorder_begin_step(struct recorder *recorder, struct recorder_meter *meter, int64_t at)
{
    struct open_step *step = &meter->steps[meter->finest];
    if (step->open && at > step->end)
        close_step(recorder, meter, meter->finest);
    if (meter->last_at != 0 && (!step->open || at == step->end))
        end_on_edge(recorder, meter, at);
    if (!step->open)
        recorder_open_step(meter, &recorder->rules, meter->finest, at);
    recorder_put_counters(meter);
    note_reading(meter, at);
}
