/* SPDX-License-Identifier: MIT */
#include "meter/guard.h"

#include "core/fixed_point.h"
#include "core/memory.h"
#include "meter/levels.h"

#include <stdlib.h>
#include <string.h>

enum {
    SAVE_MS = 10 * 60 * 1000,  /* at most so often: the file is on an SD card, as a rule */
    CLOCKS_APART_S = 2 * 3600, /* an M-Bus device may be ahead of the meter; more is an error */
};

/* What is told of a counter while it is doubted. */
struct episode {
    uint64_t withheld; /* readings */
    bool told;
    struct log_repeat repeat;
};

struct guard {
    char *meter;
    char *port;
    char *path; /* of the file, NULL to keep none */
    bool replay;
    struct guard_limits limits;
    struct log *log;
    struct levels levels;
    struct episode *episodes;                    /* by place among the levels */
    dsmr_item equipment_ids[DSMR_KIND_COUNT];    /* the item of a kind, DSMR_ITEM_NONE if none */
    enum identity_verdict same[DSMR_KIND_COUNT]; /* of the last telegram */
    const char **reasons;                        /* by place in the last telegram */
    size_t reason_count;
    size_t reason_capacity;
    bool begun;       /* a telegram was seen in this run */
    int64_t memory_s; /* the telegram's clock when the file was written, 0 if unknown */
    int64_t saved_ms;
    bool save_failed;
};

/* ------------------------------------------------------------------------------------------------
 * The levels' file
 */

static void save(struct guard *guard, int64_t now)
{
    guard->saved_ms = now;
    if (!guard->path)
        return;
    int error = levels_write(&guard->levels, guard->path, guard->port);
    if (error != 0 && !guard->save_failed)
        log_warn(guard->log, "guard",
                 "%s: the counters' levels cannot be kept for the next start, in %s: %s",
                 guard->meter, guard->path, strerror(error));
    guard->save_failed = error != 0;
}

static int64_t latest_meter_time(const struct levels *levels)
{
    int64_t latest = 0;
    for (size_t i = 0; i < levels->count; i++) {
        const struct counter *counter = &levels->at[i].counter;
        if (counter->known && counter->good.at.meter_s > latest)
            latest = counter->good.at.meter_s;
    }
    return latest;
}

/* With a clock that stands before the file, the meter is another one, or lives its life again: a
 * simulated one, a recording. */
static void doubt_memory(struct guard *guard, const struct decoded *decoded)
{
    if (decoded->has_time && decoded->time.unix_s < guard->memory_s)
        levels_forget(&guard->levels, DSMR_KIND_NONE);
}

/* ------------------------------------------------------------------------------------------------
 * The log
 */

static void print_amount(int64_t billionths, const struct dsmr_reading *reading,
                         char out[DSMR_NUMBER_SIZE])
{
    uint8_t decimals =
        reading->number.decimals < FIXED_DECIMALS ? reading->number.decimals : FIXED_DECIMALS;
    dsmr_number_print(fixed_to_number(billionths, decimals), out);
}

static const char *key_of_limit(const struct dsmr_reading *reading, enum dsmr_kind kind)
{
    if (reading->unit == DSMR_UNIT_M3)
        return kind == DSMR_KIND_GAS ? "guard.gas" : "guard.water";
    return reading->unit == DSMR_UNIT_GJ ? "guard.heat" : "guard.power";
}

static const char *words_for(enum counter_verdict verdict)
{
    switch (verdict) {
    case COUNTER_ZERO:
        return "a zero that is false, or of a meter that starts up";
    case COUNTER_BACK:
        return "below the last good one";
    case COUNTER_JUMP:
        return "further up than the connection can carry";
    case COUNTER_CLOCK:
        return "read before the last good one, by its own time";
    case COUNTER_GOOD:
    case COUNTER_NEW_SERIES:
        break;
    }
    return NULL;
}

static void tell_doubt(struct guard *guard, const struct level *level,
                       const struct dsmr_reading *reading, enum counter_verdict verdict,
                       int64_t now)
{
    struct episode *episode = &guard->episodes[level - guard->levels.at];
    char value[DSMR_NUMBER_SIZE];
    char known[DSMR_NUMBER_SIZE] = "";
    uint64_t missed;
    if (episode->withheld++ > 0 || !log_repeat_due(&episode->repeat, now, &missed))
        return;
    episode->told = true;
    dsmr_number_print(reading->number, value);
    if (level->counter.known)
        print_amount(level->counter.good.value, reading, known);
    bool jump = verdict == COUNTER_JUMP;
    log_warn(guard->log, "guard", "%s: %s = %s %s is not passed on: %s%s%s%s%s", guard->meter,
             dsmr_item_id(level->item), value, dsmr_unit_name(reading->unit), words_for(verdict),
             jump ? " by " : "", jump ? key_of_limit(reading, level->kind) : "",
             known[0] != '\0' ? "; it was " : "", known);
}

