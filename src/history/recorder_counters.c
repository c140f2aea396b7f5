/* SPDX-License-Identifier: MIT */
/*
 * Counters: readings become totals. The guard has looked at them before (meter/guard.h); here they are
 * held against what the file has, which may be of another year, another meter or another machine.
 */
#include "core/fixed_point.h"
#include "history/calendar.h"
#include "history/recorder.h"

#include <string.h>

enum {
    DECIMALS_MAX = 9,
    PATIENCE = 300, /* readings: below that a counter that went back is believed to be wrong */
    GRACE_S = 60,
};

void recorder_note_series(struct recorder *recorder, const struct slot *slot)
{
    struct change change = {.kind = CHANGE_SERIES};
    change.numbers[0] = slot->key;
    change.numbers[1] = slot->since;
    change.numbers[2] = slot->origin;
    change.numbers[3] = slot->base;
    change.numbers[4] = slot->decimals;
    batch_add(&recorder->batch, &change, slot->equipment, strlen(slot->equipment));
}

static void begin_series(struct recorder *recorder, struct slot *slot, int64_t reading, int64_t at)
{
    slot->reading = reading;
    slot->origin = reading;
    slot->base = slot->total;
    slot->since = at;
    slot->doubts = 0;
    recorder_note_series(recorder, slot);
}

/* Gives the slot and the number the same decimals; false when that is too much to be held. */
static bool align(struct slot *slot, struct dsmr_number *number)
{
    if (number->decimals > slot->decimals) {
        struct slot scaled = *slot;
        if (!row_scale(&scaled.total, slot->decimals, number->decimals) ||
            !row_scale(&scaled.reading, slot->decimals, number->decimals) ||
            !row_scale(&scaled.base, slot->decimals, number->decimals) ||
            !row_scale(&scaled.origin, slot->decimals, number->decimals))
            return false;
        scaled.decimals = number->decimals;
        *slot = scaled;
    } else if (!row_scale(&number->mantissa, number->decimals, slot->decimals)) {
        return false;
    }
    number->decimals = slot->decimals;
    return true;
}

/* The most that an hour can bring; 0 where it may be anything. */
static int64_t most_in_an_hour(const struct guard_limits *limits, const struct slot *slot,
                               enum dsmr_kind kind)
{
    switch (slot->unit) {
    case DSMR_UNIT_KWH:
    case DSMR_UNIT_KVARH:
    case DSMR_UNIT_KVAH:
        return limits->power;
    case DSMR_UNIT_M3:
        return kind == DSMR_KIND_GAS ? limits->gas : limits->water;
    case DSMR_UNIT_GJ:
        return limits->heat;
    default:
        return 0;
    }
}

static bool jumps(const struct recorder_meter *meter, const struct slot *slot, enum dsmr_kind kind,
                  struct dsmr_number number, int64_t at)
{
    int64_t most = most_in_an_hour(&meter->limits, slot, kind);
    int64_t step = number.mantissa - slot->reading;
    int64_t amount;
    if (most == 0 || !fixed_from_number((struct dsmr_number){step, number.decimals}, &amount))
        return most != 0;
    int64_t elapsed = at > slot->read_at ? at - slot->read_at : 0;
    return (__int128)amount * 3600 > (__int128)most * FIXED_ONE * (elapsed + GRACE_S);
}

static bool is_another(const struct recorder_meter *meter, const struct slot *slot,
                       enum dsmr_kind kind)
{
    const char *equipment = meter->equipment[kind];
    if (strcmp(equipment, slot->equipment) == 0)
        return false;
    return (equipment[0] != '\0' && slot->equipment[0] != '\0') ||
           strcmp(slot->equipment, EQUIPMENT_AMOUNTS) == 0;
}

static void learn_equipment(struct recorder *recorder, const struct recorder_meter *meter,
                            struct slot *slot, enum dsmr_kind kind)
{
    const char *equipment = meter->equipment[kind];
    if (equipment[0] == '\0' || strcmp(equipment, slot->equipment) == 0)
        return;
    memcpy(slot->equipment, equipment, sizeof slot->equipment);
    recorder_note_series(recorder, slot);
}

