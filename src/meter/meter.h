/* SPDX-License-Identifier: MIT */
/*
 * A meter: one source and one decoder. Bytes go in; readings go to the bus, and whether they were any
 * good goes back to the source.
 */
#ifndef DSMR_METER_METER_H
#define DSMR_METER_METER_H

#include "bus/bus.h"
#include "core/decryption.h"
#include "meter/guard.h"
#include "source/source.h"

struct meter;

struct meter_setup {
    const char *name; /* "main" */
    const char *port;
    const char *state_folder;   /* see struct source_setup */
    struct line_settings fixed; /* baud 0: find out */
    const struct mqtt_broker
        *broker; /* see struct source_setup; borrowed until meter_new() returns */
    const struct household *household; /* see struct source_setup */
    bool has_zone;                     /* otherwise the meter tells */
    struct dsmr_zone zone;
    struct dsmr_channels channels; /* with what the user said of them */
    struct guard_limits limits;
    struct decryption_keys keys; /* of encrypted telegrams */
    bool refuse_replays;         /* encrypted telegrams whose counter does not rise */
    struct loop *loop;
    struct log *log;
    struct bus *bus;
};

/* Starts reading. port is copied, the other texts are borrowed. NULL with *error (freed by the caller) when
 * the port can never work. */
struct meter *meter_new(const struct meter_setup *setup, char **error);

/* Tells the sinks how the line is doing, for those that are new. */
void meter_tell_line(const struct meter *meter);

/* Since it was started. */
struct meter_counts {
    uint64_t good; /* telegrams */
    uint64_t refused;
};
struct meter_counts meter_count(const struct meter *meter);

void meter_free(struct meter *meter);

#endif