static void tell_end_of_doubt(struct guard *guard, const struct level *level,
                              const struct dsmr_reading *reading, bool new_series)
{
    struct episode *episode = &guard->episodes[level - guard->levels.at];
    char value[DSMR_NUMBER_SIZE];
    dsmr_number_print(reading->number, value);
    if (new_series)
        log_warn(guard->log, "guard",
                 "%s: %s = %s %s has lasted: a new series begins (number %u of this meter)",
                 guard->meter, dsmr_item_id(level->item), value, dsmr_unit_name(reading->unit),
                 guard->levels.series);
    else if (episode->told)
        log_info(guard->log, "guard", "%s: %s = %s %s is good again; not passed on: %llu",
                 guard->meter, dsmr_item_id(level->item), value, dsmr_unit_name(reading->unit),
                 (unsigned long long)episode->withheld);
    episode->withheld = 0;
    episode->told = false;
}

/* ------------------------------------------------------------------------------------------------
 * Which meters there are
 */

static void find_equipment_ids(struct guard *guard)
{
    static const char ending[] = "EquipmentId";
    for (int kind = 0; kind < DSMR_KIND_COUNT; kind++)
        guard->equipment_ids[kind] = DSMR_ITEM_NONE;
    for (size_t item = 0; item < dsmr_item_count(); item++) {
        const struct dsmr_item_info *info = dsmr_item_info((dsmr_item)item);
        size_t size = strlen(info->id);
        if (size >= sizeof ending - 1 && strcmp(info->id + size - (sizeof ending - 1), ending) == 0)
            guard->equipment_ids[info->kind] = (dsmr_item)item;
    }
}

static struct dsmr_text id_in(const struct decoded *decoded, dsmr_item item)
{
    for (size_t i = 0; i < decoded->count; i++)
        if (decoded->readings[i].item == item && !decoded->readings[i].superseded)
            return decoded->readings[i].text;
    return (struct dsmr_text){"", 0};
}

static void begin_series(struct guard *guard, enum dsmr_kind kind, struct dsmr_text id)
{
    if (id.size > IDENTITY_MAX)
        id.size = IDENTITY_MAX;
    levels_forget(&guard->levels, kind);
    guard->levels.series++;
    log_warn(guard->log, "guard",
             "%s: another %s meter, %.*s: a new series begins (number %u of this meter)",
             guard->meter, dsmr_kind_name(kind), (int)id.size, id.at, guard->levels.series);
}

static void identify(struct guard *guard, const struct decoded *decoded, bool certain)
{
    for (int i = 0; i < DSMR_KIND_COUNT; i++) {
        enum dsmr_kind kind = (enum dsmr_kind)i;
        guard->same[kind] = IDENTITY_SAME;
        if (guard->equipment_ids[kind] == DSMR_ITEM_NONE)
            continue;
        struct dsmr_text id = id_in(decoded, guard->equipment_ids[kind]);
        guard->same[kind] = identity_judge(&guard->levels.identities[kind], id, certain);
        if (guard->same[kind] == IDENTITY_NEW)
            begin_series(guard, kind, id);
    }
}

/* ------------------------------------------------------------------------------------------------
 * The counters
 */

static int64_t most_in_an_hour(const struct guard_limits *limits,
                               const struct dsmr_reading *reading, enum dsmr_kind kind)
{
    switch (reading->unit) {
    case DSMR_UNIT_KWH:
    case DSMR_UNIT_KVARH:
    case DSMR_UNIT_KVAH:
        return limits->power * FIXED_ONE;
    case DSMR_UNIT_M3:
        return (kind == DSMR_KIND_GAS ? limits->gas : limits->water) * FIXED_ONE;
    case DSMR_UNIT_GJ:
        return limits->heat * FIXED_ONE;
    default:
        return 0;
    }
}

/* True when the reading is an amount of 0, and so is every other of that kind of meter. */
static bool is_bare(const struct guard *guard, const struct decoded *decoded,
                    const struct dsmr_reading *zero, enum dsmr_kind kind)
{
    if (zero->unit == DSMR_UNIT_NONE || zero->number.mantissa != 0)
        return false;
    for (size_t i = 0; i < decoded->count; i++) {
        const struct dsmr_reading *reading = &decoded->readings[i];
        const struct level *level = levels_find(&guard->levels, reading->item);
        if (level && level->kind == kind && reading->unit != DSMR_UNIT_NONE &&
            reading->number.mantissa != 0)
            return false;
    }
    return true;
}

static void see(const struct guard *guard, const struct decoded *decoded, const struct level *level,
                const struct dsmr_reading *reading, struct moment at, struct sighting *sighting)
{
    *sighting = (struct sighting){.at = at};
    if (!guard->replay || at.meter_s > 0)
        sighting->most = most_in_an_hour(&guard->limits, reading, level->kind);
    sighting->bare = !level->counter.known && is_bare(guard, decoded, reading, level->kind);
    if (reading->has_time &&
        (at.meter_s == 0 || reading->time.unix_s <= at.meter_s + CLOCKS_APART_S))
        sighting->read_s = reading->time.unix_s;
    if (!fixed_from_number(reading->number, &sighting->value))
        sighting->value = reading->number.mantissa < 0 ? -1 : INT64_MAX;
    if (!fixed_from_number((struct dsmr_number){1, reading->number.decimals}, &sighting->step))
        sighting->step = 1;
}

