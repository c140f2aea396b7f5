/* SPDX-License-Identifier: MIT */
/*
 * Turns readings into what the history keeps. It knows no file: what is to be written gathers in a batch,
 * and where things stood is told to it by restore.h. Readings go into the step of the finest length; a
 * step that is over is written, and becomes part of the next longer one.
 *
 * A counter is kept as a total that never goes back. Each series of readings (a meter, as a rule) has its
 * own distance from the total, so that another meter changes the distance and not the total.
 *
 * A reading that stands exactly on the edge between two steps is the last of the first one: what came on
 * between two edges is the difference of two readings.
 */
#ifndef DSMR_HISTORY_RECORDER_H
#define DSMR_HISTORY_RECORDER_H

#include "bus/sink.h"
#include "core/log.h"
#include "history/batch.h"
#include "history/row.h"
#include "meter/guard.h"

/* In place of an equipment id: sums of amounts, from nothing, that no meter ever showed. */
#define EQUIPMENT_AMOUNTS "(amounts)"

/* A reading that close in front of an edge tells where the counter stood there. */
enum { EDGE_NEAR_S = 60 };

enum {
    TIERS = 5,
    TIER_MINUTE = 1,
    TIER_QUARTER = 2,
    TIER_HOUR = 3,
    SUMS = 2,
    IDENTITY_TEXT = 64,
    FAILURES = 10
};

/* Steps, the shortest first; the last is the day. */
struct tier_rule {
    int64_t length;
    int64_t keep_s; /* 0 for ever */
};

struct recorder_rules {
    struct tier_rule tiers[TIERS];
    size_t finest; /* tier that readings go into: 0, but for an import */
};

/* 10 s for a week, a minute for three months, quarter hours, hours and days for ever. */
extern const struct recorder_rules recorder_rules_default;

/* One item of a meter. */
struct slot {
    uint32_t key;
    dsmr_item item; /* DSMR_ITEM_NONE for a sum over tariffs */
    const char *id;
    enum dsmr_unit unit;
    bool counter;
    bool own_time;

    /* Of a counter. */
    bool known;
    uint8_t decimals; /* of reading and total */
    int64_t reading, total;
    int64_t read_at;
    int64_t delta;  /* by which the total went up with this telegram */
    bool seen;      /* in this telegram */
    int64_t since;  /* the series began */
    int64_t base;   /* … with this total */
    int64_t origin; /* … at this reading */
    char equipment[IDENTITY_TEXT];
    uint32_t doubts; /* readings that cannot be, one after the other */
};

/* A step that is not over. */
struct open_step {
    bool open;
    int64_t start, end;
    struct row_entry *entries; /* by slot */
    bool *filled;
};

/* A sum over tariffs. */
struct tariff_sum {
    size_t slot;      /* its own; 0 while there is none, else plus 1 */
    size_t parts[5];  /* of tariffs 0 to 4, plus 1 */
    int64_t ahead;    /* by which the register of all tariffs is before the others, or behind */
    uint8_t decimals; /* of that */
};

struct recorder_meter {
    char *name;
    int64_t key;
    struct dsmr_zone zone;
    struct guard_limits limits;
    bool introduced; /* its owner's: the limits are those that the user wants */
    uint32_t series; /* of the guard */
    bool series_changed;
    struct slot *slots;
    size_t slot_count, slot_capacity;
    uint16_t *places; /* by item of the catalogue: slot plus 1 */
    char equipment[DSMR_KIND_COUNT][IDENTITY_TEXT];
    size_t finest; /* of the rules */
    struct open_step steps[TIERS];
    struct tariff_sum sums[SUMS];
    int64_t last_at;      /* of the last telegram taken */
    int64_t thinned;      /* readings before this were thinned */
    int64_t quarter_read; /* when eDelivery was last read, or the step of that began */
    int64_t
        quarter_end; /* of the last quarter hour that was kept; 0 if it was not read to its end */
    int64_t quarter_total;
    uint8_t quarter_decimals;
    int64_t peak_month; /* the quarter hour with the most, of this month */
    int64_t peak_used;
    uint8_t peak_decimals;
    struct {
        int64_t ends[FAILURES];
    } log; /* of power failures, as the last telegram had it */

