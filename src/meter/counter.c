/* SPDX-License-Identifier: MIT */
#include "meter/counter.h"

#include "core/fixed_point.h"

enum {
    SLACK_MS = 60 * 1000, /* adapters hold telegrams up, and then bring them all at once */
    READ_DELAY_MS =
        2 * 3600 * 1000, /* of an M-Bus value, from its own time to its first telegram */
    HOUR_MS = 3600 * 1000,
};

static int64_t larger(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

static int64_t smaller(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

/*
 * How long it was between two moments. The loop's clock is the one to trust, but it stands while the
 * computer sleeps, and starts anew with the program. The two others can be set at any moment: they
 * are believed as far as they agree.
 */
static int64_t elapsed_ms(const struct moment *from, const struct moment *to)
{
    int64_t wall = larger(to->wall_s - from->wall_s, 0) * 1000;
    bool has_meter = from->meter_s > 0 && to->meter_s > 0;
    int64_t meter = has_meter ? larger(to->meter_s - from->meter_s, 0) * 1000 : 0;
    int64_t agreed = smaller(wall, meter);
    if (from->loop_ms >= 0)
        return larger(to->loop_ms - from->loop_ms, agreed);
    return has_meter ? agreed : wall;
}

/* The time in which a counter came from there to what was seen now. */
static int64_t counting_ms(const struct stand *from, const struct sighting *to)
{
    int64_t elapsed = elapsed_ms(&from->at, &to->at);
    if (from->read_s <= 0 || to->read_s <= from->read_s)
        return elapsed;
    return smaller((to->read_s - from->read_s) * 1000, elapsed + READ_DELAY_MS);
}

/* The most that it can have counted in that time. */
static int64_t most_counted(const struct stand *from, const struct sighting *to)
{
    int64_t counted;
    if (to->most <= 0)
        return INT64_MAX;
    int64_t each_ms = to->most / HOUR_MS + 1;
    if (__builtin_mul_overflow(each_ms, counting_ms(from, to) + SLACK_MS, &counted) ||
        __builtin_add_overflow(counted, to->step, &counted))
        return INT64_MAX;
    return counted;
}

static bool runs_backwards(const struct stand *from, const struct sighting *to)
{
    return from->read_s > 0 && to->read_s > 0 && to->read_s < from->read_s;
}

static bool counts_on(const struct stand *from, const struct sighting *to)
{
    return to->value >= from->value && to->value - from->value <= most_counted(from, to);
}

static enum counter_verdict compare(const struct counter *counter, const struct sighting *sighting)
{
    const struct stand *good = &counter->good;
    if (sighting->value < 0)
        return COUNTER_BACK;
    if (!counter->known)
        return sighting->value == 0 && sighting->bare ? COUNTER_ZERO : COUNTER_GOOD;
    if (sighting->value < good->value)
        return sighting->value == 0 ? COUNTER_ZERO : COUNTER_BACK;
    if (!counts_on(good, sighting))
        return COUNTER_JUMP;
    return runs_backwards(good, sighting) ? COUNTER_CLOCK : COUNTER_GOOD;
}

static struct stand stand_of(const struct sighting *sighting)
{
    return (struct stand){sighting->value, sighting->at, sighting->read_s};
}

/* A value that is merely repeated, with the same time of its own, was not seen anew. */
static bool repeats(const struct stand *stand, const struct sighting *sighting)
{
    return sighting->read_s > 0 && stand->read_s == sighting->read_s &&
           stand->value == sighting->value;
}

static void believe(struct counter *counter, const struct sighting *sighting)
{
    if (!counter->known || !repeats(&counter->good, sighting))
        counter->good = stand_of(sighting);
    counter->known = true;
    counter->doubted = false;
}

static void doubt(struct counter *counter, const struct sighting *sighting)
{
    struct stand *doubtful = &counter->doubtful;
    bool goes_on =
        counter->doubted && counts_on(doubtful, sighting) && !runs_backwards(doubtful, sighting);
    if (!goes_on) {
        counter->doubted = true;
        counter->since_ms = sighting->at.loop_ms;
        counter->telegrams = 0;
        counter->read_times = 0;
    }
    counter->telegrams++;
    if (counter->telegrams == 1 || sighting->read_s > doubtful->read_s)
        counter->read_times++;
    if (counter->telegrams == 1 || !repeats(doubtful, sighting))
        *doubtful = stand_of(sighting);
}

/* True when what is doubted has lasted. */
static bool has_lasted(const struct counter *counter, const struct sighting *sighting)
{
    int64_t lasted_ms = sighting->at.loop_ms - counter->since_ms;
    bool zero = sighting->value == 0;
    bool waits_for_start = zero && !counter->known;
    bool hardly_back = counter->known && sighting->value < counter->good.value &&
                       counter->good.value - sighting->value <= FIXED_ONE;
    int64_t patience_ms =
        (zero && !waits_for_start) || hardly_back ? COUNTER_LONG_PATIENCE_MS : COUNTER_PATIENCE_MS;
    bool often = sighting->read_s > 0 && !waits_for_start
                     ? counter->read_times >= COUNTER_READ_TIMES
                     : counter->telegrams >= COUNTER_TELEGRAMS;
    return sighting->value >= 0 && often && lasted_ms >= patience_ms;
}

enum counter_verdict counter_judge(struct counter *counter, const struct sighting *sighting)
{
    enum counter_verdict verdict = compare(counter, sighting);
    if (verdict != COUNTER_GOOD) {
        doubt(counter, sighting);
        if (!has_lasted(counter, sighting))
            return verdict;
        /* A clock that was set, or a meter that stands at 0 for good, counts on as before. */
        if (verdict != COUNTER_CLOCK && counter->known)
            verdict = COUNTER_NEW_SERIES;
        else
            verdict = COUNTER_GOOD;
    }
    believe(counter, sighting);
    return verdict;
}

void counter_forget(struct counter *counter)
{
    *counter = (struct counter){0};
}