static void tell_doubt(struct recorder *recorder, struct recorder_meter *meter,
                       const struct slot *slot, struct dsmr_number number, int64_t now)
{
    char read[DSMR_NUMBER_SIZE];
    char known[DSMR_NUMBER_SIZE];
    uint64_t missed;
    if (!recorder->log || !log_repeat_due(&meter->doubtful, now, &missed))
        return;
    dsmr_number_print(number, read);
    dsmr_number_print((struct dsmr_number){slot->reading, slot->decimals}, known);
    log_warn(recorder->log, "history",
             "%s: %s = %s is below the %s that the history has: not kept unless it lasts",
             meter->name, slot->id, read, known);
}

static void take_reading(struct recorder *recorder, struct slot *slot, struct dsmr_number number,
                         int64_t at)
{
    int64_t delta;
    if (__builtin_sub_overflow(number.mantissa, slot->reading, &delta) ||
        __builtin_add_overflow(slot->total, delta, &slot->total))
        return;
    slot->delta = delta;
    slot->reading = number.mantissa;
    slot->read_at = at;
    slot->seen = true;
    slot->doubts = 0;
    if (slot->own_time)
        batch_add(&recorder->batch,
                  &(struct change){.kind = CHANGE_READING,
                                   .numbers = {slot->key, at, slot->total, slot->decimals}},
                  "", 0);
}

static void begin_counter(struct recorder *recorder, struct slot *slot, struct dsmr_number number,
                          int64_t at)
{
    slot->known = true;
    slot->decimals = number.decimals;
    slot->total = number.mantissa;
    begin_series(recorder, slot, number.mantissa, at);
}

void recorder_count(struct recorder *recorder, struct recorder_meter *meter, struct slot *slot,
                    enum dsmr_kind kind, struct dsmr_number number, int64_t at, int64_t now)
{
    if (number.decimals > DECIMALS_MAX || (slot->known && !align(slot, &number)))
        return;
    if (slot->known && slot->own_time && at <= slot->read_at) {
        /* Another meter may have been read at the very time: it goes on from there. */
        if (is_another(meter, slot, kind)) {
            slot->equipment[0] = '\0';
            begin_series(recorder, slot, number.mantissa, slot->read_at + 1);
            learn_equipment(recorder, meter, slot, kind);
        }
        return;
    }
    if (!slot->known) {
        begin_counter(recorder, slot, number, at);
    } else if (is_another(meter, slot, kind)) {
        slot->equipment[0] = '\0';
        begin_series(recorder, slot, number.mantissa, at);
    } else if (number.mantissa < slot->reading ||
               (meter->series_changed && jumps(meter, slot, kind, number, at))) {
        if (!meter->series_changed && ++slot->doubts < PATIENCE) {
            tell_doubt(recorder, meter, slot, number, now);
            return;
        }
        begin_series(recorder, slot, number.mantissa, at);
    }
    learn_equipment(recorder, meter, slot, kind);
    take_reading(recorder, slot, number, at);
}

/* ------------------------------------------------------------------------------------------------
 * Sums over tariffs
 */

static struct slot *part(struct recorder_meter *meter, const struct tariff_sum *sum, size_t tariff)
{
    return sum->parts[tariff] == 0 ? NULL : &meter->slots[sum->parts[tariff] - 1];
}

/* Adds what it has of the parts to two numbers; false when that is too much. */
static bool add_part(const struct slot *slot, uint8_t decimals, int64_t *reading, int64_t *delta)
{
    int64_t a = slot->reading;
    int64_t b = slot->seen ? slot->delta : 0;
    return row_scale(&a, slot->decimals, decimals) && row_scale(&b, slot->decimals, decimals) &&
           !__builtin_add_overflow(*reading, a, reading) &&
           !__builtin_add_overflow(*delta, b, delta);
}

struct sum_step {
    bool any;      /* a part was in this telegram */
    bool repeated; /* it tells of nothing that was not counted yet */
    uint8_t decimals;
    int64_t reading, delta;
};

/* The register of all tariffs, or those of each. */
struct sum_side {
    bool known;
    bool seen;  /* one of them, in this telegram */
    bool all;   /* … all that still come */
    bool began; /* a series, with this telegram */
    int64_t reading, delta;
};