/* Returns why the reading is not to be published, NULL if it is. */
static const char *judge(struct guard *guard, const struct decoded *decoded, struct level *level,
                         const struct dsmr_reading *reading, struct moment at)
{
    struct sighting sighting;
    if (guard->same[level->kind] == IDENTITY_DOUBTED)
        return "of a meter with another equipment id, which is not certain yet";
    see(guard, decoded, level, reading, at, &sighting);
    enum counter_verdict verdict = counter_judge(&level->counter, &sighting);
    if (verdict == COUNTER_NEW_SERIES)
        guard->levels.series++;
    if (verdict != COUNTER_GOOD && verdict != COUNTER_NEW_SERIES)
        tell_doubt(guard, level, reading, verdict, at.loop_ms);
    else if (guard->episodes[level - guard->levels.at].withheld > 0)
        tell_end_of_doubt(guard, level, reading, verdict == COUNTER_NEW_SERIES);
    return words_for(verdict);
}

/* The value's own time is an item as well, of the same line: it goes with the value. */
static void withhold(struct guard *guard, struct decoded *decoded, size_t place, const char *reason)
{
    const struct dsmr_reading *value = &decoded->readings[place];
    for (size_t i = 0; i < decoded->count; i++) {
        struct dsmr_reading *reading = &decoded->readings[i];
        if (i != place && (reading->type != DSMR_TYPE_TIME || reading->superseded ||
                           reading->object.line.at != value->object.line.at))
            continue;
        reading->superseded = true;
        guard->reasons[i] = reason;
    }
}

static void make_room(struct guard *guard, size_t count)
{
    if (count > guard->reason_capacity) {
        guard->reason_capacity = count;
        guard->reasons = memory_grow(guard->reasons, count, sizeof *guard->reasons);
    }
    guard->reason_count = count;
    for (size_t i = 0; i < count; i++)
        guard->reasons[i] = NULL;
}

static struct moment moment_of(const struct guard *guard, const struct decoded *decoded,
                               int64_t now, int64_t wall_ms)
{
    struct moment at = {now, wall_ms / 1000, decoded->has_time ? decoded->time.unix_s : 0};
    if (guard->replay && decoded->has_time)
        at.loop_ms = at.meter_s * 1000;
    return at;
}

/* Another channel is another device, whatever its number: the user may have said so. */
static void follow_channel(struct guard *guard, struct level *level,
                           const struct dsmr_reading *reading)
{
    if (level->counter.known && level->channel != 0 && level->channel != reading->channel) {
        level->counter = (struct counter){0};
        guard->levels.series++;
    }
    level->channel = reading->channel;
}

void guard_check(struct guard *guard, struct decoded *decoded, enum dsmr_crc crc, int64_t now,
                 int64_t wall_ms)
{
    struct moment at = moment_of(guard, decoded, now, wall_ms);
    uint32_t series = guard->levels.series;
    make_room(guard, decoded->count);
    if (!guard->begun) {
        doubt_memory(guard, decoded);
        guard->begun = true;
        guard->saved_ms = now;
    }
    identify(guard, decoded, crc == DSMR_CRC_OK);
    for (size_t i = 0; i < decoded->count; i++) {
        const struct dsmr_reading *reading = &decoded->readings[i];
        struct level *level = levels_find(&guard->levels, reading->item);
        if (!level || reading->superseded || reading->type != DSMR_TYPE_NUMBER)
            continue;
        follow_channel(guard, level, reading);
        const char *reason = judge(guard, decoded, level, reading, at);
        if (reason)
            withhold(guard, decoded, i, reason);
    }
    if (series != guard->levels.series || now - guard->saved_ms >= SAVE_MS)
        save(guard, now);
}

const char *guard_reason(const struct guard *guard, size_t place)
{
    return place < guard->reason_count ? guard->reasons[place] : NULL;
}

uint32_t guard_series(const struct guard *guard)
{
    return guard->levels.series;
}

struct guard *guard_new(const struct guard_setup *setup)
{
    struct guard *guard = memory_new(1, sizeof *guard);
    guard->meter = memory_text(setup->meter);
    guard->port = memory_text(setup->port);
    guard->replay = setup->replay;
    guard->limits = setup->limits;
    guard->log = setup->log;
    levels_init(&guard->levels);
    guard->episodes = memory_new(guard->levels.count, sizeof *guard->episodes);
    find_equipment_ids(guard);
    if (setup->state_folder) {
        guard->path = levels_path(setup->state_folder, setup->meter);
        levels_read(&guard->levels, guard->path, guard->port);
        guard->memory_s = latest_meter_time(&guard->levels);
    }
    return guard;
}

void guard_free(struct guard *guard)
{
    if (!guard)
        return;
    if (guard->begun)
        save(guard, guard->saved_ms);
    levels_free(&guard->levels);
    free(guard->episodes);
    free(guard->reasons);
    free(guard->meter);
    free(guard->port);
    free(guard->path);
    free(guard);
}
