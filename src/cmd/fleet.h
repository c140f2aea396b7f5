/* SPDX-License-Identifier: MIT */
/* The meters that are read, as the configuration names them. */
#ifndef DSMR_CMD_FLEET_H
#define DSMR_CMD_FLEET_H

#include "bus/bus.h"
#include "config/config.h"
#include "core/log.h"
#include "core/loop.h"

#include <stdbool.h>
#include <stddef.h>

struct fleet;
struct household;

struct fleet_setup {
    const char *only;         /* the one meter to be started; NULL for all */
    const char *state_folder; /* see struct source_setup */
    const struct household
        *household; /* that the first meter goes on with, if it is a simulated one, when it
                                         is started first; may be NULL */
    struct loop *loop;
    struct log *log;
    struct bus *bus;
};

/* Without a meter. setup is copied, what it points to is borrowed. Never NULL. */
struct fleet *fleet_new(const struct fleet_setup *setup);

/* What the configuration says of the channels of a meter. */
void fleet_channels(const struct config *config, size_t place, struct dsmr_channels *channels);

/* True when at least one meter of the configuration runs already or could be started; why not is logged.
 * Nothing is opened. */
bool fleet_could_start(const struct fleet *fleet, const struct config *config);

/* Stops the meters that the configuration does not have, or has in another way. */
void fleet_drop(struct fleet *fleet, const struct config *config);

/*
 * Starts the meters of the configuration that do not run. Those that do tell the bus once more how
 * their line is doing, for sinks that are new. A port that can never work is logged, the bus is told
 * why that meter has no line, and it is left out.
 * Returns how many run now. config is not kept.
 */
size_t fleet_start(struct fleet *fleet, const struct config *config);

/* Logs how many telegrams the meters that run now have sent. */
void fleet_sum_up(const struct fleet *fleet);

/* NULL is allowed. */
void fleet_free(struct fleet *fleet);

#endif
