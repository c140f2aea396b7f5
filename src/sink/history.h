/* SPDX-License-Identifier: MIT */
/*
 * Keeps the history: readings gather in memory and are written once a minute, by a thread of the pool,
 * so a slow disk holds nobody up. While the file cannot be written, what is to be written waits; when
 * that becomes too much the finest steps are left out first, and totals stay right in any case. Queue full:
 * fine steps are dropped, and it is told how many.
 */
#ifndef DSMR_SINK_HISTORY_H
#define DSMR_SINK_HISTORY_H

#include "bus/sink.h"
#include "core/loop.h"
#include "history/recorder.h"

/* What the user said of a meter. */
struct history_meter_wish {
    const char *name;
    bool has_zone;
    struct dsmr_zone zone;
    struct guard_limits limits;
};

struct history_setup {
    const char *path;
    struct recorder_rules rules;
    int64_t write_ms; /* how often a batch is written */
    const struct history_meter_wish *meters;
    size_t meter_count;
    struct loop *loop;
    struct log *log;
};

/* Opens the file, which may take a moment; what is wrong with it is told and tried again. Texts and meters
 * are copied. Never NULL. */
struct sink *history_sink_new(const struct history_setup *setup);

/* Other rules, meters or pace, without a gap; path stays. */
void history_sink_set(struct sink *base, const struct history_setup *setup);

/* The recorder, for who has readings of another time to add before the loop runs; NULL while the file is
 * not open. */
struct recorder *history_sink_recorder(struct sink *base);

/* Writes what has gathered, and waits for it. Only before the loop runs. False when it cannot; it was
 * told. */
bool history_sink_write(struct sink *base);

/* One line for people on how it is doing; valid until the next call. */
const char *history_sink_state(const struct sink *base);

#endif