    /* What the clock does. */
    uint32_t strange; /* telegrams in a row of another time */
    int64_t strange_at;
    int64_t strange_began; /* when they began to come */
    int64_t cut_at; /* what is kept from this moment on is to be forgotten; 0 if nothing is */
    struct log_repeat early, old, doubtful;
};

struct recorder {
    struct recorder_rules rules;
    struct log *log; /* NULL: silent */
    bool past;       /* what comes is not of now: the machine's clock has no say */
    struct recorder_meter **meters;
    size_t meter_count;
    int64_t next_meter_key;
    uint32_t next_item_key;
    struct batch batch;
    struct buffer row; /* being packed */
    int64_t wall_s;    /* this machine's clock with the last telegram; 0 if it was not asked */
    size_t hint;       /* where the next meter may be found */
    uint64_t taken;    /* telegrams */
};

struct recorder *recorder_new(const struct recorder_rules *rules, struct log *log);
void recorder_free(struct recorder *recorder); /* NULL is allowed */

/* The meter of that name; NULL if there is none. */
struct recorder_meter *recorder_find(struct recorder *recorder, const char *name);

/* The meter of that name; made, and written, if there is none. */
struct recorder_meter *recorder_meter(struct recorder *recorder, const char *name,
                                      struct dsmr_zone zone);

/* Takes a telegram. now is in ms of a clock that only goes forward. */
void recorder_take(struct recorder *recorder, struct recorder_meter *meter,
                   const struct readings *readings, int64_t now);

/* The same without asking the clock: at is when it was made. */
void recorder_take_at(struct recorder *recorder, struct recorder_meter *meter,
                      const struct readings *readings, int64_t at);

/* Puts the step of the finest length into the batch as it stands; it goes on. */
void recorder_flush(struct recorder *recorder);

/* Ends all steps as if their time were over, the day apart. For what is whole. */
void recorder_finish(struct recorder *recorder);

/* ---- from inside ---- */

/* The slot of an item, made if need be. Returns its place. */
size_t recorder_slot(struct recorder *recorder, struct recorder_meter *meter, dsmr_item item,
                     const char *id, bool counter, bool own_time);

/* Adds a slot that stands in the file already. */
size_t recorder_add_slot(struct recorder_meter *meter, const struct slot *slot);

/* recorder_clock.c: true when the telegram of that moment is to be taken. */
bool recorder_clock(struct recorder *recorder, struct recorder_meter *meter, int64_t at,
                    int64_t wall_s, int64_t now);

/* recorder_counters.c */
void recorder_count(struct recorder *recorder, struct recorder_meter *meter, struct slot *slot,
                    enum dsmr_kind kind, struct dsmr_number number, int64_t at, int64_t now);
void recorder_sum_up(struct recorder *recorder, struct recorder_meter *meter, int64_t at);
void recorder_note_series(struct recorder *recorder, const struct slot *slot);

/* recorder_steps.c */
/* Before the fluctuating values of a moment are added: steps that are over end, and one is open. */
void recorder_begin_step(struct recorder *recorder, struct recorder_meter *meter, int64_t at);
/* The counters of this telegram go into the open step. */
void recorder_put_counters(struct recorder_meter *meter);
/* Adds a value to the open step. */
void recorder_put_value(struct recorder_meter *meter, size_t place, struct dsmr_number number);
/* Adds several values at once; the item of value is not looked at. */
void recorder_put_range(struct recorder_meter *meter, size_t place, const struct row_entry *value);
/* Adds a row of the file to a longer step, as if it had just ended. */
void recorder_feed(struct recorder *recorder, struct recorder_meter *meter, size_t tier,
                   int64_t start, int64_t end, const struct row_entry *entries, const bool *filled,
                   size_t count);
/* Puts the open step into the batch as it stands. */
void recorder_write_step(struct recorder *recorder, const struct recorder_meter *meter,
                         size_t tier);
/* Opens the step of that moment. */
void recorder_open_step(struct recorder_meter *meter, const struct recorder_rules *rules,
                        size_t tier, int64_t at);

#endif
