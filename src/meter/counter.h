/* SPDX-License-Identifier: MIT */
/*
 * Judges the readings of one counter (kWh, m3, GJ): whoever adds up the differences of a total counts
 * a single false zero or step back as a whole meter's life of consumption.
 *
 * A reading is good when it is not below the last good one, and not above it by more than the
 * connection could carry in the time between, and a minute more. Anything else is doubted: the meter starts up, a bit
 * was flipped, another meter hangs there. What is doubted is believed once it has lasted: when it
 * came COUNTER_TELEGRAMS times over COUNTER_PATIENCE_MS, each time counting on from the last as a
 * meter does. It is then the beginning of a new series. Two doubtful readings need
 * COUNTER_LONG_PATIENCE_MS, since waiting costs little and believing them costs much: a zero, which
 * is believed at once when it begins to count; and a step back of at most one unit, which a meter
 * that is right makes good by counting on.
 *
 * Values of M-Bus devices have a time of their own, at which they were read. That one counts as the
 * time between, as far as our own clock bears it out; it may not run backwards; and what lasts must
 * last for COUNTER_READ_TIMES such times, as telegrams merely repeat the value.
 */
#ifndef DSMR_METER_COUNTER_H
#define DSMR_METER_COUNTER_H

#include <stdbool.h>
#include <stdint.h>

enum {
    COUNTER_TELEGRAMS = 5,
    COUNTER_READ_TIMES = 3,
    COUNTER_PATIENCE_MS = 3 * 60 * 1000,
    COUNTER_LONG_PATIENCE_MS = 24 * 60 * 60 * 1000,
};

enum counter_verdict {
    COUNTER_GOOD,
    COUNTER_NEW_SERIES, /* good, and has nothing to do with what was before */
    COUNTER_ZERO,       /* 0, and was more; or 0 to begin with, and so is all of the meter */
    COUNTER_BACK,       /* below the last good one */
    COUNTER_JUMP,       /* above it by more than can be */
    COUNTER_CLOCK,      /* its own time is before that of the last good one */
};

/* When something was seen, by every clock there is. */
struct moment {
    int64_t loop_ms; /* loop_now(); below 0 when this program's run is over */
    int64_t wall_s;  /* this machine's clock, since 1970 */
    int64_t meter_s; /* the telegram's clock, since 1970; 0 when it has none */
};

/* One reading of a counter. */
struct sighting {
    int64_t value; /* in billionths of the unit, like every amount here */
    int64_t step;  /* what its last digit is worth */
    int64_t most;  /* what an hour can add; 0 when nothing is known */
    struct moment at;
    int64_t read_s; /* its own time, since 1970; 0 when it has none */
    bool bare;      /* all counters of this device are 0: it may not have started up yet */
};

/* Where a counter stood. */
struct stand {
    int64_t value;
    struct moment at;
    int64_t read_s;
};

/* Zeroed to begin with. */
struct counter {
    bool known; /* good holds a level */
    struct stand good;
    bool doubted; /* the rest holds what is doubted */
    struct stand doubtful;
    int64_t since_ms;
    uint32_t telegrams;
    uint32_t read_times;
};

/* The verdict on the next reading, which becomes the last good one if it is good. */
enum counter_verdict counter_judge(struct counter *counter, const struct sighting *sighting);

/* Forgets the level: another meter is there. */
void counter_forget(struct counter *counter);

#endif