static bool gather(struct recorder_meter *meter, const struct tariff_sum *sum, size_t first,
                   size_t last, uint8_t decimals, int64_t at, struct sum_side *side)
{
    *side = (struct sum_side){.all = true};
    for (size_t i = first; i <= last; i++) {
        const struct slot *slot = part(meter, sum, i);
        if (!slot || !slot->known)
            continue;
        side->known = true;
        side->seen |= slot->seen;
        side->all &= slot->seen || at - slot->read_at > STEP_DAY;
        side->began |= slot->seen && slot->since == at;
        if (!add_part(slot, decimals, &side->reading, &side->delta))
            return false;
    }
    return true;
}

/* Where both are known they may come in turns: what one has counted the other does not count again. In
 * one telegram the register of all tariffs says it all. */
static void meet(struct tariff_sum *sum, const struct sum_side *whole,
                 const struct sum_side *tariffs, struct sum_step *step)
{
    int64_t before = sum->ahead;
    int64_t after;
    bool anew = whole->began || tariffs->began ||
                !row_scale(&before, sum->decimals, step->decimals) ||
                __builtin_add_overflow(before, whole->delta, &after) ||
                __builtin_sub_overflow(after, tariffs->delta, &after);
    bool together = whole->seen && tariffs->seen && tariffs->all;
    sum->decimals = step->decimals;
    sum->ahead = anew || together ? 0 : after;
    if (anew)
        return;
    if (together) {
        int64_t more = before < 0 ? whole->delta + before : whole->delta;
        step->delta = more > 0 ? more : 0;
        return;
    }
    step->delta = tariffs->delta + (after > 0 ? after : 0) - (before > 0 ? before : 0);
    step->repeated = step->delta == 0;
}

static bool add_up(struct recorder_meter *meter, struct tariff_sum *sum, int64_t at,
                   struct sum_step *step)
{
    struct sum_side whole;
    struct sum_side tariffs;
    for (size_t i = 0; i < 5; i++) {
        const struct slot *slot = part(meter, sum, i);
        if (slot && slot->known && slot->decimals > step->decimals)
            step->decimals = slot->decimals;
    }
    if (!gather(meter, sum, 0, 0, step->decimals, at, &whole) ||
        !gather(meter, sum, 1, 4, step->decimals, at, &tariffs))
        return false;
    step->any = whole.seen || tariffs.seen;
    step->reading = whole.seen ? whole.reading : tariffs.reading;
    step->delta = whole.seen ? whole.delta : tariffs.delta;
    if (step->any && whole.known && tariffs.known)
        meet(sum, &whole, &tariffs, step);
    return step->any;
}

static void count_sum(struct recorder *recorder, const struct recorder_meter *meter,
                      struct slot *slot, const struct sum_step *step, int64_t at)
{
    struct dsmr_number reading = {step->reading, step->decimals};
    int64_t delta = step->delta;
    int64_t total;
    /* That of its parts: an import has to know whose sum it is. */
    memcpy(slot->equipment, meter->equipment[DSMR_KIND_ELECTRICITY], sizeof slot->equipment);
    if (!slot->known) {
        begin_counter(recorder, slot, reading, at);
        slot->seen = true;
        return;
    }
    if (step->repeated) {
        slot->read_at = at;
        slot->seen = true;
        return;
    }
    if (!align(slot, &reading) || !row_scale(&delta, step->decimals, slot->decimals) ||
        __builtin_add_overflow(slot->total, delta, &total))
        return;
    bool same = total - slot->base == reading.mantissa - slot->origin;
    slot->total = total;
    if (!same)
        begin_series(recorder, slot, reading.mantissa, at);
    slot->reading = reading.mantissa;
    slot->read_at = at;
    slot->delta = delta;
    slot->seen = true;
}

void recorder_sum_up(struct recorder *recorder, struct recorder_meter *meter, int64_t at)
{
    static const char *const ids[SUMS] = {"eDelivery", "eProduction"};
    for (size_t i = 0; i < SUMS; i++) {
        struct sum_step step = {0};
        if (!meter->slots || !add_up(meter, &meter->sums[i], at, &step))
            continue;
        if (meter->sums[i].slot == 0)
            meter->sums[i].slot =
                1 + recorder_slot(recorder, meter, DSMR_ITEM_NONE, ids[i], true, false);
        count_sum(recorder, meter, &meter->slots[meter->sums[i].slot - 1], &step, at);
    }
}
