/* SPDX-License-Identifier: MIT */
/*
 * What to think of the time that a telegram has. Time goes on; a clock that jumps is believed when this
 * machine's clock agrees, or when it has gone on like that for a while. A clock that goes back is waited for,
 * since what is kept for that time is kept already, unless what is kept lies in the future: then the
 * clock was wrong before, and that part goes. Totals do not suffer: a counter goes on from its reading.
 */
#include "core/duration.h"
#include "history/recorder.h"

#define YEAR_2005 INT64_C(1104537600)
#define YEAR_2200 INT64_C(7258118400)

enum {
    JUMP_S = 3600,
    BELIEVED = 30, /* telegrams in a row */
};

static void tell_early(struct recorder *recorder, struct recorder_meter *meter, int64_t now)
{
    uint64_t missed;
    if (recorder->log && log_repeat_due(&meter->early, now, &missed))
        log_warn(recorder->log, "history",
                 "%s: the clock is not set yet: nothing is kept until it is", meter->name);
}

static void tell_old(struct recorder *recorder, struct recorder_meter *meter, int64_t at,
                     int64_t now)
{
    char behind[DURATION_SIZE];
    uint64_t missed;
    if (!recorder->log || !log_repeat_due(&meter->old, now, &missed))
        return;
    duration_print((meter->last_at - at) * 1000, behind);
    log_warn(recorder->log, "history",
             "%s: telegrams are %s older than what was kept last: they are left out (recorded ones "
             "can be added with dsmr history import)",
             meter->name, behind);
}

/* Counts telegrams that go on from one another, at a time that is not believed yet. */
static bool has_lasted(struct recorder_meter *meter, int64_t at)
{
    bool goes_on = meter->strange > 0 && at >= meter->strange_at && at - meter->strange_at < JUMP_S;
    meter->strange = goes_on ? meter->strange + 1 : 1;
    meter->strange_at = at;
    return meter->strange >= BELIEVED;
}

static bool near(int64_t a, int64_t b)
{
    return a - b <= JUMP_S && b - a <= JUMP_S;
}

static bool goes_back(struct recorder *recorder, struct recorder_meter *meter, int64_t at,
                      int64_t wall_s, int64_t now)
{
    bool ahead = meter->last_at > wall_s + JUMP_S;
    if (at == meter->last_at)
        return false; /* the same telegram once more */
    if (!recorder->past && ahead && near(at, wall_s)) {
        if (has_lasted(meter, at))
            meter->cut_at = at;
        return false;
    }
    if (meter->last_at - at > 1)
        tell_old(recorder, meter, at, now);
    return false;
}

bool recorder_clock(struct recorder *recorder, struct recorder_meter *meter, int64_t at,
                    int64_t wall_s, int64_t now)
{
    if (meter->cut_at != 0)
        return false;
    if (at < YEAR_2005 || at > YEAR_2200) {
        tell_early(recorder, meter, now);
        return false;
    }
    if (meter->last_at != 0 && at <= meter->last_at)
        return goes_back(recorder, meter, at, wall_s, now);
    bool jump = meter->last_at != 0 && at - meter->last_at > JUMP_S;
    if (jump && !recorder->past && !near(at, wall_s) && !has_lasted(meter, at))
        return false;
    meter->strange = 0;
    log_repeat_reset(&meter->early);
    log_repeat_reset(&meter->old);
    return true;
}
