/* SPDX-License-Identifier: MIT */
/* The destinations of push.* while they are read: each has a name and values of its own. */
#ifndef DSMR_CONFIG_DESTINATIONS_H
#define DSMR_CONFIG_DESTINATIONS_H

#include "config/config.h"

struct destination_key {
    enum config_key key; /* CONFIG_PUSH_URL of push.influx.url */
    struct config_value *value;
};

/*
 * The key of a destination by its whole name, push.influx.url, which begins with "push."; the destination
 * is made if it is not there, and line is where it is named. The value is valid until the next call.
 * False when there is no such key; *wrong then says why (freed by the caller), or stays NULL where all
 * that there is to say is that the key is unknown.
 */
bool destinations_find(struct config *config, const char *name, size_t size, int line,
                       struct destination_key *found, char **wrong);

/* Before a file is read: no key of them stood anywhere yet. */
void destinations_forget_lines(struct config *config);

/* What only all lines together show: one without an address, keys that do nothing without another. */
void destinations_check(const struct config *config, struct complaints *complaints);

void destinations_free(struct config *config);

#endif
